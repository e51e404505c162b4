"""Events that were set aside, and how they are put back."""

import re

import pytest

from posthorn.engine import parking
from posthorn.events.model import Entry
from studio_visit import signed_in, text_of
from workspace import Workspace

pytestmark = pytest.mark.anyio


async def _park(workspace: Workspace, user_key: str, name: str, environment: str = "production") -> None:
    entry = Entry(
        environment=environment,
        source_id="src_production",
        origin="tracking",
        type="track",
        user_key=user_key,
        message_id=f"m-{name}",
        received_at=workspace.clock.now_ms(),
        body=f'{{"type":"track","userId":"u-1","event":"{name}"}}'.encode(),
    )
    row = parking.parked(0, f"evt_0_900_{len(name)}", entry, f"ValueError: <b>{name}</b>", now=entry.received_at, ordinal=0)
    async with workspace.parts.database.transaction() as tx:
        await parking.park(tx, [row])


async def test_what_is_set_aside_shows_with_its_error(workspace: Workspace) -> None:
    await _park(workspace, "u-1", "Poison")
    async with signed_in(workspace) as client:
        page = await text_of(client, "/studio/parked")
        overview = await text_of(client, "/studio/")

    assert "ValueError: &lt;b&gt;Poison" in page
    assert "1 event set aside" in overview


async def test_the_other_environment_does_not_see_it(workspace: Workspace) -> None:
    await _park(workspace, "u-1", "Poison", environment="test")
    async with signed_in(workspace) as client:
        page = await text_of(client, "/studio/parked")

    assert "Nothing is set aside." in page


async def test_the_button_puts_a_users_events_back(workspace: Workspace) -> None:
    await _park(workspace, "u-1", "Poison")
    await _park(workspace, "u-2", "Venom")
    async with signed_in(workspace) as client:
        page = await text_of(client, "/studio/parked")
        csrf = re.search(r'name="csrf" value="([^"]+)"', page)
        assert csrf
        answer = await client.post("/studio/parked", data={"csrf": csrf[1], "user_key": "u-1"})
        await workspace.rest()
        after = await text_of(client, answer.headers["location"])
        events = await text_of(client, "/studio/events")
        changes = await text_of(client, "/studio/changes")

    assert "events replayed" in changes
    assert "Poison" not in after
    assert "Venom" in after
    assert "Put back." in after
    assert "Poison" in events
