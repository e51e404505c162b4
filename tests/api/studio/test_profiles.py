"""The page of one user."""

import pytest

from studio_visit import EVIL, signed_in, text_of, welcome
from workspace import Workspace

pytestmark = pytest.mark.anyio


async def test_it_shows_what_is_known_and_which_event_said_so(workspace: Workspace) -> None:
    await welcome(workspace, plan="team")
    await workspace.identify("u-1", town="Chur", password="hunter2")
    await workspace.send_event({"type": "group", "userId": "u-1", "groupId": "acme"})
    async with signed_in(workspace) as browser:
        page = await text_of(browser, "/studio/profiles/u-1")

    assert "Chur" in page
    assert "hunter2" not in page
    assert page.count('href="/studio/events/evt_') >= 4
    assert "acme" in page
    assert "welcome" in page
    assert "DELIVERED" in page


async def test_hostile_traits_and_ids_are_shown(workspace: Workspace) -> None:
    await workspace.identify(EVIL, town=EVIL)
    async with signed_in(workspace) as browser:
        listed = await text_of(browser, "/studio/events")
        event = listed.split('href="/studio/events/')[1].split('"')[0]
        link = (await text_of(browser, f"/studio/events/{event}")).split('href="/studio/profiles/')[1].split('"')[0]
        page = await text_of(browser, f"/studio/profiles/{link}")

    assert "<script>alert" not in page
    assert "Traits" in page


async def test_somebody_of_whom_nothing_is_known_is_not_found(workspace: Workspace) -> None:
    async with signed_in(workspace) as browser:
        answer = await browser.get("/studio/profiles/nobody")

    assert answer.status_code == 404
    assert "Nothing is known of that user" in answer.text
