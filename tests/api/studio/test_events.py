"""The log and single events."""

import re

import pytest

from studio_visit import event_page, signed_in, text_of, welcome
from workspace import Workspace

pytestmark = pytest.mark.anyio


async def test_an_event_shows_its_run_its_steps_and_its_message(workspace: Workspace) -> None:
    async with signed_in(workspace) as client:
        await welcome(workspace, plan="team")
        page = await event_page(client, "Signed Up")

    assert "Runs it started" in page
    assert "PROCESSED" in page
    assert re.search(r'href="/studio/messages/1-[^"]+"', page)
    assert "&quot;plan&quot;: &quot;team&quot;" in page.replace("&#34;", "&quot;")


async def test_a_kind_leads_to_its_latest_events(workspace: Workspace) -> None:
    async with signed_in(workspace) as client:
        await workspace.track("u-1", "Signed Up")
        await workspace.track("u-1", "Left")
        page = await text_of(client, "/studio/events?key=track%2FSigned%20Up")

    assert page.count('href="/studio/events/evt_') == 1
    assert "Left" not in page


async def test_the_log_leads_on_to_older_events(workspace: Workspace) -> None:
    async with signed_in(workspace) as client:
        batch = [{"type": "track", "userId": f"u-{at}", "event": f"Number {at:03}"} for at in range(150)]
        await workspace.client.post("/v1/batch", json={"batch": batch}, auth=("wk_flow", ""))
        await workspace.rest()
        first = await text_of(client, "/studio/events")
        older = re.search(r'href="(/studio/events\?before=[^"]+)"', first)
        assert older
        second = await text_of(client, older[1])

    seen = re.findall(r"Number (\d{3})", first) + re.findall(r"Number (\d{3})", second)
    assert seen == [f"{at:03}" for at in reversed(range(150))]
    assert "before=" not in second


async def test_secrets_in_a_payload_are_masked(workspace: Workspace) -> None:
    async with signed_in(workspace) as client:
        await workspace.track("u-1", "Phone Added", token="device-secret", context={"Authorization": "Bearer abc"})
        page = await event_page(client, "Phone Added")

    assert "device-secret" not in page
    assert "Bearer abc" not in page
    assert "********" in page


async def test_a_number_that_no_double_holds_can_be_shown(workspace: Workspace) -> None:
    async with signed_in(workspace) as client:
        body = b'{"batch":[{"type":"track","userId":"u-1","event":"Huge","properties":{"n":1e999}}]}'
        await workspace.client.post(
            "/v1/batch", content=body, auth=("wk_flow", ""), headers={"content-type": "application/json"}
        )
        await workspace.rest()
        page = await event_page(client, "Huge")

    assert "As it came" in page
