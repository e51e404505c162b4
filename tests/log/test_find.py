"""Finding an event by its messageId and the time of its receipt."""

import pytest

from posthorn.events.model import Entry
from posthorn.log.append import append
from posthorn.log.find import find_event_id
from posthorn.storage.database import Database

pytestmark = pytest.mark.anyio


def _entry(at: int, message_id: str) -> Entry:
    return Entry(
        environment="production", source_id="s", origin="tracking", type="track", user_key="u", message_id=message_id,
        received_at=at, body=b"{}",
    )  # fmt: skip


async def _filled(database: Database) -> None:
    async with database.transaction() as tx:
        for at in range(0, 400, 10):
            await append(tx, [_entry(at, f"m{at}"), _entry(at + 1, f"m{at + 1}")], partition_count=1, now=at + 5)


@pytest.mark.parametrize("at", [0, 1, 200, 391])
async def test_it_is_found_wherever_it_lies(sqlite: Database, at: int) -> None:
    await _filled(sqlite)
    async with sqlite.snapshot() as tx:
        found = await find_event_id(tx, 0, f"m{at}", at)

    assert found == f"evt_0_{at // 10 + 1}_{at % 10}"


@pytest.mark.parametrize(("message_id", "at"), [("m200", 100), ("none", 200), ("m0", -5), ("m391", 10_000)])
async def test_what_is_not_there_is_not_found(sqlite: Database, message_id: str, at: int) -> None:
    await _filled(sqlite)
    async with sqlite.snapshot() as tx:
        assert await find_event_id(tx, 0, message_id, at) is None


async def test_an_empty_log_holds_nothing(sqlite: Database) -> None:
    async with sqlite.snapshot() as tx:
        assert await find_event_id(tx, 0, "m", 5) is None
