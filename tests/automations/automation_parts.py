"""Parts that the tests of automations are put together from."""

from typing import Any

import msgspec

from posthorn.automations.compile import compile_program
from posthorn.automations.definition import read_automation, read_journey
from posthorn.automations.interpret import advance
from posthorn.automations.library import Library
from posthorn.automations.model import Automation, Kind, Outcome, Run, RunStep, Send, View
from posthorn.automations.outcomes import TIME_IS_UP, Answer
from posthorn.events.model import Event
from posthorn.timers.model import DUE, Timer

NOW = 1_772_443_200_000
HOUR = 3_600_000


def event(type_: str = "track", name: str = "", **fields: Any) -> Event:
    at = fields.pop("at", NOW)
    user_id = fields.pop("user_id", "u-1")
    message_id = fields.pop("message_id", f"m-{type_}-{name}")
    return Event(
        id=fields.pop("id", "evt_0_1_0"),
        environment="production",
        source_id="s",
        origin=fields.pop("origin", "tracking"),
        type=type_,
        name=name,
        user_key=user_id or "anonymous",
        user_id=user_id,
        message_id=message_id,
        timestamp=fields.pop("timestamp", at),
        received_at=at,
        **fields,
    )


def own_event(type_: str, payload: msgspec.Struct, at: int = NOW, user_key: str = "u-1") -> Event:
    body = msgspec.json.encode(payload)
    return event(type_, origin="engine", at=at, user_id=user_key, body=body)


def due(timer: Timer) -> Event:
    return Event(
        id=timer.timer_id,
        environment=timer.environment,
        source_id="",
        origin="engine",
        type=DUE,
        name=timer.kind,
        user_key=timer.user_key,
        message_id=timer.timer_id,
        timestamp=timer.due_at,
        received_at=timer.due_at,
        fields={"subject_id": timer.subject_id},
    )


def automation(automation_id: str, steps: list[Any], *, version: int = 1, **body: Any) -> Automation:
    read = read_automation({"steps": steps, **body})
    return _built(
        automation_id, "automation", version, read.nodes, read.triggers, read.cancelation_token, {**body, "read": read}
    )


def journey(automation_id: str, nodes: list[Any], *, version: int = 1, **body: Any) -> Automation:
    read = read_journey({"nodes": nodes, **body}, seed=automation_id)
    return _built(automation_id, "journey", version, read.nodes, read.triggers, read.cancelation_token, {**body, "read": read})


def _built(
    automation_id: str, kind: Kind, version: int, nodes: list[Any], triggers: Any, token: str | None, body: dict[str, Any]
) -> Automation:
    return Automation(
        automation_id=automation_id,
        environment="production",
        kind=kind,
        version=version,
        name=automation_id,
        alias=body.get("alias"),
        is_enabled=body.get("enabled", True),
        triggers=triggers,
        cancelation_token=token,
        nodes=nodes,
        rules=body["read"].rules,
        state=body.get("state", "PUBLISHED"),
        published_version=body.get("published_version", version),
        created_at=NOW,
        updated_at=NOW,
    )


def library(*automations: Automation) -> Library:
    return Library(automations)


def active(outcome: Outcome, before: tuple[Run, ...] = ()) -> tuple[Run, ...]:
    """The active runs after the outcome was saved."""
    known = {run.run_id: run for run in (*before, *outcome.runs)}
    return tuple(run for run in known.values() if run.status in {"NOT PROCESSED", "PROCESSING", "WAITING"})


VIEW = View(profile={"email": "ada@example.test", "timezone": "Europe/Paris"})


def fresh(kind: Kind = "automation", **context: Any) -> Run:
    """A run that has not begun, with `data` {"total": 5}."""
    full = {"brand": None, "template": None, "recipient": "u-1", "profile": None, "data": {"total": 5}, **context}
    return Run(
        run_id="1-a",
        environment="production",
        user_key="u-1",
        automation_id="at",
        version=1,
        kind=kind,
        status="NOT PROCESSED",
        context=full,
        created_at=NOW,
        updated_at=NOW,
    )


class Play:
    """One run of a list of steps, walking on simulated time."""

    def __init__(self, nodes: list[Any], kind: Kind = "automation", view: View | None = None, **context: Any) -> None:
        self.program = compile_program(kind, nodes)
        self.view = view or VIEW
        self.effects: list[Any] = []
        self.steps: dict[int, RunStep] = {}
        self.run = fresh(kind, **context)
        self.go_on(NOW)

    def go_on(self, now: int, answer: Answer = TIME_IS_UP) -> None:
        """Lets it walk until it waits or ends."""
        self.last = advance(self.run, self.program, self.view, now, answer)
        self.run = self.last.run
        self.effects += self.last.effects
        self.steps |= {step.sequence: step for step in self.last.steps}

    def answer(self, value: Any = None, error: str = "") -> None:
        """Gives it what it has asked for."""
        self.go_on(NOW + 1_000, Answer(kind="answer", value=value, error=error))

    @property
    def statuses(self) -> list[str]:
        """Of its steps, in order."""
        return [self.steps[number].status for number in sorted(self.steps)]

    def sent(self) -> list[dict[str, Any]]:
        """The data of the messages it has asked for."""
        return [effect.message["data"] for effect in self.effects if isinstance(effect, Send)]
