"""One call: opened by its headers, fed with its body, answered once its events are durable."""

from collections.abc import Callable

from posthorn.api.tracking.answers import Answer, Reply
from posthorn.api.tracking.body import Incoming
from posthorn.api.tracking.cors import preflight
from posthorn.api.tracking.intake import NOT_STORED, Intake
from posthorn.api.tracking.request import Request
from posthorn.api.tracking.routes import Route
from posthorn.errors import Invalid, Refusal
from posthorn.telemetry import logger

_log = logger("tracking")


class Call:
    """Never raises: what is refused or goes wrong is an answer, too.

    reply: there as soon as no more of the body is needed.
    """

    reply: Reply | None = None

    def __init__(self, intake: Intake, route: Route, request: Request) -> None:
        self.request = request
        self._intake = intake
        self._route = route
        self._body: Incoming | None = None
        self._guard(self._open)

    def feed(self, chunk: bytes) -> None:
        """Some of the body has arrived."""
        body = self._body
        if body is not None and self.reply is None:
            self._guard(lambda: body.add(chunk))

    def end(self) -> None:
        """The body is complete."""
        body = self._body
        if body is not None and self.reply is None:
            self._guard(body.taken)

    def store(self, answered: Callable[[Answer], None]) -> None:
        """Appends the events of the reply. `answered` is told the answer when they are durable or refused."""
        reply = self.reply
        if reply is None:
            raise RuntimeError("The call has no reply yet.")
        if not reply.entries:
            answered(reply.answer)
            return
        try:
            self._intake.append(reply.entries, lambda refusal: answered(self._outcome(reply, refusal)))
        except Refusal as refusal:
            answered(self._outcome(reply, refusal))
        except Exception:  # noqa: BLE001 - as below
            answered(self._fault())

    def _outcome(self, reply: Reply, refusal: Refusal | None) -> Answer:
        if refusal is None:
            return reply.answer
        if reply.anyway:
            self._intake.notice(refusal.code or NOT_STORED, self.request.peer)
            return reply.answer
        return self.refused(refusal)

    def refused(self, refusal: Refusal) -> Answer:
        """A refusal in the words of this path."""
        return self._route.refuse(refusal)

    def _open(self) -> Reply | None:
        request, route = self.request, self._route
        if request.method in route.methods:
            asked = route.handler(self._intake, request)
            if isinstance(asked, Reply):
                return asked
            self._body = Incoming(asked, request.headers)
            return None
        if request.method == "OPTIONS":
            return Reply(preflight(request))
        refused = route.refuse(Invalid(f"Use {route.allow.decode()} here", code="method_not_allowed"))
        return Reply(Answer(refused.status, refused.body, [*refused.headers, (b"allow", route.allow)]))

    def _guard(self, step: Callable[[], Reply | None]) -> None:
        try:
            self.reply = step()
        except Refusal as refusal:
            self.reply = Reply(self.refused(refusal))
        except Exception:  # noqa: BLE001 - the outermost loop: a page in a browser must be able to read this, too
            self.reply = Reply(self._fault())

    def _fault(self) -> Answer:
        _log.exception("request.failed", method=self.request.method, path=self.request.path)
        return self._route.fault
