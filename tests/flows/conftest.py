"""A flow is the same on both databases. The world outside of it: a mail server and a Segment, both real ends of a socket."""

from collections.abc import AsyncIterator
from pathlib import Path

import pytest

from posthorn.clock import FrozenClock
from posthorn.storage.migrate import migrate
from posthorn.storage.postgres import open_postgres
from sinks import MailSink, SegmentSink, mail_sink, segment_sink
from workspace import Workspace, running


@pytest.fixture(params=["sqlite", "postgres"])
async def workspace(request: pytest.FixtureRequest, tmp_path: Path, clock: FrozenClock) -> AsyncIterator[Workspace]:
    """A whole Posthorn on a frozen clock, over one SQLite file or over PostgreSQL with its sixteen partitions."""
    settings: dict[str, str] = {}
    if request.param == "postgres":
        settings["database_url"] = request.getfixturevalue("postgres_url")
        database = await open_postgres(settings["database_url"], clock)
        await migrate(database)
        await database.close()
    async with running(tmp_path, clock, **settings) as one:
        yield one


@pytest.fixture
async def letters() -> AsyncIterator[MailSink]:
    """A mail server."""
    async with mail_sink() as sink:
        yield sink


@pytest.fixture
async def segment() -> AsyncIterator[SegmentSink]:
    """A Segment."""
    async with segment_sink() as sink:
        yield sink
