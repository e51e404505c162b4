"""PostgreSQL behind the seam: a pool of connections, the same text of SQL."""

import re
from collections.abc import AsyncGenerator, Mapping, Sequence
from contextlib import asynccontextmanager
from functools import lru_cache
from typing import Any, LiteralString, cast

from psycopg import AsyncConnection
from psycopg.abc import Buffer
from psycopg.adapt import Loader
from psycopg.types.json import Jsonb
from psycopg_pool import AsyncConnectionPool, PoolTimeout

from posthorn.clock import Clock
from posthorn.errors import Unavailable
from posthorn.storage.database import Row, Transaction
from posthorn.storage.rows import is_json, json_bytes, read_rows

PARTITIONS = 16

_LET_GO = "SET LOCAL idle_in_transaction_session_timeout = '30s'"
"""A worker that is frozen in the middle of a step loses its lock on the partition; another one goes on.

Said in every transaction, since a pooler may give each one to another connection.
"""

_PARAMETER = re.compile(r"(?<!:):([a-z_][a-z0-9_]*)")


class PostgresDialect:
    """PostgreSQL's fragments."""

    skip_locked: LiteralString = " FOR UPDATE SKIP LOCKED"
    for_update: LiteralString = " FOR UPDATE"

    def is_any(self, column: LiteralString, parameter: LiteralString) -> LiteralString:
        """A condition: the text column equals one of the tuple given as the parameter."""
        return f"{column} = ANY(:{parameter}::text[])"

    def each(self, parameter: LiteralString) -> LiteralString:
        """A table of one text column `value`: the members of the tuple."""
        return f"(SELECT unnest(:{parameter}::text[]) AS value) AS each_{parameter}"

    def joined(self, column: LiteralString) -> LiteralString:
        """The texts of a column in a group, with U+001F between them."""
        return f"string_agg({column}, chr(31))"

    def json_text(self, column: LiteralString, key: LiteralString) -> LiteralString:
        """The text at a top-level key of a JSON column."""
        return f"({column} ->> '{key}')"


class PostgresTransaction:
    """One transaction on one connection of the pool. Without a clock of its own it asks the database's."""

    sql = PostgresDialect()

    def __init__(self, connection: AsyncConnection[Any], clock: Clock | None) -> None:
        self._connection = connection
        self._clock = clock

    async def now_ms(self) -> int:
        """The database's clock: the one that all workers share."""
        if self._clock is not None:
            return self._clock.now_ms()
        cursor = await self._connection.execute("SELECT (extract(epoch FROM clock_timestamp()) * 1000)::bigint")
        line = await cursor.fetchone()
        return int(line[0]) if line else 0

    async def first(self, row: type[Row], sql: LiteralString, /, **parameters: Any) -> Row | None:
        """The first row as a struct; None if there is none."""
        rows = await self.all(row, sql, **parameters)
        return rows[0] if rows else None

    async def all(self, row: type[Row], sql: LiteralString, /, **parameters: Any) -> list[Row]:
        """All rows as structs."""
        cursor = await self._connection.execute(_translated(sql), _bound(parameters))
        columns = [column.name for column in cursor.description or ()]
        return read_rows(row, columns, await cursor.fetchall())

    async def run(self, sql: LiteralString, /, **parameters: Any) -> int:
        """Runs a statement; the number of rows it touched."""
        cursor = await self._connection.execute(_translated(sql), _bound(parameters) or None)
        return cursor.rowcount

    async def many(self, sql: LiteralString, rows: Sequence[dict[str, Any]], /) -> None:
        """Runs one statement for each row of parameters, in one pipeline."""
        if rows:
            async with self._connection.cursor() as cursor:
                await cursor.executemany(_translated(sql), [_bound(row) for row in rows])


class PostgresDatabase:
    """One PostgreSQL cell that is open."""

    partition_count = PARTITIONS

    def __init__(self, pool: AsyncConnectionPool[AsyncConnection[Any]], clock: Clock | None) -> None:
        self._pool = pool
        self._clock = clock

    @asynccontextmanager
    async def transaction(self) -> AsyncGenerator[Transaction]:
        """Reads and writes; durable when the block has ended."""
        async with self._pool.connection() as connection, connection.transaction():
            await connection.execute(_LET_GO)
            yield PostgresTransaction(connection, self._clock)

    @asynccontextmanager
    async def snapshot(self) -> AsyncGenerator[Transaction]:
        """Reads only, one consistent state."""
        async with self._pool.connection() as connection, connection.transaction():
            await connection.execute("SET TRANSACTION ISOLATION LEVEL REPEATABLE READ READ ONLY")
            yield PostgresTransaction(connection, self._clock)

    async def maintain(self) -> None:
        """Nothing: the server looks after itself."""

    async def close(self) -> None:
        """Gives back every connection."""
        await self._pool.close()


async def open_postgres(url: str, clock: Clock | None = None, *, connections: int = 8) -> PostgresDatabase:
    """Opens a pool on a `postgresql://` URL. `clock` replaces the database's clock, for tests with simulated time.

    Raises Unavailable if no connection is made within 15 seconds.
    """
    pool: AsyncConnectionPool[AsyncConnection[Any]] = AsyncConnectionPool(
        url, min_size=1, max_size=connections, open=False, configure=_configure, kwargs={"prepare_threshold": 3}
    )
    try:
        await pool.open(wait=True, timeout=15)
    except PoolTimeout:
        await pool.close()
        raise Unavailable("PostgreSQL does not answer, or takes neither this user nor this password.") from None
    return PostgresDatabase(pool, clock)


class _RawJson(Loader):
    def load(self, data: Buffer) -> bytes:
        return bytes(data)


async def _configure(connection: AsyncConnection[Any]) -> None:
    connection.adapters.register_loader("jsonb", _RawJson)
    connection.adapters.register_loader("json", _RawJson)


@lru_cache(maxsize=2048)
def _translated(sql: LiteralString) -> LiteralString:
    return cast(LiteralString, _PARAMETER.sub(r"%(\1)s", sql.replace("%", "%%")))


def _bound(parameters: Mapping[str, Any]) -> dict[str, Any]:
    return {name: _value(value) for name, value in parameters.items()}


def _value(value: Any) -> Any:
    if is_json(value):
        return Jsonb(value, dumps=json_bytes)
    return list(value) if isinstance(value, tuple) else value
