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
        try:
            self._open()
        except Exception as problem:  # noqa: BLE001 - the outermost loop: whatever happens is answered
            self.reply = Reply(self._told(problem))

    def feed(self, chunk: bytes) -> None:
        """Some of the body has arrived."""
        if self._body is None or self.reply is not None:
            return
        try:
            self._body.add(chunk)
        except Exception as problem:  # noqa: BLE001 - as above
            self.reply = Reply(self._told(problem))

    def end(self) -> None:
        """The body is complete."""
        if self._body is None or self.reply is not None:
            return
        try:
            self.reply = self._body.taken()
        except Exception as problem:  # noqa: BLE001 - as above
            self.reply = Reply(self._told(problem))

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
        except Exception as problem:  # noqa: BLE001 - as above
            answered(self._outcome(reply, problem))

    def _outcome(self, reply: Reply, problem: Exception | None) -> Answer:
        if problem is None:
            return reply.answer
        if reply.anyway and isinstance(problem, Refusal):
            self._intake.notice(problem.code or NOT_STORED, self.request.peer)
            return reply.answer
        return self._told(problem)

    def refused(self, refusal: Refusal) -> Answer:
        """A refusal in the words of this path."""
        return self._route.refuse(refusal)

    def _open(self) -> None:
        request, route = self.request, self._route
        if request.method in route.methods:
            asked = route.handler(self._intake, request)
            if isinstance(asked, Reply):
                self.reply = asked
            else:
                self._body = Incoming(asked, request.headers)
        elif request.method == "OPTIONS":
            self.reply = Reply(preflight(request))
        else:
            refused = route.refuse(Invalid(f"Use {route.allow.decode()} here", code="method_not_allowed"))
            self.reply = Reply(Answer(refused.status, refused.body, [*refused.headers, (b"allow", route.allow)]))

    def _told(self, problem: Exception) -> Answer:
        """What went wrong, so that a page in a browser can read it, too."""
        if isinstance(problem, Refusal):
            return self.refused(problem)
        _log.error("request.failed", method=self.request.method, path=self.request.path, exc_info=problem)
        return self._route.fault
