"""Going through the log page by page, on one partition and on many."""

import msgspec
import pytest
from msgspec import msgpack

from posthorn.events.model import Entry
from posthorn.log import store
from posthorn.log.append import append
from posthorn.log.listing import read_processed
from posthorn.log.model import EventOutcome, Place, parse_event_id
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


async def _process(database: Database, *numbers: int) -> None:
    entries = [
        msgspec.structs.replace(ENTRY, user_key=f"u{number % 7}", message_id=str(number), received_at=number)
        for number in numbers
    ]
    async with database.transaction() as tx:
        for position in await append(tx, entries, partition_count=database.partition_count, now=0):
            block = await store.block(tx, position.partition, position.block_offset)
            body = msgpack.encode([EventOutcome()] * block.event_count)
            outcome = store.Outcome(partition=position.partition, block_offset=position.block_offset, processed_at=0, body=body)
            await store.insert_outcomes(tx, [outcome])


async def test_every_event_comes_once_and_each_users_in_order(database: Database) -> None:
    for start in range(0, 90, 9):
        await _process(database, *range(start, start + 9))

    seen: list[int] = []
    after: dict[int, Place] = {}
    async with database.snapshot() as tx:
        while page := await read_processed(tx, database.partition_count, "production", after, 4):
            seen += [int(one.entry.message_id) for one in page]
            for one in page:
                position, index = parse_event_id(one.event_id)
                after[position.partition] = (position.block_offset, index)

    assert sorted(seen) == list(range(90))
    assert all([n for n in seen if n % 7 == user] == list(range(user, 90, 7)) for user in range(7))


async def test_more_blocks_than_one_reading_takes_are_found(sqlite: Database) -> None:
    for number in range(70):
        await _process(sqlite, number)

    async with sqlite.snapshot() as tx:
        found = await read_processed(tx, 1, "production", {}, 1_000)

    assert [int(one.entry.message_id) for one in found] == list(range(70))
