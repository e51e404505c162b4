import anyio
import pytest

from posthorn.clock import FrozenClock
from posthorn.errors import TooMany, Unavailable
from posthorn.events.model import Entry
from posthorn.log import store
from posthorn.log.append import TROUBLE_MS, Appender, append
from posthorn.log.model import Position, partition_of, unpack
from posthorn.storage.database import Database

pytestmark = pytest.mark.anyio


def entry(user_key: str, message_id: str = "m") -> Entry:
    return Entry(
        environment="production",
        source_id="s",
        origin="tracking",
        type="track",
        user_key=user_key,
        message_id=message_id,
        received_at=1,
        body=b'{"event":"Ping"}',
    )


async def test_entries_come_back_byte_for_byte_and_in_order(database: Database) -> None:
    entries = [entry("u-1", str(number)) for number in range(5)]

    async with database.transaction() as tx:
        [position] = await append(tx, entries, partition_count=1, now=7)

    async with database.snapshot() as tx:
        block = await store.block(tx, position.partition, position.block_offset)
    assert block is not None
    assert (block.event_count, block.appended_at, unpack(block.body)) == (5, 7, entries)


async def test_offsets_of_a_partition_have_no_gaps(database: Database) -> None:
    positions: list[Position] = []
    for _ in range(3):
        async with database.transaction() as tx:
            positions += await append(tx, [entry("u-1")], partition_count=1, now=7)

    assert [position.block_offset for position in positions] == [1, 2, 3]


async def test_a_rolled_back_append_leaves_no_gap(database: Database) -> None:
    with pytest.raises(ZeroDivisionError):
        async with database.transaction() as tx:
            await append(tx, [entry("u-1")], partition_count=1, now=7)
            raise ZeroDivisionError

    async with database.transaction() as tx:
        [position] = await append(tx, [entry("u-1")], partition_count=1, now=7)
    assert position.block_offset == 1


async def test_users_are_spread_over_partitions_and_each_stays_in_his(database: Database) -> None:
    users = [f"u-{number}" for number in range(200)]

    async with database.transaction() as tx:
        positions = await append(tx, [entry(user) for user in users], partition_count=16, now=7)

    async with database.snapshot() as tx:
        for position in positions:
            block = await store.block(tx, position.partition, position.block_offset)
            assert block is not None
            assert {partition_of("production", one.user_key, 16) for one in unpack(block.body)} == {position.partition}
    assert len(positions) == 16


async def test_what_arrives_during_a_commit_is_the_next_group(database: Database, clock: FrozenClock) -> None:
    told: list[list[Position]] = []
    appender = Appender(database, clock, notify=told.append)

    async with anyio.create_task_group() as tasks:
        async with anyio.create_task_group() as callers:
            for number in range(50):
                callers.start_soon(appender.append, [entry("u-1", str(number))])
            tasks.start_soon(appender.run)
        appender.close()

    async with database.snapshot() as tx:
        blocks = [block for partition in range(16) for block in await store.blocks_after(tx, partition, 0, 100)]
    assert sum(block.event_count for block in blocks) == 50
    assert len(blocks) == len(told) < 5


async def test_a_full_backlog_refuses_and_says_when_to_come_back(database: Database, clock: FrozenClock) -> None:
    appender = Appender(database, clock, notify=lambda _: None, backlog_limit=10)
    appender.backlog = 11

    with pytest.raises(TooMany) as refusal:
        await appender.append([entry("u-1")])

    assert refusal.value.retry_after_ms > 0
    assert appender.obstacle() != ""


async def test_closing_commits_what_was_accepted_and_refuses_the_rest(database: Database, clock: FrozenClock) -> None:
    appender = Appender(database, clock, notify=lambda _: None)

    async with anyio.create_task_group() as tasks:
        tasks.start_soon(appender.append, [entry("u-1")])
        await anyio.lowlevel.checkpoint()
        appender.close()
        tasks.start_soon(appender.run)

    async with database.snapshot() as tx:
        assert sum([await store.head(tx, partition) for partition in range(16)]) == 1
    with pytest.raises(Unavailable):
        await appender.append([entry("u-1")])


async def test_a_commit_that_the_database_refuses_is_an_obstacle_for_a_while(sqlite: Database, clock: FrozenClock) -> None:
    appender = Appender(sqlite, clock, notify=lambda _: None)
    async with sqlite.transaction() as tx:
        await tx.run("CREATE TRIGGER full BEFORE INSERT ON log_blocks BEGIN SELECT RAISE(ABORT, 'full'); END")

    async with anyio.create_task_group() as tasks:
        tasks.start_soon(appender.run)
        with pytest.raises(Unavailable):
            await appender.append([entry("u-1")])
        during = appender.obstacle()
        clock.advance(TROUBLE_MS)
        later = appender.obstacle()
        async with sqlite.transaction() as tx:
            await tx.run("DROP TRIGGER full")
        await appender.append([entry("u-1")])
        appender.close()

    assert ("disk" in during, later) == (True, "")
