"""The world outside, on this machine: a mail server and a webhook's receiver that keep and count what they are given."""

import asyncio  # noqa: TID251 - aiosmtpd is made for it
import json
import re
from collections.abc import AsyncGenerator
from contextlib import asynccontextmanager
from email import message_from_bytes, policy
from typing import Any

import anyio
from aiohttp import web
from aiosmtpd.smtp import SMTP, Envelope, Session
from msgspec import Struct


class Mail(Struct, frozen=True, kw_only=True):
    """A mail that was accepted. pixel, link: addresses in it, "" for none."""

    message_id: str
    subject: str
    recipient: str
    pixel: str
    link: str


class MailSink:
    """A mail server. `mails`: what it accepted, in order, repeats included.

    refusals: answers to the next mails, one each, such as "451 later"; "drop" closes the connection in place of an answer to
    a mail that it has kept. While it is shut, no mail is answered.
    """

    def __init__(self) -> None:
        self.port = 0
        self.mails: list[Mail] = []
        self.refusals: list[str] = []
        self._gate = anyio.Event()
        self._gate.set()
        self._waiting_count = 0

    def shut(self) -> None:
        """Keeps those who send waiting."""
        self._gate = anyio.Event()

    def open(self) -> None:
        """Answers all of them."""
        self._gate.set()

    async def is_asked(self) -> bool:
        """Whether somebody waits for an answer."""
        return self._waiting_count > 0

    async def handle_DATA(self, server: SMTP, session: Session, envelope: Envelope) -> str:
        answer = self.refusals.pop(0) if self.refusals else "250 2.0.0 queued"
        if answer in ("drop", "250 2.0.0 queued"):
            self.mails.append(_mail(envelope))
        if answer == "drop":
            assert server.transport is not None
            server.transport.close()
        self._waiting_count += 1
        await self._gate.wait()
        self._waiting_count -= 1
        return answer


class HookSink:
    """A receiver of webhooks. `calls`: (idempotency key, body) in order, repeats included."""

    def __init__(self) -> None:
        self.url = ""
        self.calls: list[tuple[str, dict[str, Any]]] = []

    async def take(self, request: web.Request) -> web.Response:
        """One call."""
        self.calls.append((request.headers.get("idempotency-key", ""), json.loads(await request.read())))
        return web.Response()


@asynccontextmanager
async def mail_sink() -> AsyncGenerator[MailSink]:
    """A mail server on a free port."""
    sink = MailSink()
    server = await asyncio.get_running_loop().create_server(lambda: SMTP(sink, hostname="sink.test"), "127.0.0.1", 0)
    sink.port = server.sockets[0].getsockname()[1]
    try:
        yield sink
    finally:
        server.close()
        await server.wait_closed()


@asynccontextmanager
async def hook_sink() -> AsyncGenerator[HookSink]:
    """A receiver on a free port."""
    sink = HookSink()
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


def _mail(envelope: Envelope) -> Mail:
    assert isinstance(envelope.content, bytes)
    parsed = message_from_bytes(envelope.content, policy=policy.default)
    part = parsed.get_body(("html",))
    html = part.get_content() if part else ""
    pixel, link = re.search(r'src="([^"]*/t/o/[^"]+)"', html), re.search(r'href="([^"]*/t/c/[^"]+)"', html)
    return Mail(
        message_id=str(parsed["Message-ID"]),
        subject=str(parsed["Subject"]),
        recipient=envelope.rcpt_tos[0] or "",
        pixel=pixel[1] if pixel else "",
        link=link[1] if link else "",
    )
