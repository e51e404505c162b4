import pytest

from posthorn.log.seen import PERIOD_MS, is_known, note
from posthorn.storage.database import Database

pytestmark = pytest.mark.anyio

NOW = 200 * PERIOD_MS + 5
DAY_MS = 86_400_000


async def _note(database: Database, *hashes: str, now: int = NOW, partition: int = 0) -> set[str]:
    async with database.transaction() as tx:
        return await note(tx, partition, hashes, now)


async def test_the_first_time_nothing_is_known(database: Database) -> None:
    assert await _note(database, "a", "b") == set()


async def test_what_was_noted_is_known_and_the_rest_is_not(database: Database) -> None:
    await _note(database, "a", "b")

    assert await _note(database, "b", "c") == {"b"}


async def test_partitions_know_nothing_of_each_other(database: Database) -> None:
    await _note(database, "a", partition=1)

    assert await _note(database, "a", partition=2) == set()


@pytest.mark.parametrize("days", [1, 9, 10, 11, 20, 29, 30])
async def test_nothing_is_forgotten_within_thirty_days(database: Database, days: int) -> None:
    await _note(database, "a")

    assert await _note(database, "a", now=NOW + days * DAY_MS) == {"a"}


async def test_after_forty_days_it_is_forgotten(database: Database) -> None:
    await _note(database, "a")

    assert await _note(database, "a", now=NOW + 40 * DAY_MS) == set()


async def test_a_rolled_back_note_is_not_known(database: Database) -> None:
    with pytest.raises(ZeroDivisionError):
        async with database.transaction() as tx:
            await note(tx, 0, ("a",), NOW)
            raise ZeroDivisionError

    assert await _note(database, "a") == set()


async def test_asking_remembers_nothing(database: Database) -> None:
    async with database.transaction() as tx:
        assert not await is_known(tx, 0, "a", NOW)

    await _note(database, "a")
    async with database.snapshot() as tx:
        assert await is_known(tx, 0, "a", NOW)
