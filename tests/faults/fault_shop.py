"""A shop that uses Posthorn while it is killed: customers whose events must not get lost, readers who open what arrives.

Each "Ordered" event must become three messages: a mail, a webhook call, and another webhook call a second later.
"""

from collections import Counter
from collections.abc import AsyncGenerator
from contextlib import AsyncExitStack, asynccontextmanager
from typing import Any

import aiohttp
import anyio

from faults.fault_server import WRITE_KEY, Server
from faults.fault_sinks import HookSink, MailSink, hook_sink, mail_sink
from sinks import SegmentSink, segment_sink

MAIL, HOOK, LATE = "mail", "hook", "late"
_PATIENCE = aiohttp.ClientTimeout(total=15)
_KEY = {"authorization": aiohttp.encode_basic_auth(WRITE_KEY, "")}


def automation(kind: str, steps: list[dict[str, Any]], event: str = "Ordered") -> dict[str, Any]:
    """An automation that an event of that name starts."""
    return {"name": kind, "trigger": {"type": "segment", "request_type": "track", "event": event}, "steps": steps}


def send(kind: str, channel: str) -> dict[str, Any]:
    """A send step. What is sent names its kind and the number of the event that caused it."""
    link = {"type": "action", "content": "Look", "href": "https://shop.example.test/{{n}}"}
    content = {"version": "2022-01-01", "elements": [{"type": "meta", "title": f"{kind} {{{{n}}}}"}, link]}
    message = {
        "to": {"user_id": "refs.data.userId"},
        "content": content,
        "data": {"kind": kind, "n": "refs.data.n"},
        "routing": {"method": "single", "channels": [channel]},
    }
    return {"action": "send", "message": message}


class Shop:
    """The server, the world around it, and what the customers and readers have been promised.

    acknowledged: messageIds of events that were answered with 200. opened, clicked: Message-IDs whose open or click was.
    answers: how often the server has answered with each status.
    """

    def __init__(self, server: Server, mails: MailSink, hooks: HookSink, segment: SegmentSink) -> None:
        self.server = server
        self.mails = mails
        self.hooks = hooks
        self.segment = segment
        self.acknowledged: list[str] = []
        self.opened: set[str] = set()
        self.clicked: set[str] = set()
        self.answers: Counter[int] = Counter()
        self.is_open = True

    async def set_up(self, users: int) -> None:
        """Providers, automations, the way back, and the customers' profiles."""
        await self.install()
        late = [{"action": "delay", "duration": "1 second"}, send(LATE, "webhook")]
        for kind, steps in ((MAIL, [send(MAIL, "email")]), (HOOK, [send(HOOK, "webhook")]), (LATE, late)):
            await self.publish(kind, steps)
        await self.connect_segment()
        for number in range(users):
            await self.know(number)

    async def install(self) -> None:
        """The providers of mail, webhooks and text messages."""
        call = self.server.call
        mail_server = {"host": "127.0.0.1", "port": self.mails.port, "tls": "none", "from_address": "shop@example.test"}
        await call("POST", "/providers", {"provider": "smtp", "settings": mail_server})
        await call("POST", "/providers", {"provider": "webhook"})
        await call("POST", "/providers", {"provider": "once", "settings": {"url": self.hooks.url}})

    async def publish(self, kind: str, steps: list[dict[str, Any]]) -> None:
        """An automation that every order starts."""
        await self.server.call("PUT", f"/automations/{kind}", automation(kind, steps))
        await self.server.call("POST", f"/automations/{kind}/publish")

    async def connect_segment(self) -> None:
        """Sets up the way back, or saves its settings again."""
        source = {"write_key": "wk_out", "endpoint": self.segment.url, "enabled": True}
        await self.server.call("PUT", "/integrations/segment", {"source": source})

    async def know(self, user: int) -> None:
        """A customer's profile, with all addresses."""
        profile = {"email": f"u{user}@example.test", "phone_number": "+4930", "webhook": {"url": self.hooks.url}}
        await self.server.call("PUT", f"/profiles/u{user}", {"profile": profile})

    async def order_one(self, user: int, number: int) -> None:
        """Sends one event until it is acknowledged."""
        async with aiohttp.ClientSession(timeout=_PATIENCE, headers=_KEY) as client:
            await self.order(client, user, number)

    async def order(self, client: aiohttp.ClientSession, user: int, number: int) -> None:
        """Sends one event until it is acknowledged, always with the same messageId, as SDKs do."""
        name = f"u{user}.{number}"
        event = {"type": "track", "event": "Ordered", "userId": f"u{user}", "messageId": name, "properties": {"n": name}}
        while await self._status(client, "POST", f"{self.server.url}/v1/batch", {"batch": [event]}) != 200:
            await anyio.sleep(0.02)
        self.acknowledged.append(name)

    async def orders(self, user: int, count: int) -> None:
        """One customer's events, one after the other, while the shop is open."""
        async with aiohttp.ClientSession(timeout=_PATIENCE, headers=_KEY) as client:
            for number in range(count):
                if self.is_open:
                    await self.order(client, user, number)

    async def has_taken(self, least: int) -> bool:
        """Whether so many orders are acknowledged."""
        return len(self.acknowledged) >= least

    async def read(self) -> None:
        """Opens each mail that arrives and follows its link, until cancelled."""
        seen = 0
        async with aiohttp.ClientSession(timeout=_PATIENCE) as client:
            while True:
                for mail in self.mails.mails[seen:]:
                    seen += 1
                    await self._visit(client, mail.pixel, 200)
                    self.opened.add(mail.message_id)
                    await self._visit(client, mail.link, 302)
                    self.clicked.add(mail.message_id)
                await anyio.sleep(0.01)

    async def until_read(self) -> None:
        """Returns when every mail was opened and clicked, and nothing is left to do."""
        while True:
            await self.server.until_quiet()
            if {mail.message_id for mail in self.mails.mails} == self.clicked and not any(self.server.database.numbers(OUTBOX)):
                return
            await anyio.sleep(0.01)

    async def _visit(self, client: aiohttp.ClientSession, url: str, status: int) -> None:
        while await self._status(client, "GET", url, None) != status:
            await anyio.sleep(0.02)

    async def _status(self, client: aiohttp.ClientSession, method: str, url: str, body: Any) -> int:
        try:
            async with client.request(method, url, json=body, allow_redirects=False) as answer:
                self.answers[answer.status] += 1
                return answer.status
        except (aiohttp.ClientError, TimeoutError):
            return 0


OUTBOX = "SELECT COUNT(*) FROM outbox"


@asynccontextmanager
async def new_shop(server: Server) -> AsyncGenerator[Shop]:
    """A shop with its server started and nothing set up."""
    async with AsyncExitStack() as stack:
        mails = await stack.enter_async_context(mail_sink())
        hooks = await stack.enter_async_context(hook_sink())
        segment = await stack.enter_async_context(segment_sink())
        shop = Shop(server, mails, hooks, segment)
        await server.start()
        yield shop


@asynccontextmanager
async def open_shop(server: Server, users: int) -> AsyncGenerator[Shop]:
    """A shop with its server started and everything set up."""
    async with new_shop(server) as shop:
        await shop.set_up(users)
        yield shop


@asynccontextmanager
async def trading(shop: Shop, *, users: int, orders: int) -> AsyncGenerator[None]:
    """While the block runs, customers order and readers read; it ends when all that was ordered has been read."""
    async with anyio.create_task_group() as reading:
        reading.start_soon(shop.read)
        async with anyio.create_task_group() as ordering:
            for user in range(users):
                ordering.start_soon(shop.orders, user, orders)
            yield
        await shop.until_read()
        reading.cancel_scope.cancel()
