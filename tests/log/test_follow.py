"""Following the log, on one partition and on many."""

import msgspec
import pytest
from hypothesis import given
from hypothesis import strategies as st
from msgspec import msgpack

from posthorn.errors import Invalid
from posthorn.events.model import Entry
from posthorn.log import store
from posthorn.log.append import append
from posthorn.log.follow import behind, parsed, processed_end, read_on, written
from posthorn.log.model import EventOutcome
from posthorn.storage.database import Database

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
    entries = [msgspec.structs.replace(ENTRY, user_key=f"u{number % 7}", message_id=str(number)) for number in numbers]
    async with database.transaction() as tx:
        for position in await append(tx, entries, partition_count=database.partition_count, now=0):
            block = await store.block(tx, position.partition, position.block_offset)
            assert block is not None
            body = msgpack.encode([EventOutcome()] * block.event_count)
            outcome = store.Outcome(partition=position.partition, block_offset=position.block_offset, processed_at=0, body=body)
            await store.insert_outcomes(tx, [outcome])
            await store.move_cursor(tx, position.partition, position.block_offset, block.event_count)


@pytest.mark.anyio
async def test_whoever_comes_back_at_any_event_meets_each_other_one_once(database: Database) -> None:
    async with database.snapshot() as tx:
        start = await processed_end(tx, database.partition_count)
    for first in range(0, 60, 6):
        await _process(database, *range(first, first + 6))

    seen: list[str] = []
    has_more = True
    async with database.snapshot() as tx:
        while has_more:
            followed = await read_on(tx, start)
            has_more, start = bool(followed.entries) or followed.has_more, followed.places if not followed.entries else start
            for each in followed.entries[: len(seen) % 3 + 1]:
                seen.append(each.entry.message_id)
                start = parsed(written(behind(start, each)), database.partition_count)

    assert sorted(seen, key=int) == [str(number) for number in range(60)]


@pytest.mark.anyio
async def test_the_end_is_behind_everything_that_was_processed(database: Database) -> None:
    await _process(database, *range(20))
    async with database.snapshot() as tx:
        end = await processed_end(tx, database.partition_count)
        before = await read_on(tx, end)
    await _process(database, 20)
    async with database.snapshot() as tx:
        after = await read_on(tx, end)

    assert before.entries == []
    assert [one.entry.message_id for one in after.entries] == ["20"]


@pytest.mark.anyio
async def test_a_long_log_is_read_in_bounded_pieces(sqlite: Database) -> None:
    for number in range(40):
        await _process(sqlite, number)

    async with sqlite.snapshot() as tx:
        first = await read_on(tx, {0: (0, -1)})

    assert len(first.entries) < 40
    assert first.has_more


@given(st.dictionaries(st.integers(0, 15), st.tuples(st.integers(0, 10**18 - 1), st.integers(-1, 500)), min_size=1))
def test_a_position_is_read_as_it_was_written(places: dict[int, tuple[int, int]]) -> None:
    assert parsed(written(places), 16) == places


@given(st.text(alphabet="0123456789.,-evt_\u0660x", max_size=40))
def test_any_other_text_is_refused(text: str) -> None:
    try:
        places = parsed(text, 4)
    except Invalid:
        return
    assert all(0 <= partition < 4 for partition in places)


@pytest.mark.parametrize("text", ["", "0", "4.1", "0.1.2.3", "0.-1", "0.1,", "0.\u0661"])
def test_what_is_no_position_is_refused(text: str) -> None:
    with pytest.raises(Invalid):
        parsed(text, 4)
