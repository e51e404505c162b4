"""What every database behind the seam must do."""

import anyio
import anyio.lowlevel
import psycopg
import pytest
from msgspec import Struct

from posthorn.log import store as log_store
from posthorn.storage import postgres as postgres_seam
from posthorn.storage import revision, switches
from posthorn.storage.database import Database
from posthorn.storage.migrate import migrate, missing

pytestmark = pytest.mark.anyio


class Thing(Struct, frozen=True, kw_only=True):
    name: str
    is_big: bool
    at: int
    body: dict[str, object]
    raw: bytes
    note: str | None


async def _table(database: Database) -> None:
    async with database.transaction() as tx:
        await tx.run(
            "CREATE TABLE things (name TEXT PRIMARY KEY, is_big BOOLEAN NOT NULL, at BIGINT NOT NULL, "
            "body JSONB NOT NULL, raw BYTEA NOT NULL, note TEXT)"
        )


async def _put(database: Database, *names: str) -> None:
    async with database.transaction() as tx:
        await tx.many(
            "INSERT INTO things (name, is_big, at, body, raw, note) VALUES (:name, :is_big, :at, :body, :raw, :note)",
            [
                {"name": n, "is_big": True, "at": 2**42, "body": {"a": [1, "ü%"]}, "raw": b"\x00\xff", "note": None}
                for n in names
            ],
        )


async def _names(database: Database) -> list[str]:
    async with database.snapshot() as tx:
        return [t.name for t in await tx.all(Thing, "SELECT name, is_big, at, body, raw, note FROM things ORDER BY name")]


async def test_values_come_back_as_they_went_in(database: Database) -> None:
    await _table(database)

    await _put(database, "x:y%z")

    async with database.snapshot() as tx:
        row = await tx.first(Thing, "SELECT name, is_big, at, body, raw, note FROM things WHERE name = :name", name="x:y%z")
    assert row == Thing(name="x:y%z", is_big=True, at=2**42, body={"a": [1, "ü%"]}, raw=b"\x00\xff", note=None)


async def test_a_block_that_raises_leaves_nothing_behind(database: Database) -> None:
    await _table(database)

    with pytest.raises(ZeroDivisionError):
        async with database.transaction() as tx:
            await tx.run(
                "INSERT INTO things (name, is_big, at, body, raw) VALUES ('a', FALSE, 1, :body, :raw)", body={}, raw=b""
            )
            raise ZeroDivisionError

    assert await _names(database) == []


async def test_is_any_finds_the_named_and_no_others(database: Database) -> None:
    await _table(database)
    await _put(database, "a", 'b"]', "c")

    async with database.snapshot() as tx:
        some = await tx.all(
            Thing,
            f"SELECT name, is_big, at, body, raw, note FROM things WHERE {tx.sql.is_any('name', 'names')} ORDER BY name",
            names=("c", 'b"]', "nobody"),
        )

    assert [t.name for t in some] == ['b"]', "c"]


async def test_each_makes_rows_of_a_tuple(database: Database) -> None:
    await _table(database)
    await _put(database, "a", "b")

    async with database.snapshot() as tx:
        some = await tx.all(
            Thing,
            f"SELECT name, is_big, at, body, raw, note FROM {tx.sql.each('names')} JOIN things ON name = value ORDER BY name",
            names=("b", "c"),
        )

    assert [t.name for t in some] == ["b"]


async def test_json_text_reads_a_top_level_key(database: Database) -> None:
    await _table(database)
    async with database.transaction() as tx:
        await tx.run(
            "INSERT INTO things (name, is_big, at, body, raw) VALUES ('a', FALSE, 1, :body, :raw)",
            body={"colour": "red"},
            raw=b"",
        )

    async with database.snapshot() as tx:
        found = await tx.all(
            Thing,
            f"SELECT name, is_big, at, body, raw, note FROM things WHERE {tx.sql.json_text('body', 'colour')} = :colour",
            colour="red",
        )

    assert [t.name for t in found] == ["a"]


async def test_run_says_how_many_rows_it_touched(database: Database) -> None:
    await _table(database)
    await _put(database, "a", "b")

    async with database.transaction() as tx:
        touched = await tx.run("UPDATE things SET at = :at", at=3)

    assert touched == 2


async def test_a_snapshot_does_not_see_what_is_not_committed(database: Database) -> None:
    await _table(database)

    async with database.transaction() as tx:
        await tx.run("INSERT INTO things (name, is_big, at, body, raw) VALUES ('a', FALSE, 1, :body, :raw)", body={}, raw=b"")
        seen_during = await _names(database)

    assert (seen_during, await _names(database)) == ([], ["a"])


async def test_migrating_twice_changes_nothing(database: Database) -> None:
    assert await migrate(database) == []
    async with database.snapshot() as tx:
        assert await missing(tx) == []


async def test_the_revision_changes_with_every_touch(database: Database) -> None:
    async with database.transaction() as tx:
        before = await revision.revision(tx)
        await revision.touch(tx)

        assert await revision.revision(tx) != before


async def test_a_switch_tells_why_it_is_on(database: Database) -> None:
    async with database.transaction() as tx:
        await switches.turn_on(tx, switches.DISPATCH_PAUSED, "restored from a backup")
        assert await switches.reason(tx, switches.DISPATCH_PAUSED) == "restored from a backup"

        await switches.turn_off(tx, switches.DISPATCH_PAUSED)
        assert await switches.reason(tx, switches.DISPATCH_PAUSED) is None


async def test_a_worker_that_freezes_in_a_step_loses_the_partition(postgres: Database, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(postgres_seam, "_LET_GO", "SET LOCAL idle_in_transaction_session_timeout = '100ms'")
    async with postgres.transaction() as tx:
        await log_store.ensure_partition(tx, 3)

    with pytest.raises(psycopg.Error):
        async with postgres.transaction() as frozen:
            assert await log_store.lock_cursor(frozen, 3) is not None
            assert not await _is_free(postgres)
            await _until_free(postgres)
            await log_store.move_cursor(frozen, 3, 1, 1)

    async with postgres.snapshot() as tx:
        cursor = await log_store.cursor(tx, 3)
    assert cursor is not None
    assert cursor.block_offset == 0


async def _until_free(database: Database) -> None:
    with anyio.fail_after(10):
        while not await _is_free(database):
            await anyio.lowlevel.checkpoint()


async def _is_free(database: Database) -> bool:
    async with database.transaction() as tx:
        return await log_store.lock_cursor(tx, 3) is not None
