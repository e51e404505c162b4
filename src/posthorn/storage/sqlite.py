"""SQLite behind the seam: one file, one writer, readers beside it.

Statements of the writer run where they are called: they take microseconds, a thread costs more. What waits for the
disk (commit) and what may be long (reading for the API) goes to a thread. Source: decision 0007. Transactions that
wait for each other share a commit. Source: decision 0012.
"""

import sqlite3
from collections.abc import AsyncGenerator, Callable, Mapping, Sequence
from contextlib import asynccontextmanager
from pathlib import Path
from typing import Any, LiteralString, TypeVar

import anyio
import anyio.to_thread

from posthorn.clock import Clock
from posthorn.errors import Unavailable
from posthorn.storage.database import Row, Transaction
from posthorn.storage.rows import PLAIN, is_json, json_bytes, read_rows

READERS = 4
WAL_USUAL = 16 * 2**20
WAL_BOUND = 512 * 2**20
"""Bytes of the write-ahead log: above the first it is carried over in the background, above the second at once."""
BUSY_WAIT_S = 10.0

_Result = TypeVar("_Result")


class SqliteDialect:
    """SQLite's fragments: it has one writer, so nothing needs a lock of its own."""

    skip_locked: LiteralString = ""
    for_update: LiteralString = ""

    def is_any(self, column: LiteralString, parameter: LiteralString) -> LiteralString:
        """A condition: the text column equals one of the tuple given as the parameter."""
        return f"{column} IN (SELECT value FROM json_each(:{parameter}))"

    def each(self, parameter: LiteralString) -> LiteralString:
        """A table of one text column `value`: the members of the tuple."""
        return f"(SELECT value FROM json_each(:{parameter})) AS each_{parameter}"

    def joined(self, column: LiteralString) -> LiteralString:
        """The texts of a column in a group, with U+001F between them."""
        return f"group_concat({column}, char(31))"

    def json_text(self, column: LiteralString, key: LiteralString) -> LiteralString:
        """The text at a top-level key of a JSON column."""
        return f"json_extract({column}, '$.{key}')"


class SqliteTransaction:
    """One transaction on one connection."""

    sql = SqliteDialect()

    def __init__(self, connection: sqlite3.Connection, clock: Clock) -> None:
        self._connection = connection
        self._clock = clock

    async def now_ms(self) -> int:
        """The process's clock: on SQLite there is only one process that decides."""
        return self._clock.now_ms()

    async def first(self, row: type[Row], sql: LiteralString, /, **parameters: Any) -> Row | None:
        """The first row as a struct; None if there is none."""
        rows = await self.all(row, sql, **parameters)
        return rows[0] if rows else None

    async def all(self, row: type[Row], sql: LiteralString, /, **parameters: Any) -> list[Row]:
        """All rows as structs."""
        columns, values = await self._call(lambda: _fetch(self._connection, sql, parameters))
        return read_rows(row, columns, values)

    async def run(self, sql: LiteralString, /, **parameters: Any) -> int:
        """Runs a statement; the number of rows it touched."""
        return self._connection.execute(sql, _bound(parameters)).rowcount

    async def many(self, sql: LiteralString, rows: Sequence[dict[str, Any]], /) -> None:
        """Runs one statement for each row of parameters."""
        if rows:
            self._connection.executemany(sql, [_bound(row) for row in rows])

    async def _call(self, work: Callable[[], _Result]) -> _Result:
        return work()


class SqliteSnapshot(SqliteTransaction):
    """Reads in a thread of their own."""

    async def _call(self, work: Callable[[], _Result]) -> _Result:
        return await anyio.to_thread.run_sync(work)


class _Group:
    """Transactions that one commit makes durable, or none of them. error: why it could not."""

    def __init__(self) -> None:
        self.is_open = True
        self.error: Exception | None = None


class SqliteDatabase:
    """One SQLite file that is open."""

    partition_count = 1

    def __init__(self, path: Path, clock: Clock) -> None:
        self._clock = clock
        self._path = path
        self._writer = _connect(path)
        self._checkpointer = _connect(path)
        self._turn = anyio.Lock(fast_acquire=True)
        self._group: _Group | None = None
        self._commits = anyio.CapacityLimiter(1)
        self._reading = anyio.Semaphore(READERS)
        self._readers: list[sqlite3.Connection] = []

    @asynccontextmanager
    async def transaction(self) -> AsyncGenerator[Transaction]:
        """Reads and writes; durable when the block has ended.

        Whoever finds others waiting goes to the end of their line before he commits: so all of them join his group.
        """
        async with self._turn:
            async with self._part() as group:
                yield SqliteTransaction(self._writer, self._clock)
            if not self._turn.statistics().tasks_waiting:
                await self._commit(group)
        if group.is_open:
            with anyio.CancelScope(shield=True):
                async with self._turn:
                    await self._commit(group)
        if group.error is not None:
            raise group.error

    @asynccontextmanager
    async def snapshot(self) -> AsyncGenerator[Transaction]:
        """Reads only, one consistent state."""
        async with self._reading:
            reader = self._readers.pop() if self._readers else _connect(self._path, read_only=True)
            try:
                reader.execute("BEGIN")
                yield SqliteSnapshot(reader, self._clock)
            finally:
                reader.rollback()
                self._readers.append(reader)

    async def maintain(self) -> None:
        """Carries what lies in the write-ahead log over into the file: beside the writer, unless the log has grown too long."""
        size = await anyio.to_thread.run_sync(_size_of, self._path.with_name(self._path.name + "-wal"))
        if size > WAL_BOUND:
            async with self._alone():
                await anyio.to_thread.run_sync(_checkpoint, self._writer, "TRUNCATE")
        elif size > WAL_USUAL:
            await anyio.to_thread.run_sync(_checkpoint, self._checkpointer, "PASSIVE")

    async def close(self) -> None:
        """Closes every connection once the running transactions have ended."""
        async with self._alone():
            for reader in self._readers:
                reader.close()
            self._readers.clear()
            self._checkpointer.close()
            self._writer.close()

    @asynccontextmanager
    async def _part(self) -> AsyncGenerator[_Group]:
        """One transaction's part in a group, the first of a new one or another of the open one."""
        joined = self._group
        if joined is None:
            await self._begin()
        else:
            self._writer.execute("SAVEPOINT part")
        group = self._group = joined or _Group()
        try:
            yield group
            if not self._writer.in_transaction:  # some errors, such as a full disk, end it whole, whoever may have caught them
                raise Unavailable("The database has taken this transaction back.")
        except BaseException:
            if joined is None or not self._writer.in_transaction:
                self._end(group, Unavailable("The database has taken this transaction back."))
            else:
                self._writer.execute("ROLLBACK TO part")
            raise
        finally:
            if joined is not None and group.is_open:
                self._writer.execute("RELEASE part")

    async def _commit(self, group: _Group) -> None:
        if not group.is_open:
            return
        with anyio.CancelScope(shield=True):
            try:
                await anyio.to_thread.run_sync(self._writer.commit, limiter=self._commits)
            except Exception as error:  # noqa: BLE001 - raised to each transaction of the group
                self._end(group, error)
            else:
                self._end(group)

    def _end(self, group: _Group, error: Exception | None = None) -> None:
        self._group = None
        group.is_open, group.error = False, error
        if self._writer.in_transaction:
            self._writer.rollback()

    @asynccontextmanager
    async def _alone(self) -> AsyncGenerator[None]:
        """The turn, with no group open."""
        async with self._turn:
            if self._group is not None:
                await self._commit(self._group)
            yield

    async def _begin(self) -> None:
        with anyio.move_on_after(BUSY_WAIT_S):
            while not _try_begin(self._writer):
                await anyio.sleep(0.005)
            return
        raise Unavailable("Another process has held the database for ten seconds.")


def open_sqlite(path: Path, clock: Clock) -> SqliteDatabase:
    """Opens the file, creating it and its folder if needed. Raises Unavailable for what cannot be opened.

    A folder made here is its owner's alone: the file holds what is known of everybody.
    """
    try:
        path.parent.mkdir(mode=0o700, parents=True, exist_ok=True)
        return SqliteDatabase(path, clock)
    except (sqlite3.Error, OSError) as problem:
        raise Unavailable(f"The database {path} cannot be opened: {problem}") from problem


def _connect(path: Path, *, read_only: bool = False) -> sqlite3.Connection:
    connection = sqlite3.connect(path, timeout=0, isolation_level=None, check_same_thread=False, cached_statements=512)
    connection.execute("PRAGMA page_size=16384")
    for pragma in ("journal_mode=WAL", "synchronous=FULL", "wal_autocheckpoint=0", "journal_size_limit=67108864"):
        connection.execute(f"PRAGMA {pragma}")
    connection.execute("PRAGMA cache_size=-65536" if not read_only else "PRAGMA cache_size=-8192")
    connection.execute("PRAGMA temp_store=MEMORY")
    # Whoever was forgotten is not to be found in the file either. Debian's SQLite does this anyway, others do not.
    connection.execute("PRAGMA secure_delete=ON")
    if read_only:
        connection.execute("PRAGMA query_only=ON")
    return connection


def _size_of(path: Path) -> int:
    try:
        return path.stat().st_size
    except FileNotFoundError:
        return 0


def _checkpoint(connection: sqlite3.Connection, mode: str) -> None:
    connection.execute(f"PRAGMA wal_checkpoint({mode})").fetchall()


def _try_begin(connection: sqlite3.Connection) -> bool:
    try:
        connection.execute("BEGIN IMMEDIATE")
    except sqlite3.OperationalError as error:
        if error.sqlite_errorcode & 0xFF != sqlite3.SQLITE_BUSY:
            raise
        return False
    return True


def _fetch(connection: sqlite3.Connection, sql: str, parameters: Mapping[str, Any]) -> tuple[list[str], list[tuple[Any, ...]]]:
    cursor = connection.execute(sql, _bound(parameters))
    return [column[0] for column in cursor.description or ()], cursor.fetchall()


def _bound(parameters: Mapping[str, Any]) -> dict[str, Any]:
    return {name: value if type(value) in PLAIN else _value(value) for name, value in parameters.items()}


def _value(value: Any) -> Any:
    return json_bytes(value).decode() if is_json(value) or isinstance(value, tuple) else value
