"""Migrations: numbered plain SQL, forward only, one transaction each.

A part that only one database understands stands in a comment that opens with its name: `/*sqlite WITHOUT ROWID */`.
"""

import re
from importlib import resources
from typing import LiteralString, cast

from msgspec import Struct

from posthorn.storage.database import Database, Transaction
from posthorn.storage.sqlite import SqliteDatabase

_ONLY_SQLITE = re.compile(r"/\*sqlite (.*?)\*/")
_ONLY_POSTGRES = re.compile(r"/\*postgres (.*?)\*/")


class Applied(Struct, frozen=True, kw_only=True):
    """A migration that the database has."""

    name: str


async def migrate(database: Database) -> list[str]:
    """Brings the database to this version; the names of the migrations it applied, in order.

    Safe to run from several places at once.
    """
    async with database.transaction() as tx:
        await tx.run("CREATE TABLE IF NOT EXISTS schema_migrations (name TEXT PRIMARY KEY, applied_at BIGINT NOT NULL)")
    done: list[str] = []
    for name, text in _migrations():
        if await _apply(database, name, text):
            done.append(name)
    return done


async def missing(tx: Transaction) -> list[str]:
    """Names of the migrations this version has and the database has not."""
    applied = {row.name for row in await tx.all(Applied, "SELECT name FROM schema_migrations ORDER BY name")}
    return [name for name, _ in _migrations() if name not in applied]


async def unknown(tx: Transaction) -> list[str]:
    """Names of the migrations the database has and this version has not: a newer version has used it."""
    applied = await tx.all(Applied, "SELECT name FROM schema_migrations ORDER BY name")
    known = {name for name, _ in _migrations()}
    return [row.name for row in applied if row.name not in known]


async def _apply(database: Database, name: str, text: str) -> bool:
    own = _ONLY_SQLITE if isinstance(database, SqliteDatabase) else _ONLY_POSTGRES
    async with database.transaction() as tx:
        claimed = await tx.run(
            "INSERT INTO schema_migrations (name, applied_at) VALUES (:name, :now) ON CONFLICT DO NOTHING",
            name=name,
            now=await tx.now_ms(),
        )
        if claimed:
            for statement in _statements(own.sub(r"\1", text)):
                await tx.run(cast(LiteralString, statement))
    return bool(claimed)


def _migrations() -> list[tuple[str, str]]:
    folder = resources.files("posthorn.storage") / "migrations"
    files = sorted((file for file in folder.iterdir() if file.name.endswith(".sql")), key=lambda file: file.name)
    return [(file.name.removesuffix(".sql"), file.read_text("utf-8")) for file in files]


def _statements(text: str) -> list[str]:
    lines = [line for line in text.splitlines() if not line.lstrip().startswith("--")]
    return [part.strip() for part in re.split(r";\s*(?:\n|$)", "\n".join(lines)) if part.strip()]
