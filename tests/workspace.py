"""A whole Posthorn in this process, on a clock that only the test moves: what the flow tests drive."""

from collections.abc import AsyncGenerator, Callable, Coroutine, Mapping
from contextlib import asynccontextmanager
from pathlib import Path
from typing import Any

import anyio
import httpx
from msgspec import Struct

from posthorn.access.first_keys import keys_at_start
from posthorn.clock import FrozenClock
from posthorn.jobs import store as job_store
from posthorn.log import store as log_store
from posthorn.outbox import store as outbox
from posthorn.server.app import create_server_app, create_tracking
from posthorn.server.wiring import Parts, opened
from posthorn.settings import load_settings
from posthorn.timers import store as timer_store

API_KEY = "pk_prod_flow"
WRITE_KEY = "wk_flow"


class Claimed(Struct, frozen=True, kw_only=True):
    """How many commands are being carried out."""

    count: int


class Workspace:
    """The parts, running, and an HTTP client with the API key."""

    def __init__(self, parts: Parts, clock: FrozenClock, client: httpx.AsyncClient) -> None:
        self.parts = parts
        self.clock = clock
        self.client = client

    async def track(self, user_id: str, event: str, **properties: Any) -> None:
        """Sends a track call as a Segment SDK would, and waits until everything it sets in motion has come to rest."""
        await self.send_event({"type": "track", "userId": user_id, "event": event, "properties": properties})

    async def identify(self, user_id: str, **traits: Any) -> None:
        """Sends an identify call."""
        await self.send_event({"type": "identify", "userId": user_id, "traits": traits})

    async def send_event(self, event: Mapping[str, Any]) -> None:
        """Sends one event of any type to the Tracking API."""
        answer = await self.client.post("/v1/batch", json={"batch": [event]}, auth=(WRITE_KEY, ""))
        assert answer.json() == {"success": True}, answer.text
        await self.rest()

    async def call(self, method: str, path: str, body: Any = None, *, status: int | None = None, **more: Any) -> Any:
        """An API call; its JSON, or None for an empty answer. Without a status any 2xx will do."""
        answer = await self.client.request(method, path, json=body, **more)
        good = answer.is_success if status is None else answer.status_code == status
        assert good, f"{method} {path}: {answer.status_code} {answer.text}"
        return answer.json() if answer.content else None

    async def advance(self, **delta: float) -> None:
        """Moves the clock by days, hours, minutes, seconds, and lets what has come due happen."""
        units = {"days": 86_400_000, "hours": 3_600_000, "minutes": 60_000, "seconds": 1_000}
        self.clock.advance(round(sum(units[unit] * amount for unit, amount in delta.items())))
        await self.rest()

    async def rest(self) -> None:
        """Returns when nothing is left to do at this moment of the clock."""
        with anyio.fail_after(60):
            while not await self._is_quiet():
                self.parts.worker.wake()
                self.parts.backfill.notify()
                self.parts.dispatcher.notify()
                await anyio.sleep(0.002)

    async def mails(self) -> list[dict[str, Any]]:
        """The mailbox, newest first."""
        return (await self.call("GET", "/mailbox"))["results"]

    async def history(self, message_id: str) -> list[str]:
        """The types in a message's history, in order."""
        return [item["type"] for item in (await self.call("GET", f"/messages/{message_id}/history"))["results"]]

    async def _is_quiet(self) -> bool:
        now, dispatcher = self.clock.now_ms(), self.parts.dispatcher
        if dispatcher.is_busy:
            return False  # asked before the database is: what a call ends with must be seen there
        await self.parts.config.refresh(self.parts.database)
        async with self.parts.database.snapshot() as tx:
            for partition in range(self.parts.database.partition_count):
                cursor = await log_store.cursor(tx, partition)
                due_at = await timer_store.next_due_at(tx, partition)
                if cursor is None or cursor.block_offset < await log_store.head(tx, partition):
                    return False
                if due_at is not None and due_at <= now:
                    return False
            if (claimed := await tx.first(Claimed, "SELECT COUNT(*) AS count FROM outbox WHERE is_open")) and claimed.count:
                return False  # by a dispatcher that does not know it yet: its commit is under way
            lanes = await outbox.lanes(tx)
            job_due_at = await job_store.next_due_at(tx)
        if job_due_at is not None and job_due_at <= now:
            return False
        return not dispatcher.is_busy and not any(dispatcher.is_due(lane, now) for lane in lanes)


@asynccontextmanager
async def running(folder: Path, clock: FrozenClock, **settings: str) -> AsyncGenerator[Workspace]:
    """A workspace over the folder's SQLite file; opened again on the same folder it goes on where it was."""
    options = {"data": str(folder), "api_key": API_KEY, "write_key": WRITE_KEY, "allow_private_network": "1", **settings}
    async with opened(load_settings(options, environment={}, folder=folder), clock) as parts:
        async with parts.database.transaction() as tx:
            await keys_at_start(tx, {"api": API_KEY, "write": WRITE_KEY}, parts.settings.keys_path, clock.now_ms())
            await parts.config.current(tx)
        transport = httpx.ASGITransport(create_server_app(parts, create_tracking(parts)))  # pyright: ignore[reportArgumentType] - stricter than ASGI
        headers = {"Authorization": f"Bearer {API_KEY}"}
        async with (
            httpx.AsyncClient(transport=transport, base_url="http://posthorn.test", headers=headers) as client,
            anyio.create_task_group() as tasks,
        ):
            for run in _running(parts):
                tasks.start_soon(run)
            yield Workspace(parts, clock, client)
            parts.appender.close()
            parts.backfill.stop()
            parts.worker.stop()
            parts.dispatcher.stop()
            parts.settler.close()


def _running(parts: Parts) -> list[Callable[[], Coroutine[Any, Any, None]]]:
    return [parts.appender.run, parts.settler.run, parts.worker.run, parts.backfill.run, parts.dispatcher.run]
