"""Trying an automation out: a simulation, a replay of stored history, an explanation. None of them sends or stores anything."""

from typing import Any, Literal

from litestar import get, post
from litestar.params import FromPath, FromQuery, JSONBody
from msgspec import Struct

from posthorn.api.caller import Caller, GivenCaller
from posthorn.api.context import Context, GivenContext
from posthorn.automations.model import Automation
from posthorn.automations.write import any_version
from posthorn.clock import iso
from posthorn.engine.explain import explain
from posthorn.engine.rehearsal import Sent
from posthorn.engine.replay import Period, replay
from posthorn.engine.simulate import Line, Question, entry_of, simulate
from posthorn.engine.state import load_user
from posthorn.expressions.moments import timestamp
from posthorn.expressions.periods import since_moment

Version = Literal["draft", "published"]
_SHOWN = 1_000


class LaterEvent(Struct, frozen=True, kw_only=True):
    """A further event of the same user. `at`: ISO 8601."""

    at: str
    event: dict[str, Any]


class SimulateBody(Struct, frozen=True, kw_only=True):
    """`event`: as a source sends it, or `{user_id, data, profile}`. `at`: when, now if left out. `later`: what comes after it.

    `fetched`: the body that every fetch step gets.
    """

    event: dict[str, Any]
    at: str | None = None
    version: Version = "draft"
    later: list[LaterEvent] = []
    fetched: Any = {}


class TimelineLine(Struct, frozen=True, kw_only=True):
    """One thing that would happen: what acted, how it ended, and why."""

    at: str
    what: str
    verdict: str
    told: str


class RehearsedRun(Struct, frozen=True, kw_only=True):
    """A run as it would end."""

    run_id: str
    status: str
    reason: str


class SimulateAnswer(Struct, frozen=True, kw_only=True):
    """What would happen, in order."""

    timeline: list[TimelineLine]
    runs: list[RehearsedRun]


class ReplayBody(Struct, frozen=True, kw_only=True):
    """`since`: how far back ("7d", "2 weeks") or ISO 8601."""

    since: str = "7 days"
    version: Version = "draft"


class ReplayedSend(Struct, frozen=True, kw_only=True):
    """A message of a run. `number`: its place among those of the run, from 0."""

    user_id: str
    run_id: str
    number: int
    node_id: str
    at: str


class ReplayAnswer(Struct, frozen=True, kw_only=True):
    """Who would newly get what, and who no longer; at most 1,000 of each are listed, the counts are of all.

    `exact`: the whole history is stored. Else profiles were taken as they are now.
    """

    events: int
    same: int
    newly_count: int
    no_longer_count: int
    newly: list[ReplayedSend]
    no_longer: list[ReplayedSend]
    exact: bool


class GateLine(Struct, frozen=True, kw_only=True):
    """A gate, the value it saw, and what it said."""

    gate: str
    passes: bool
    saw: str
    told: str


class ExplainAnswer(Struct, frozen=True, kw_only=True):
    """The gates in their order up to the first that said no (`refused_by`), and what happened if none did."""

    event_id: str
    refused_by: str
    gates: list[GateLine]
    timeline: list[TimelineLine]


@post("/automations/{automation_id:str}/simulate", status_code=200)
async def simulate_automation(
    automation_id: FromPath[str], data: JSONBody[SimulateBody], context: GivenContext, caller: GivenCaller
) -> SimulateAnswer:
    """What an event would set in motion, as a timeline. Journeys are taken by their id as well."""
    automation = await _automation(context, caller, automation_id, data.version)
    now = context.clock.now_ms()
    at = now if data.at is None else timestamp(data.at)
    later = tuple((timestamp(one.at), one.event) for one in data.later)
    question = Question(event=data.event, at=at, later=later, fetched=data.fetched)
    user_key = entry_of(automation, data.event, at).user_key
    async with context.database.snapshot() as tx:
        known = await load_user(tx, context.database.partition_count, caller.environment, user_key)
    found = simulate(automation, question, known, context.config.latest)
    runs = [RehearsedRun(run_id=run_id, status=status, reason=reason) for run_id, status, reason in found.runs]
    return SimulateAnswer(timeline=[_line(line) for line in found.lines], runs=runs)


@post("/automations/{automation_id:str}/replay", status_code=200)
async def replay_automation(
    automation_id: FromPath[str], data: JSONBody[ReplayBody], context: GivenContext, caller: GivenCaller
) -> ReplayAnswer:
    """Stored history through the draft, or the published version, against what was really sent."""
    automation = await _automation(context, caller, automation_id, data.version)
    now = context.clock.now_ms()
    period = Period(since=since_moment(data.since, now=now), until=now)
    found = await replay(context.database, context.config.latest, automation, period, lambda done, total: None)
    return ReplayAnswer(
        events=found.event_count,
        same=found.same_count,
        newly_count=len(found.newly),
        no_longer_count=len(found.no_longer),
        newly=[_send(one) for one in found.newly[:_SHOWN]],
        no_longer=[_send(one) for one in found.no_longer[:_SHOWN]],
        exact=found.is_exact,
    )


@get("/automations/{automation_id:str}/explain")
async def explain_automation(
    automation_id: FromPath[str],
    user_id: FromQuery[str],
    context: GivenContext,
    caller: GivenCaller,
    at: FromQuery[str | None] = None,
    version: FromQuery[Version] = "published",
) -> ExplainAnswer:
    """Why the automation did or did not run for a user, by his latest event that it waits for."""
    automation = await _automation(context, caller, automation_id, version)
    moment = context.clock.now_ms() if at is None else timestamp(at)
    found = await explain(context.database, context.config.latest, automation, user_id, moment)
    return ExplainAnswer(
        event_id=found.event_id,
        refused_by=found.refused_by,
        gates=[GateLine(gate=one.name, passes=one.passes, saw=one.saw, told=one.told) for one in found.gates],
        timeline=[_line(line) for line in found.lines],
    )


async def _automation(context: Context, caller: Caller, automation_id: str, version: Version) -> Automation:
    async with context.database.snapshot() as tx:
        return await any_version(tx, caller.environment, automation_id, 0 if version == "draft" else None)


def _line(line: Line) -> TimelineLine:
    return TimelineLine(at=iso(line.at), what=line.what, verdict=line.verdict, told=line.told)


def _send(one: Sent) -> ReplayedSend:
    return ReplayedSend(user_id=one.user_key, run_id=one.run_id, number=one.number, node_id=one.node_id, at=iso(one.at))


handlers = [simulate_automation, replay_automation, explain_automation]
