"""Local stand-ins for the world outside: a Segment that keeps what it is sent."""

import gzip
import json
from collections.abc import AsyncGenerator
from contextlib import asynccontextmanager
from typing import Any

from aiohttp import web


class SegmentSink:
    """What arrived at a Tracking API, in order. `answers`: statuses for the next requests, one each; then 200."""

    def __init__(self) -> None:
        self.url = ""
        self.batches: list[dict[str, Any]] = []
        self.answers: list[int] = []

    @property
    def events(self) -> list[dict[str, Any]]:
        """All events that were accepted, each messageId once, as Segment keeps them."""
        kept: dict[str, dict[str, Any]] = {}
        for batch in self.batches:
            for event in batch["batch"]:
                kept.setdefault(event["messageId"], event)
        return list(kept.values())

    async def take(self, request: web.Request) -> web.Response:
        """One batch."""
        raw = await request.read()
        body = json.loads(gzip.decompress(raw) if raw[:2] == b"\x1f\x8b" else raw)
        status = self.answers.pop(0) if self.answers else 200
        if status == 200:
            self.batches.append(body)
        return web.json_response({"success": status == 200}, status=status)

    async def settings(self, request: web.Request) -> web.Response:
        """The settings document, by which a write key is checked."""
        del request
        return web.json_response({"integrations": {}})


@asynccontextmanager
async def segment_sink() -> AsyncGenerator[SegmentSink]:
    """A sink on a free port of the loopback; its `url` is the base to be given as endpoint."""
    sink = SegmentSink()
    app = web.Application()
    app.router.add_post("/v1/batch", sink.take)
    app.router.add_get("/v1/projects/{key}/settings", sink.settings)
    runner = web.AppRunner(app)
    await runner.setup()
    site = web.TCPSite(runner, "127.0.0.1", 0)
    await site.start()
    sink.url = f"http://127.0.0.1:{runner.addresses[0][1]}/v1"
    try:
        yield sink
    finally:
        await runner.cleanup()
