"""Looks at a database without changing it, for `posthorn doctor`."""

import sqlite3
from contextlib import AbstractAsyncContextManager

import psycopg
from msgspec import Struct

from posthorn.errors import PosthornError
from posthorn.storage.database import Database
from posthorn.storage.migrate import missing


class Probe(Struct, frozen=True, kw_only=True):
    """What was found. trouble: "" if it opens and answers. missing: migrations it lacks. clock_ms: its clock."""

    trouble: str = ""
    missing: tuple[str, ...] = ()
    clock_ms: int = 0


async def probe(opening: AbstractAsyncContextManager[Database]) -> Probe:
    """Opens the database and asks it a little; whatever goes wrong is told, not raised."""
    try:
        async with opening as database, database.snapshot() as tx:
            return Probe(missing=tuple(await missing(tx)), clock_ms=await tx.now_ms())
    except (sqlite3.Error, psycopg.Error, PosthornError) as problem:
        return Probe(trouble=str(problem) or type(problem).__name__)
