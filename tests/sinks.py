"""Local stand-ins for the world outside: a Segment and a mail server that keep what they are sent."""

import asyncio  # noqa: TID251 - the mail server's library is made for it
import gzip
import json
from collections.abc import AsyncGenerator
from contextlib import asynccontextmanager
from email import message_from_bytes
from email.message import EmailMessage
from email.policy import default as mail_policy
from typing import Any

from aiohttp import web
from aiosmtpd.smtp import SMTP, Envelope, Session


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
        body = await self.body(request)
        status = self.answers.pop(0) if self.answers else 200
        if status == 200:
            self.batches.append(body)
        return web.json_response({"success": status == 200}, status=status)

    async def body(self, request: web.Request) -> dict[str, Any]:
        """What a request says, unpacked."""
        raw = await request.read()
        return json.loads(gzip.decompress(raw) if raw[:2] == b"\x1f\x8b" else raw)

    async def settings(self, request: web.Request) -> web.Response:
        """The settings document, by which a write key is checked."""
        del request
        return web.json_response({"integrations": {}})


@asynccontextmanager
async def segment_sink(sink: SegmentSink | None = None) -> AsyncGenerator[SegmentSink]:
    """A sink on a free port of the loopback, or the given one; its `url` is the base to be given as endpoint."""
    sink = sink or SegmentSink()
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


class WebhookSink:
    """What arrived at a webhook endpoint, in order. `answers`: statuses for the next calls, one each; then `answer`."""

    def __init__(self) -> None:
        self.url = ""
        self.calls: list[dict[str, Any]] = []
        self.headers: list[dict[str, str]] = []
        self.raws: list[bytes] = []
        self.answers: list[int] = []
        self.answer = 200

    def of(self, kind: str) -> list[dict[str, Any]]:
        """The data of every event of one type."""
        return [call["data"] for call in self.calls if call["type"] == kind]

    async def take(self, request: web.Request) -> web.Response:
        """One call."""
        raw = await request.read()
        status = self.answers.pop(0) if self.answers else self.answer
        if status == 200:
            self.raws.append(raw)
            self.calls.append(json.loads(raw))
            self.headers.append({name.lower(): value for name, value in request.headers.items()})
        return web.Response(status=status, text="" if status == 200 else "not now")


@asynccontextmanager
async def webhook_sink() -> AsyncGenerator[WebhookSink]:
    """An endpoint on a free port of the loopback."""
    sink = WebhookSink()
    app = web.Application()
    app.router.add_post("/hook", sink.take)
    runner = web.AppRunner(app)
    await runner.setup()
    await web.TCPSite(runner, "127.0.0.1", 0).start()
    sink.url = f"http://127.0.0.1:{runner.addresses[0][1]}/hook"
    try:
        yield sink
    finally:
        await runner.cleanup()


class MailSink:
    """What a mail server took, in order. `refusals`: its answer to RCPT for an address, in place of 250."""

    def __init__(self) -> None:
        self.port = 0
        self.letters: list[EmailMessage] = []
        self.refusals: dict[str, str] = {}

    @property
    def settings(self) -> dict[str, object]:
        """Of an SMTP provider that sends here."""
        return {"host": "127.0.0.1", "port": self.port, "tls": "none", "from_address": "shop@example.test"}

    async def handle_RCPT(self, server: SMTP, session: Session, envelope: Envelope, address: str, options: list[str]) -> str:
        """Refuses those it is told to."""
        del server, session, options
        if address in self.refusals:
            return self.refusals[address]
        envelope.rcpt_tos.append(address)
        return "250 2.1.5 Recipient OK"

    async def handle_DATA(self, server: SMTP, session: Session, envelope: Envelope) -> str:
        """Takes one mail."""
        del server, session
        letter = message_from_bytes(envelope.original_content or b"", policy=mail_policy)
        assert isinstance(letter, EmailMessage)
        self.letters.append(letter)
        return "250 2.0.0 queued"


@asynccontextmanager
async def mail_sink() -> AsyncGenerator[MailSink]:
    """A mail server on a free port of the loopback."""
    sink = MailSink()
    loop = asyncio.get_running_loop()
    server = await loop.create_server(lambda: SMTP(sink, hostname="sink.test"), "127.0.0.1", 0)
    sink.port = server.sockets[0].getsockname()[1]
    try:
        yield sink
    finally:
        server.close()


def part(letter: EmailMessage, kind: str) -> str:
    """The text of a mail in one form, `html` or `plain`."""
    found = letter.get_body((kind,))
    assert found is not None, f"the mail has no {kind} part"
    return found.get_content()
