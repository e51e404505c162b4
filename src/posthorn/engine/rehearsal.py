"""A rehearsal: the deciders on events and timers in memory. Time is an argument, nothing is stored, nothing leaves. Pure."""

import heapq
from collections import deque
from collections.abc import Callable, Mapping
from typing import Any

from msgspec import Struct, json
from msgspec.structs import replace

from posthorn.automations.model import (
    RUN_ANSWERED,
    RUN_CANCEL_REQUESTED,
    FetchAsked,
    Run,
    RunAnswered,
    RunCancelRequested,
    RunStep,
)
from posthorn.engine.config import Config
from posthorn.engine.decide import decide
from posthorn.engine.decision import Decision
from posthorn.engine.own_events import engine_entry
from posthorn.engine.state import UserState
from posthorn.engine.work import timer_event
from posthorn.events.model import Entry, Event
from posthorn.events.read import read_event
from posthorn.messages.model import DELIVERED, SENT, DeliverCommand, Receipt
from posthorn.outbox.model import Command
from posthorn.timers.model import Timer
from posthorn.webhooks.endpoints import Endpoints

MOST_DECISIONS = 20_000
"""So many a simulation takes, whatever its automations start."""

Key = tuple[str, str]
Listener = Callable[[Event, Decision, int], None]

_deliver = json.Decoder(DeliverCommand).decode
_fetch = json.Decoder(FetchAsked).decode


class Answers(Struct, frozen=True, kw_only=True):
    """What the outside answers. delivers: providers take every message. fetched: the body that fetch steps get; None: none.

    most_decisions: no more are taken.
    """

    delivers: bool = True
    fetched: Any = None
    most_decisions: int = MOST_DECISIONS


class Rehearsal:
    """Users in memory, and what is due for them. `on_decision` is told of each decision with its event and moment.

    messages: ids by what of them does not depend on the second in which they were made.
    """

    def __init__(self, config: Config, states: Mapping[Key, UserState], answers: Answers, on_decision: Listener) -> None:
        self.states = dict(states)
        self.messages: dict[str, str] = {}
        self._config = trial(config)
        self._answers = answers
        self.on_decision = on_decision
        self._timers: dict[str, Timer] = {}
        self._due: list[tuple[int, str]] = []
        self._waiting: deque[Event] = deque()
        self._count = 0

    def take(self, event: Event, now: int) -> None:
        """Decides on an event and on everything that follows from it at once. `now`: UTC milliseconds."""
        self._waiting.append(event)
        while self._waiting and self._count < self._answers.most_decisions:
            self._decide(self._waiting.popleft(), now)

    def advance(self, until: int) -> int:
        """Lets happen what comes due up to that moment, in order; the moment of the last of it, 0 if there was nothing."""
        last = 0
        while self._due and self._due[0][0] <= until and self._count < self._answers.most_decisions:
            due_at, timer_id = heapq.heappop(self._due)
            timer = self._timers.get(timer_id)
            if timer is not None and timer.due_at == due_at:
                del self._timers[timer_id]
                self.take(timer_event(timer), due_at)
                last = due_at
        return last

    def acts_for(self, key: Key) -> bool:
        """Whether anything is on its way for a user."""
        state = self.states.get(key)
        return state is not None and bool(state.runs)

    def _decide(self, event: Event, now: int) -> None:
        self._count += 1
        key = (event.environment, event.user_key)
        state = self.states.get(key) or UserState(environment=event.environment, user_key=event.user_key)
        decision = decide(state, event, self._config, now)
        self.states[key] = replace(decision.user, runs=tuple(run for run in decision.user.runs if run.is_watched))
        for outcome in decision.messages:
            self.messages.setdefault(lasting(outcome.message.message_id), outcome.message.message_id)
        for timer in decision.timers:
            self._timers[timer.timer_id] = timer
            heapq.heappush(self._due, (timer.due_at, timer.timer_id))
        for entry in decision.entries:
            self._say(entry)
        for command in decision.commands:
            self._carry_out(command, now)
        for cancel in decision.token_cancels:
            self._cancel(cancel.token, cancel.run_id, cancel.requested_at, now, event)
        self.on_decision(event, decision, now)

    def _say(self, entry: Entry) -> None:
        self._waiting.append(read_event(entry, f"rehearsed_{self._count}_{len(self._waiting)}"))

    def _carry_out(self, command: Command, now: int) -> None:
        if command.kind == "deliver" and self._answers.delivers:
            asked = _deliver(command.body)
            receipt = Receipt(
                message_id=asked.message_id, channel=asked.channel, provider_id=asked.provider_id, attempt=1, at=now
            )
            for kind in (SENT, DELIVERED):
                self._say(_entry(command, kind, f"{kind}-{asked.message_id}", receipt, now))
        elif command.kind == "fetch" and self._answers.fetched is not None:
            fetch = _fetch(command.body)
            value = {"status": 200, "body": self._answers.fetched}
            answered = RunAnswered(run_id=fetch.run_id, ask_id=fetch.ask_id, value=value)
            self._say(_entry(command, RUN_ANSWERED, f"{RUN_ANSWERED}-{fetch.ask_id}", answered, now))

    def _cancel(self, token: str, by: str, requested_at: int, now: int, cause: Event) -> None:
        for (environment, user_key), state in list(self.states.items()):
            mine = user_key == cause.user_key or environment != cause.environment
            for run in () if mine else state.runs:
                if run.token == token:
                    payload = RunCancelRequested(run_id=run.run_id, requested_at=requested_at, except_run_id=by)
                    self._say(_cancel_entry(run, payload, now))


def trial(config: Config) -> Config:
    """The configuration without those outside that are told of everything."""
    return replace(config, webhooks=Endpoints(), segment={}, audiences={})


def lasting(message_id: str) -> str:
    """The part of a derived id that is the same whenever the step acts."""
    return message_id.rpartition("-")[2]


class Sent(Struct, frozen=True, kw_only=True):
    """A message that a run asked for. number: counted from 0 among those of its run. at: UTC milliseconds."""

    run_id: str
    number: int
    user_key: str
    node_id: str
    at: int


class SendCollector:
    """Notes what the runs of one automation send."""

    def __init__(self, automation_id: str) -> None:
        self.sends: list[Sent] = []
        self._automation_id = automation_id
        self._runs: dict[str, tuple[str, int]] = {}

    def note(self, event: Event, decision: Decision, now: int) -> None:
        """Takes the messages out of a decision."""
        for run in decision.runs:
            if run.automation_id == self._automation_id:
                self._runs.setdefault(run.run_id, (run.user_key, 0))
        for step in decision.steps:
            if step.message_id is not None and step.run_id in self._runs:
                self._add(step, now)

    def _add(self, step: RunStep, now: int) -> None:
        user_key, number = self._runs[step.run_id]
        self.sends.append(Sent(run_id=step.run_id, number=number, user_key=user_key, node_id=step.node_id, at=now))
        self._runs[step.run_id] = (user_key, number + 1)


def _entry(command: Command, kind: str, message_id: str, payload: Struct, now: int) -> Entry:
    return engine_entry(command.environment, kind, command.user_key, message_id, json.encode(payload), now)


def _cancel_entry(run: Run, payload: RunCancelRequested, now: int) -> Entry:
    message_id = f"{RUN_CANCEL_REQUESTED}-{run.run_id}"
    return engine_entry(run.environment, RUN_CANCEL_REQUESTED, run.user_key, message_id, json.encode(payload), now)
