"""A whole Posthorn in this process, on a SQLite file, without the dispatcher: what lies in the outbox stays there."""

from collections.abc import AsyncGenerator
from contextlib import asynccontextmanager
from pathlib import Path

import anyio
import httpx

from benchmarks.product import API_KEY, WRITE_KEY
from posthorn.access.first_keys import keys_at_start
from posthorn.server.app import create_server_app, create_tracking
from posthorn.server.wiring import Parts, opened
from posthorn.settings import load_settings


@asynccontextmanager
async def running(folder: Path) -> AsyncGenerator[tuple[Parts, httpx.AsyncClient]]:
    """The parts at work, and a client with the API key."""
    options = {"data": str(folder), "api_key": API_KEY, "write_key": WRITE_KEY}
    async with opened(load_settings(options, environment={}, folder=folder)) as parts:
        async with parts.database.transaction() as tx:
            await keys_at_start(tx, {"api": API_KEY, "write": WRITE_KEY}, parts.settings.keys_path, await tx.now_ms())
            await parts.config.current(tx)
        transport = httpx.ASGITransport(create_server_app(parts, create_tracking(parts)))  # pyright: ignore[reportArgumentType] - stricter than ASGI
        headers = {"Authorization": f"Bearer {API_KEY}"}
        async with (
            httpx.AsyncClient(transport=transport, base_url="http://posthorn.test", headers=headers) as client,
            anyio.create_task_group() as tasks,
        ):
            for run in (parts.appender.run, parts.worker.run, parts.backfill.run):
                tasks.start_soon(run)
            yield parts, client
            parts.appender.close()
            parts.backfill.stop()
            parts.worker.stop()
