"""Going through the log backwards, on one partition and on many."""

import msgspec
import pytest
from msgspec import msgpack

from posthorn.events.model import Entry
from posthorn.log import store
from posthorn.log.append import append
from posthorn.log.filter import EventFilter
from posthorn.log.model import EventOutcome, Place
from posthorn.log.newest import read_newest
from posthorn.storage.database import Database

pytestmark = pytest.mark.anyio

ENTRY = Entry(
    environment="production",
    source_id="src_1",
    origin="tracking",
    type="track",
    user_key="u",
    message_id="m",
    received_at=0,
    body=b"{}",
)


async def _process(database: Database, *numbers: int, environment: str = "production") -> None:
    entries = [
        msgspec.structs.replace(
            ENTRY, environment=environment, user_key=f"u{number % 7}", message_id=str(number), received_at=number
        )
        for number in numbers
    ]
    async with database.transaction() as tx:
        for position in await append(tx, entries, partition_count=database.partition_count, now=0):
            block = await store.block(tx, position.partition, position.block_offset)
            assert block
            body = msgpack.encode([EventOutcome()] * block.event_count)
            outcome = store.Outcome(partition=position.partition, block_offset=position.block_offset, processed_at=0, body=body)
            await store.insert_outcomes(tx, [outcome])


async def _pages(database: Database, limit: int, environment: str = "production") -> list[list[int]]:
    found: list[list[int]] = []
    before: dict[int, Place] | None = {}
    while before is not None:
        async with database.snapshot() as tx:
            page = await read_newest(tx, database.partition_count, EventFilter(environment=environment), before, limit)
        found.append([int(one.entry.message_id) for one in page.entries])
        before = page.before
        assert len(found) < 200
    return found


@pytest.mark.parametrize("limit", [1, 4, 9, 100])
async def test_every_event_comes_once_newest_first(database: Database, limit: int) -> None:
    for start in range(0, 90, 9):
        await _process(database, *range(start, start + 9))

    pages = await _pages(database, limit)

    assert [number for page in pages for number in page] == list(reversed(range(90)))
    assert max(len(page) for page in pages) <= limit


async def test_an_empty_log_is_one_empty_page(database: Database) -> None:
    assert await _pages(database, 10) == [[]]


async def test_events_of_the_other_environment_are_passed_over(database: Database) -> None:
    await _process(database, 1, 2)
    for number in range(100, 140):
        await _process(database, number, environment="test")

    assert [number for page in await _pages(database, 1) for number in page] == [2, 1]


async def test_a_long_search_ends_and_says_where_to_go_on(sqlite: Database, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("posthorn.log.newest._MOST_READ", 20)
    await _process(sqlite, 1)
    for number in range(100, 160):
        await _process(sqlite, number, environment="test")

    pages = await _pages(sqlite, 10)

    assert pages[0] == []
    assert [number for page in pages for number in page] == [1]
