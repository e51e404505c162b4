"""The application of this folder: makes the calls, and answers those that come by ASGI."""

from collections.abc import Awaitable, Callable, Mapping
from typing import Any

import anyio

from posthorn.access.model import Keys
from posthorn.api.tracking.answers import Answer, Reply
from posthorn.api.tracking.call import Call
from posthorn.api.tracking.cors import headers_for
from posthorn.api.tracking.intake import Intake, Limits, Stored
from posthorn.api.tracking.rate import Buckets
from posthorn.api.tracking.request import Request, networks, read_request
from posthorn.api.tracking.routes import NOTHING, route_of
from posthorn.clock import Clock
from posthorn.errors import Conflict
from posthorn.events.model import Entry

Receive = Callable[[], Awaitable[Mapping[str, Any]]]
Send = Callable[[dict[str, Any]], Awaitable[None]]


class TrackingApp:
    """Segment's Tracking API, its destination calls, and Courier's inbound calls; by ASGI for `http` scopes alone."""

    def __init__(
        self,
        *,
        append: Callable[[list[Entry], Stored], None],
        seen: Callable[[str, str], Awaitable[bool]],
        notice: Callable[[str, str], None],
        keys: Keys,
        clock: Clock,
        limits: Limits,
    ) -> None:
        """The arguments are those of `Intake`. Raises ValueError for a trusted proxy that is no address."""
        self._intake = Intake(append=append, seen=seen, notice=notice, keys=keys, clock=clock, limits=limits, buckets=Buckets())
        self.proxies = networks(limits.trusted_proxies)

    def handles(self, path: str) -> bool:
        """Whether a path belongs here; everything below /v1/ does."""
        return path.startswith("/v1/") or route_of(path.removesuffix("/")) is not NOTHING

    def call(self, request: Request) -> Call:
        """A call, of which the headers are there."""
        return Call(self._intake, route_of(request.path), request)

    async def __call__(self, scope: Mapping[str, Any], receive: Receive, send: Send) -> None:
        """Answers one request; not one whose caller hung up before it was complete."""
        call = self.call(read_request(scope, self.proxies))
        while call.reply is None:
            message = await receive()
            if message["type"] == "http.disconnect":
                return
            call.feed(message.get("body", b""))
            if not message.get("more_body", False):
                call.end()
        answer = await self._answer(call, call.reply)
        headers = headers_for(call.request, answer)
        await send({"type": "http.response.start", "status": answer.status, "headers": headers})
        await send({"type": "http.response.body", "body": answer.body})

    async def _answer(self, call: Call, reply: Reply) -> Answer:
        if reply.unless_seen is not None and await self._intake.seen(*reply.unless_seen):
            return call.refused(Conflict("This messageId was already used", code="duplicate_message_id"))
        answers: list[Answer] = []
        is_answered = anyio.Event()

        def answered(answer: Answer) -> None:
            answers.append(answer)
            is_answered.set()

        call.store(answered)
        await is_answered.wait()
        return answers[0]
