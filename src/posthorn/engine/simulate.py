"""One event through one automation, as a timeline: what would happen, and when. Nothing is stored, nothing is sent."""

from typing import Any

from msgspec import Struct, json
from msgspec.structs import replace

from posthorn.automations.model import ACTIVE, PROCESSING, RUN_INVOKED, Automation, Run, RunInvoked
from posthorn.engine.config import Config
from posthorn.engine.decision import Decision
from posthorn.engine.rehearsal import Answers, Rehearsal
from posthorn.engine.state import UserState
from posthorn.errors import Invalid
from posthorn.events.model import SEGMENT_TYPES, Entry, Event
from posthorn.events.read import read_event
from posthorn.ids import digest, request_id
from posthorn.messages.model import Outcome

HORIZON_MS = 400 * 86_400_000
"""So far into the future a simulation looks: the longest delay, and a little."""

MOST_LINES = 1_000
_TOLD = frozenset({"opened", "joined", "closed", "throttled", "not sent"})


class Line(Struct, frozen=True, kw_only=True, order=True):
    """One thing that would happen. at: UTC milliseconds. what: "event", "run", a step's action, "message". told: a sentence."""

    at: int
    what: str
    verdict: str
    told: str


class Simulated(Struct, frozen=True, kw_only=True):
    """The timeline in order, and how the runs of the automation ended: (run id, status, reason)."""

    lines: tuple[Line, ...]
    runs: tuple[tuple[str, str, str], ...]


class Question(Struct, frozen=True, kw_only=True):
    """What is to be simulated: an event as a source sends it, or {user_id, data, profile} for an automation that is invoked.

    later: further events of the same user, each with its moment. at: of the first (UTC milliseconds).
    """

    event: dict[str, Any]
    at: int
    later: tuple[tuple[int, dict[str, Any]], ...] = ()
    fetched: Any = {}


def simulate(automation: Automation, question: Question, known: UserState | None, config: Config) -> Simulated:
    """The timeline. known: the user as he is now; his other runs go on elsewhere and are not shown."""
    teller = Teller(automation.automation_id)
    trial = replace(config, library=config.library.alone(automation))
    first = read_event(entry_of(automation, question.event, question.at), "simulated_0")
    states: dict[tuple[str, str], UserState] = {}
    if known is not None:
        states[first.environment, first.user_key] = replace(known, runs=())
    rehearsal = Rehearsal(trial, states, Answers(fetched=question.fetched), teller.tell)
    rehearsal.take(first, question.at)
    for number, (at, body) in enumerate(sorted(question.later, key=lambda one: one[0]), 1):
        rehearsal.advance(at)
        rehearsal.take(read_event(entry_of(automation, body, at), f"simulated_{number}"), at)
    rehearsal.advance(question.at + HORIZON_MS)
    return teller.simulated()


def entry_of(automation: Automation, body: dict[str, Any], at: int) -> Entry:
    """The event as it would lie in the log. Raises Invalid for what is neither an event nor an invocation."""
    type_ = body.get("type") or ("track" if "event" in body else "")
    if not type_:
        return _invocation(automation, body, at)
    user_key = body.get("userId") or body.get("anonymousId")
    if type_ not in SEGMENT_TYPES or not isinstance(user_key, str):
        raise Invalid("An event needs a type such as track, and a userId or anonymousId.")
    origins = [one.origin for one in automation.triggers if one.type == type_]
    return Entry(
        environment=automation.environment,
        source_id="",
        origin=next((one for one in origins if one in ("courier", "rudderstack", "webhook")), "segment"),
        type=type_,
        user_key=user_key,
        message_id=str(body.get("messageId") or f"simulated-{digest(json.encode(body).decode(), str(at)).hex()}"),
        received_at=at,
        body=json.encode(body),
    )


def _invocation(automation: Automation, body: dict[str, Any], at: int) -> Entry:
    user_id = body.get("user_id") or body.get("recipient")
    data, profile = body.get("data") or {}, body.get("profile") or {}
    if not (isinstance(data, dict) and isinstance(profile, dict) and isinstance(user_id, str | None)):
        raise Invalid("An invocation is {user_id, data, profile}.")
    run_id = request_id(at, digest("simulated", automation.automation_id, str(at), str(user_id)))
    asked = RunInvoked(run_id=run_id, automation_id=automation.automation_id, recipient=user_id, data=data, profile=profile)
    return Entry(
        environment=automation.environment,
        source_id="",
        origin="api",
        type=RUN_INVOKED,
        user_key=user_id or run_id,
        message_id=f"simulated-{run_id}",
        received_at=at,
        body=json.encode(asked),
    )


class Teller:
    """Writes the timeline of one automation while it happens."""

    def __init__(self, automation_id: str) -> None:
        self._automation_id = automation_id
        self._lines: list[Line] = []
        self._runs: dict[str, tuple[str, str, str]] = {}

    def tell(self, event: Event, decision: Decision, now: int) -> None:
        """Takes what is worth telling out of a decision."""
        if event.type in SEGMENT_TYPES:
            self._line(now, "event", event.type, event.name)
        for fact in decision.facts:
            if fact.about == self._automation_id or fact.verdict in _TOLD:
                self._line(now, "run", fact.verdict, fact.reason)
        for step in decision.steps:
            self._line(now, step.action, step.status, step.reason)
        for outcome in decision.messages:
            self._tell_message(outcome, now)
        for job in decision.jobs:
            self._line(now, "message", "MANY", f"One message to everybody in its groups, by job {job.kind}.")
        for run in decision.runs:
            self._tell_run(run, now)

    def simulated(self) -> Simulated:
        """Everything so far."""
        return Simulated(lines=tuple(self._lines), runs=tuple(self._runs.values()))

    def _tell_message(self, outcome: Outcome, now: int) -> None:
        title = outcome.message.template_name or outcome.message.template_id or "inline content"
        for transition in outcome.transitions:
            told = f"{title} by {transition.channel}" if transition.channel else title
            self._line(now, "message", transition.status, transition.error or told)

    def _tell_run(self, run: Run, now: int) -> None:
        was_active = self._runs.get(run.run_id, ("", PROCESSING, ""))[1] in ACTIVE
        self._runs[run.run_id] = (run.run_id, run.status, run.reason)
        if run.status not in ACTIVE and was_active:
            self._line(now, "run", run.status, run.reason)

    def _line(self, at: int, what: str, verdict: str, told: str) -> None:
        if len(self._lines) < MOST_LINES:
            self._lines.append(Line(at=at, what=what, verdict=verdict, told=told))
