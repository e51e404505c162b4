"""Why an automation did or did not run for a user: its gates in their order, the value each saw, the first that said no."""

from msgspec import Struct
from msgspec.structs import replace

from posthorn.automations.context import event_context
from posthorn.automations.decide import opens
from posthorn.automations.entering import HELD_OUT, enter
from posthorn.automations.freshness import barrier
from posthorn.automations.invocation import obstacle
from posthorn.automations.model import NOT_PROCESSED, Automation, Run
from posthorn.automations.triggers import ORIGINS
from posthorn.engine.config import Config
from posthorn.engine.history import Stored, pages, translated
from posthorn.engine.rehearsal import Answers, Rehearsal
from posthorn.engine.simulate import Line, Teller
from posthorn.engine.state import UserState
from posthorn.engine.view import view_of
from posthorn.events.model import Event
from posthorn.events.read import read_event
from posthorn.log.model import partition_of
from posthorn.storage.database import Database

_BARRIERS = {
    None: "Nothing stands in its way.",
    "filtered_by_end_user_consent": "The user has not consented to a category that the source needs.",
    "filtered_by_integrations_object": "`integrations` says that it is not for us.",
    "backfill": "The source is in backfill mode.",
    "engage_backfill": "It is the first sync of an audience.",
    "historical": "It was marked as history.",
    "before_1970": "It is from before 1970.",
    "stale": "It was too old when it came.",
    "test_event": "It is one of Segment's test events.",
}


class Gate(Struct, frozen=True, kw_only=True):
    """One gate. saw: the value it looked at; told: why it let the run pass, or not."""

    name: str
    passes: bool
    saw: str
    told: str


class Explained(Struct, frozen=True, kw_only=True):
    """The gates up to the first that said no, and what happened behind them (empty if one did). event_id: "" for none."""

    event_id: str
    gates: tuple[Gate, ...]
    lines: tuple[Line, ...]

    @property
    def refused_by(self) -> str:
        """The gate that said no; "" if all let it pass."""
        return next((gate.name for gate in self.gates if not gate.passes), "")


async def explain(database: Database, config: Config, automation: Automation, user_key: str, at: int) -> Explained:
    """Looks at the latest event of the user until that moment (UTC milliseconds) that the automation waits for.

    The user is as his stored history until then has made him.
    """
    live = _live_gate(automation)
    if not live.passes:
        return Explained(event_id="", gates=(live,), lines=())
    stored = await _history(database, automation, user_key, at)
    index = max((number for number, one in enumerate(stored) if _is_awaited(automation, one)), default=None)
    if index is None:
        told = "No such event of this user is stored."
        gate = Gate(name="event", passes=False, saw=f"{len(stored)} events", told=told)
        return Explained(event_id="", gates=(live, gate), lines=())
    return _explained(automation, config, stored, index, at, live)


async def _history(database: Database, automation: Automation, user_key: str, at: int) -> list[Stored]:
    partition = partition_of(automation.environment, user_key, database.partition_count)
    found: list[Stored] = []
    async for page in pages(database, partition, automation.environment, 0, at, user_key):
        found += page.events
    return found


def _explained(automation: Automation, config: Config, stored: list[Stored], index: int, at: int, live: Gate) -> Explained:
    trial = replace(config, library=config.library.alone(automation))
    teller = Teller(automation.automation_id)
    rehearsal = Rehearsal(trial, {}, Answers(delivers=False), lambda event, decision, now: None)
    for one in stored[:index]:
        _feed(rehearsal, one)
    rehearsal.advance(stored[index].at)
    event = read_event(stored[index].entry, stored[index].event_id)
    state = rehearsal.states.get((event.environment, event.user_key))
    state = state or UserState(environment=event.environment, user_key=event.user_key)
    gates = (live, _event_gate(event), *_gates(automation, trial, state, event, stored[index].at))
    passed = all(gate.passes for gate in gates)
    rehearsal.on_decision = teller.tell
    for one in stored[index:] if passed else ():
        _feed(rehearsal, one)
    if passed:
        rehearsal.advance(at)
    return Explained(event_id=event.id, gates=_up_to_the_first_no(gates), lines=teller.simulated().lines if passed else ())


def _feed(rehearsal: Rehearsal, one: Stored) -> None:
    rehearsal.advance(one.at)
    entry = translated(one.entry, rehearsal)
    if entry is not None:
        rehearsal.take(read_event(entry, one.event_id), one.at)


def _live_gate(automation: Automation) -> Gate:
    word = obstacle(automation)
    told = f"It is {word}." if word else "It is published and enabled."
    return Gate(name="live", passes=not word, saw=f"version {automation.version}", told=told)


def _event_gate(event: Event) -> Gate:
    told = "The latest event of this user that starts it."
    return Gate(name="event", passes=True, saw=f"{event.type} {event.name}".strip(), told=told)


def _gates(automation: Automation, config: Config, state: UserState, event: Event, now: int) -> tuple[Gate, ...]:
    from_then = view_of(state, event, config)
    reason = barrier(event, from_then.source, from_then.consent, from_then.audience_seen_at)
    fresh = _fresh(automation, event)
    triggers = [one for one in automation.triggers if _awaits(one.origin, one.type, one.name, event)]
    fact = opens(triggers, fresh, from_then, now)
    entrance = enter(fresh, automation.rules, state.runs, state.marks, from_then.profile)
    is_held_out = entrance.run.variant == HELD_OUT
    rule = automation.rules.re_entry.mode
    return (
        Gate(name="freshness", passes=reason is None, saw=reason or "fresh", told=_BARRIERS.get(reason, reason or "")),
        Gate(name="conditions", passes=fact.verdict == "started", saw=fact.reason or "none", told=fact.verdict),
        Gate(name="re_entry", passes=not entrance.refusal, saw=rule, told=entrance.refusal or "He may come in."),
        Gate(
            name="hold_out",
            passes=not is_held_out,
            saw="none" if automation.rules.hold_out is None else f"{automation.rules.hold_out.percent} %",
            told="The user is held out." if is_held_out else "The user is not held out.",
        ),
    )


def _fresh(automation: Automation, event: Event) -> Run:
    return Run(
        run_id="explained",
        environment=event.environment,
        user_key=event.user_key,
        automation_id=automation.automation_id,
        version=automation.version,
        kind=automation.kind,
        status=NOT_PROCESSED,
        context=event_context(event),
        created_at=event.received_at,
        updated_at=event.received_at,
    )


def _is_awaited(automation: Automation, stored: Stored) -> bool:
    event = read_event(stored.entry, stored.event_id)
    return any(_awaits(one.origin, one.type, one.name, event) for one in automation.triggers)


def _awaits(origin: str, type_: str, name: str | None, event: Event) -> bool:
    return ORIGINS.get(event.origin) == origin and type_ == event.type and name in (None, event.name)


def _up_to_the_first_no(gates: tuple[Gate, ...]) -> tuple[Gate, ...]:
    shown: list[Gate] = []
    for gate in gates:
        shown.append(gate)
        if not gate.passes:
            break
    return tuple(shown)
