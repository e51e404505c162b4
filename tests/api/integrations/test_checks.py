"""What is noticed of events that do not arrive, or not whole."""

import pytest

from studio_visit import signed_in, text_of
from workspace import Workspace

pytestmark = pytest.mark.anyio
EVENT = {"userId": "u-1", "event": "Signed Up"}


async def _problems(workspace: Workspace) -> dict[str, str]:
    await workspace.rest()
    checks = (await workspace.call("GET", "/integrations/segment/checks"))["checks"]
    return {one["check"]: one["note"] for one in checks if one["status"] == "problem"}


async def test_all_is_well_at_first(workspace: Workspace) -> None:
    await workspace.track("u-1", "Signed Up")

    assert await _problems(workspace) == {}


async def test_a_wrong_key_is_noticed_for_an_hour(workspace: Workspace) -> None:
    await workspace.client.post("/v1/track", json=EVENT, auth=("wk_wrong", ""))
    await workspace.client.post("/v1/track", json=EVENT, auth=("wk_wrong", ""))
    soon = await _problems(workspace)
    workspace.clock.advance(61 * 60_000)

    assert list(soon) == ["key"]
    assert "2 times with a key that nobody has" in soon["key"]
    assert await _problems(workspace) == {}


async def test_a_bad_signature_is_noticed(workspace: Workspace) -> None:
    made = await workspace.call(
        "POST", "/sources", {"name": "Signed", "kind": "segment_destination", "shared_secrets": ["shhh"]}
    )
    path = f"/inbound/segment/{made['id']}"
    event = {**EVENT, "type": "track", "messageId": "m-1"}
    await workspace.client.post(path, json=event, headers={"x-signature": "0" * 40, "authorization": ""})

    assert "signature" in await _problems(workspace)


async def test_an_address_at_the_top_level_is_noticed(workspace: Workspace) -> None:
    await workspace.send_event({**EVENT, "type": "track", "email": "ada@example.test"})

    assert list(await _problems(workspace)) == ["email"]


@pytest.mark.parametrize(
    ("sent", "said"), [("2026-03-02T08:20:00Z", "60 minutes behind"), ("2026-03-02T09:40:00Z", "20 minutes ahead")]
)
async def test_a_wrong_clock_is_noticed(workspace: Workspace, sent: str, said: str) -> None:
    event = {**EVENT, "type": "track", "timestamp": sent, "sentAt": sent}
    await workspace.client.post("/v1/track", json=event, auth=("wk_flow", ""))

    assert said in (await _problems(workspace))["clock"]


async def test_what_cannot_be_read_is_noticed(workspace: Workspace) -> None:
    await workspace.client.post("/v1/batch", json={"batch": [{"type": "nonsense", "userId": "u"}]}, auth=("wk_flow", ""))

    assert "unknown_type once" in (await _problems(workspace))["refused"]


async def test_the_first_page_shows_them(workspace: Workspace) -> None:
    await workspace.client.post("/v1/track", json=EVENT, auth=("wk_wrong", ""))
    async with signed_in(workspace) as browser:
        page = await text_of(browser, "/studio/")

    assert "1 thing to look at" in page
    assert "with a key that nobody has" in page
