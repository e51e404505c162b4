"""What is SQLite's own: transactions that wait for each other share a commit, and none of them notices."""

import sqlite3
from collections.abc import AsyncIterator
from pathlib import Path

import anyio
import pytest
from msgspec import Struct

from posthorn.clock import FrozenClock
from posthorn.errors import Unavailable
from posthorn.storage.sqlite import SqliteDatabase, open_sqlite

pytestmark = pytest.mark.anyio


class Name(Struct, frozen=True, kw_only=True):
    name: str


@pytest.fixture
async def names(tmp_path: Path) -> AsyncIterator[SqliteDatabase]:
    """A database with a table of names."""
    database = open_sqlite(tmp_path / "names.db", FrozenClock(0))
    async with database.transaction() as tx:
        await tx.run("CREATE TABLE names (name TEXT PRIMARY KEY)")
    yield database
    await database.close()


async def add(database: SqliteDatabase, name: str, *, fails: Exception | None = None) -> None:
    async with database.transaction() as tx:
        await tx.run("INSERT INTO names (name) VALUES (:name)", name=name)
        await anyio.lowlevel.checkpoint()
        if fails is not None:
            raise fails


def durable(database: SqliteDatabase) -> list[str]:
    """What another process finds."""
    with sqlite3.connect(database._path) as other:  # pyright: ignore[reportPrivateUsage] - where it lies
        return sorted(name for (name,) in other.execute("SELECT name FROM names"))


async def test_each_transaction_is_durable_when_it_has_ended(names: SqliteDatabase) -> None:
    async def add_and_look(name: str) -> None:
        await add(names, name)
        assert name in durable(names)

    async with anyio.create_task_group() as tasks:
        for number in range(20):
            tasks.start_soon(add_and_look, f"n{number:02}")

    assert durable(names) == [f"n{number:02}" for number in range(20)]


async def test_those_who_wait_share_a_commit(names: SqliteDatabase, monkeypatch: pytest.MonkeyPatch) -> None:
    commits = 0
    run_sync = anyio.to_thread.run_sync

    async def counted(*arguments: object, **options: object) -> object:
        nonlocal commits
        commits += 1
        return await run_sync(*arguments, **options)

    monkeypatch.setattr("anyio.to_thread.run_sync", counted)
    async with anyio.create_task_group() as tasks:
        for number in range(20):
            tasks.start_soon(add, names, f"n{number}")

    assert commits == 1
    assert len(durable(names)) == 20


@pytest.mark.parametrize("failing", range(4))
async def test_one_that_fails_takes_nothing_of_the_others_back(names: SqliteDatabase, failing: int) -> None:
    failed: list[int] = []

    async def attempt(number: int) -> None:
        try:
            await add(names, f"n{number}", fails=KeyError("no") if number == failing else None)
        except KeyError:
            failed.append(number)

    async with anyio.create_task_group() as tasks:
        for number in range(4):
            tasks.start_soon(attempt, number)

    assert failed == [failing]
    assert durable(names) == [f"n{number}" for number in range(4) if number != failing]


@pytest.mark.parametrize("given_up", range(3))
async def test_one_that_is_given_up_leaves_the_others_their_commit(names: SqliteDatabase, given_up: int) -> None:
    scopes = [anyio.CancelScope() for _ in range(3)]

    async def attempt(number: int) -> None:
        with scopes[number]:
            async with names.transaction() as tx:
                await tx.run("INSERT INTO names (name) VALUES (:name)", name=f"n{number}")
                if number == given_up:
                    scopes[number].cancel()
                await anyio.lowlevel.checkpoint()

    async with anyio.create_task_group() as tasks:
        for number in range(3):
            tasks.start_soon(attempt, number)

    assert durable(names) == [f"n{number}" for number in range(3) if number != given_up]


async def test_one_that_is_given_up_while_it_waits_leaves_nothing_open(names: SqliteDatabase) -> None:
    with anyio.CancelScope() as scope:
        async with anyio.create_task_group() as tasks:
            for number in range(3):
                tasks.start_soon(add, names, f"n{number}")
            await anyio.lowlevel.checkpoint()
            scope.cancel()
    before = durable(names)

    await add(names, "last")

    assert durable(names) == sorted([*before, "last"])


async def test_what_the_database_takes_back_whole_fails_for_all(names: SqliteDatabase) -> None:
    errors: list[Exception] = []

    async def attempt(name: str, *, takes_back: bool) -> None:
        try:
            async with names.transaction() as tx:
                await tx.run("INSERT INTO names (name) VALUES (:name)", name=name)
                if takes_back:
                    await tx.run("ROLLBACK")
                await anyio.lowlevel.checkpoint()
        except Unavailable as error:
            errors.append(error)

    async with anyio.create_task_group() as tasks:
        for number in range(3):
            tasks.start_soon(lambda number=number: attempt(f"n{number}", takes_back=number == 1))

    # The third may have begun a group of its own, behind the one that was lost.
    assert len(errors) == 2
    assert durable(names) == ["n2"]


async def test_a_commit_that_fails_fails_for_each_of_its_group(names: SqliteDatabase) -> None:
    async with names.transaction() as tx:
        await tx.run("CREATE TABLE parents (id BIGINT PRIMARY KEY)")
        await tx.run("CREATE TABLE children (id BIGINT REFERENCES parents (id) DEFERRABLE INITIALLY DEFERRED)")
    names._writer.execute("PRAGMA foreign_keys=ON")  # pyright: ignore[reportPrivateUsage] - a commit that is refused
    failed = 0

    async def attempt(number: int) -> None:
        nonlocal failed
        try:
            async with names.transaction() as tx:
                await tx.run("INSERT INTO names (name) VALUES (:name)", name=f"n{number}")
                await tx.run("INSERT INTO children (id) VALUES (:id)", id=number)
                await anyio.lowlevel.checkpoint()
        except sqlite3.IntegrityError:
            failed += 1

    async with anyio.create_task_group() as tasks:
        for number in range(3):
            tasks.start_soon(attempt, number)

    assert (failed, durable(names)) == (3, [])
    await add(names, "after")
    assert durable(names) == ["after"]


async def test_closing_waits_for_what_has_not_been_committed(tmp_path: Path) -> None:
    database = open_sqlite(tmp_path / "names.db", FrozenClock(0))
    async with database.transaction() as tx:
        await tx.run("CREATE TABLE names (name TEXT PRIMARY KEY)")

    async with anyio.create_task_group() as tasks:
        for number in range(3):
            tasks.start_soon(add, database, f"n{number}")
        await anyio.lowlevel.checkpoint()
        tasks.start_soon(database.close)

    assert len(durable(database)) == 3
