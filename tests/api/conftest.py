"""The API on a SQLite database, with a client that speaks ASGI."""

from collections.abc import AsyncIterator

import httpx
import pytest

from api_stand_ins import API_KEY, AppliedCommands, api_context
from posthorn.api.app import create_api
from posthorn.api.context import Context
from posthorn.clock import FrozenClock
from posthorn.storage.database import Database


@pytest.fixture
def commands(sqlite: Database) -> AppliedCommands:
    """What the API appended, in `entries`, and applied."""
    return AppliedCommands(sqlite)


@pytest.fixture
def context(sqlite: Database, clock: FrozenClock, commands: AppliedCommands) -> Context:
    """The context of the API under test."""
    return api_context(sqlite, commands, clock)


@pytest.fixture
async def client(context: Context) -> AsyncIterator[httpx.AsyncClient]:
    """A client with the production key."""
    transport = httpx.ASGITransport(create_api(context))
    headers = {"authorization": f"Bearer {API_KEY}"}
    async with httpx.AsyncClient(transport=transport, base_url="http://posthorn.test", headers=headers) as client:
        yield client
