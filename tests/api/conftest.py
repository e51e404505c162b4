"""The API on a SQLite database, with a client that speaks ASGI and commands that only note what they were given."""

from collections.abc import AsyncIterator

import httpx
import pytest

from posthorn.access.model import ApiKey, Source
from posthorn.api.app import create_api
from posthorn.api.context import Context, ServerSettings
from posthorn.clock import FrozenClock
from posthorn.errors import Refusal
from posthorn.events.model import Entry
from posthorn.storage.database import Database

API_KEY = "pk_prod_first"


class NotedCommands:
    """Takes entries as the log would and keeps them in a list; refuses with `refusal` if there is one."""

    def __init__(self) -> None:
        self.entries: list[Entry] = []
        self.refusal: Refusal | None = None

    async def append(self, entries: list[Entry]) -> None:
        if self.refusal:
            raise self.refusal
        self.entries += entries

    async def append_and_wait(self, entries: list[Entry]) -> None:
        await self.append(entries)


class TwoKeys:
    """A key of each environment; the second renders drafts."""

    def source_of_write_key(self, write_key: str) -> Source | None:
        return None

    def source(self, source_id: str) -> Source | None:
        return None

    def api_key(self, key: str) -> ApiKey | None:
        return {
            API_KEY: ApiKey(key_id="key_1", environment="production", name="first"),
            "My API Key": ApiKey(key_id="key_2", environment="test", name="second", renders_drafts=True),
        }.get(key)


class NoConfig:
    """Nothing is configured."""


@pytest.fixture
def commands() -> NotedCommands:
    """What the API appended, in `entries`."""
    return NotedCommands()


@pytest.fixture
def context(sqlite: Database, clock: FrozenClock, commands: NotedCommands) -> Context:
    """The context of the API under test."""
    return Context(
        database=sqlite,
        commands=commands,
        keys=TwoKeys,
        clock=clock,
        settings=ServerSettings(public_url="http://127.0.0.1:8700"),
        config=NoConfig(),
        seed=lambda: bytes(range(16)),
        obstacle=lambda: "",
    )


@pytest.fixture
async def client(context: Context) -> AsyncIterator[httpx.AsyncClient]:
    """A client with the production key."""
    transport = httpx.ASGITransport(create_api(context))
    headers = {"authorization": f"Bearer {API_KEY}"}
    async with httpx.AsyncClient(transport=transport, base_url="http://posthorn.test", headers=headers) as client:
        yield client
