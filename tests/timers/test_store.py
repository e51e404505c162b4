import pytest

from posthorn.storage.database import Database
from posthorn.timers import store
from posthorn.timers.model import Timer

pytestmark = pytest.mark.anyio


def timer(timer_id: str, due_at: int) -> Timer:
    return Timer(timer_id=timer_id, due_at=due_at, environment="production", user_key="u-1", kind="run", subject_id="run-1")


async def _set(database: Database, *timers: Timer) -> None:
    async with database.transaction() as tx:
        await store.set_timers(tx, 0, list(timers))


async def _due(database: Database, now: int) -> list[str]:
    async with database.snapshot() as tx:
        return [one.timer_id for one in await store.due_timers(tx, 0, now, 100)]


async def test_timers_come_due_in_the_order_of_time(database: Database) -> None:
    await _set(database, timer("b", 20), timer("a", 10), timer("c", 30))

    assert await _due(database, 20) == ["a", "b"]


async def test_setting_a_timer_again_moves_it(database: Database) -> None:
    await _set(database, timer("a", 10))
    await _set(database, timer("a", 50))

    assert await _due(database, 49) == []
    assert await _due(database, 50) == ["a"]


async def test_a_timer_set_again_for_later_survives_its_own_end(database: Database) -> None:
    await _set(database, timer("a", 10), timer("b", 10))
    await _set(database, timer("a", 90))

    async with database.transaction() as tx:
        await store.delete_timers(tx, 0, ["a", "b"], 10)

    assert await _due(database, 100) == ["a"]


async def test_the_next_due_time_is_known(database: Database) -> None:
    async with database.snapshot() as tx:
        assert await store.next_due_at(tx, 0) is None
    await _set(database, timer("a", 70), timer("b", 60))

    async with database.snapshot() as tx:
        assert await store.next_due_at(tx, 0) == 60
