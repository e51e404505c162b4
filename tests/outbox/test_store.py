import pytest

from posthorn.outbox import store
from posthorn.outbox.model import Command
from posthorn.storage.database import Database

pytestmark = pytest.mark.anyio


def command(command_id: str, *, lane: str = "pv_1", due_at: int = 10) -> Command:
    return Command(
        command_id=command_id,
        kind="deliver",
        lane=lane,
        environment="production",
        user_key="u-1",
        due_at=due_at,
        expires_at=10_000,
        body=b"{}",
    )


async def _put(database: Database, *commands: Command) -> None:
    async with database.transaction() as tx:
        await store.put(tx, 0, list(commands), 5)


async def _claim(database: Database, lane: str = "pv_1", *, now: int = 100, limit: int = 10) -> list[store.Claimed]:
    async with database.transaction() as tx:
        return await store.claim(tx, lane, now=now, until=now + 50, limit=limit)


async def test_a_command_is_claimed_once_until_its_time_is_up(database: Database) -> None:
    await _put(database, command("a"))

    first, second, third = await _claim(database), await _claim(database), await _claim(database, now=150)

    assert [(one.attempt, one.was_open) for one in first] == [(1, False)]
    assert second == []
    assert [(one.attempt, one.was_open) for one in third] == [(2, True)]


async def test_the_oldest_are_claimed_first_and_no_more_than_asked_for(database: Database) -> None:
    await _put(database, command("late", due_at=30), command("early", due_at=10), command("middle", due_at=20))

    assert [one.command_id for one in await _claim(database, limit=2)] == ["early", "middle"]


async def test_what_is_not_due_is_left_alone(database: Database) -> None:
    await _put(database, command("a", due_at=101))

    assert await _claim(database, now=100) == []


async def test_putting_a_command_twice_puts_it_once(database: Database) -> None:
    await _put(database, command("a"), command("a"))
    await _put(database, command("a", due_at=99))

    assert len(await _claim(database)) == 1


async def test_only_the_latest_claim_may_settle(database: Database) -> None:
    await _put(database, command("a"))
    [lost] = await _claim(database)
    [held] = await _claim(database, now=200)

    async with database.transaction() as tx:
        assert await store.settle(tx, [lost]) == []
        assert not await store.put_back(tx, lost, due_at=1, error="late")
        assert await store.settle(tx, [held]) == [held]
    assert await _claim(database, now=500) == []


async def test_many_are_settled_at_once_each_by_its_own_claim(database: Database) -> None:
    await _put(database, command("a"), command("b", due_at=11), command("c", due_at=12))
    [lost, *others] = await _claim(database)
    async with database.transaction() as tx:
        await store.put_back(tx, others[0], due_at=150, error="busy")
    [again_a, again_b] = [one for one in await _claim(database, now=150) if one.command_id != "c"]

    async with database.transaction() as tx:
        settled = await store.settle(tx, [lost, others[1], again_b, again_a, others[0]])

    assert {one.fence for one in settled} == {again_a.fence, again_b.fence}


async def test_a_command_put_back_waits_for_its_time_and_is_not_ambiguous(database: Database) -> None:
    await _put(database, command("a"))
    [held] = await _claim(database)

    async with database.transaction() as tx:
        await store.put_back(tx, held, due_at=300, error="busy")

    assert await _claim(database, now=299) == []
    assert [(one.attempt, one.was_open) for one in await _claim(database, now=300)] == [(2, False)]


async def test_lanes_are_found_with_the_time_of_their_earliest_command(database: Database) -> None:
    await _put(database, command("a", lane="x", due_at=7), command("b", lane="x", due_at=3), command("c", lane="y", due_at=9))

    async with database.snapshot() as tx:
        lanes = await store.lanes(tx)

    assert [(one.lane, one.kind, one.due_at) for one in lanes] == [("x", "deliver", 3), ("y", "deliver", 9)]


async def test_an_empty_outbox_has_no_lanes(database: Database) -> None:
    async with database.snapshot() as tx:
        assert await store.lanes(tx) == []
