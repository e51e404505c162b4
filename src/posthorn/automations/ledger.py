"""Collects what one event does to one user's runs, while it is being decided."""

import msgspec

from posthorn.automations.compile import Program, compile_program
from posthorn.automations.entering import enter
from posthorn.automations.guarding import sent_mark, sent_times
from posthorn.automations.interpret import Advance, Effect, advance, ended
from posthorn.automations.library import Library
from posthorn.automations.marks import Mark, with_marks
from posthorn.automations.model import (
    ACTIVE,
    CANCELED,
    ERROR,
    PROCESSED,
    RUN_ANSWERED,
    FetchAsked,
    Outcome,
    ProfileUpdate,
    ReplyTo,
    Run,
    RunAnswered,
    RunInvoked,
    RunStep,
    Send,
    Tell,
    TokenCancel,
    View,
)
from posthorn.automations.outcomes import TIME_IS_UP, Answer, Cancel
from posthorn.automations.planning import place_of
from posthorn.automations.rules import NO_RULES, EventRule, Rules
from posthorn.errors import Invalid
from posthorn.events.model import Fact
from posthorn.timers.model import Timer


class Ledger:
    """The runs that were there before the event, and everything that has happened to them and to new ones since."""

    def __init__(self, runs: tuple[Run, ...], view: View, library: Library, now: int) -> None:
        self.facts: list[Fact] = []
        self._before = {run.run_id: run for run in runs}
        self._view = view
        self._library = library
        self._now = now
        self._changed: dict[str, Run] = {}
        self._steps: list[RunStep] = []
        self._timers: list[Timer] = []
        self._marks: dict[tuple[str, str], Mark] = {}
        self._effects: list[Effect | TokenCancel] = []

    def start(self, fresh: Run, why: str = "") -> None:
        """Lets a new run walk, if the rules let it; one that is there already is left alone, for everything may come twice.

        why: what let it begin.
        """
        if fresh.run_id in self._before or fresh.run_id in self._changed:
            return
        active = ({**self._before, **self._changed}).values()
        entrance = enter(fresh, self.rules(fresh), active, self._view.marks, self._view.profile)
        verdict = "held back" if entrance.refusal else "held out" if entrance.run.status == PROCESSED else "started"
        self.facts.append(Fact(about=fresh.automation_id, verdict=verdict, reason=entrance.refusal or why))
        self._remember(*entrance.marks)
        if verdict == "held out":
            self._changed[fresh.run_id] = entrance.run
        elif verdict == "started":
            self.go_on(entrance.run)

    def rules(self, run: Run) -> Rules:
        """The rules of the version that the run walks through."""
        version = self._library.version(run.environment, run.automation_id, run.version) if run.automation_id else None
        return version.rules if version else NO_RULES

    def awaited(self, run: Run) -> EventRule | None:
        """The event that the step waits for at which the run stands."""
        try:
            instruction = self._program(run).instructions[run.position]
        except (Invalid, IndexError):
            return None
        return instruction.step.hears(instruction.config)

    def keep(self, run: Run) -> None:
        """Notes a run that has changed without acting."""
        self._changed[run.run_id] = run

    def move(self, run: Run, version: int, nodes: dict[str, str]) -> None:
        """Lets a waiting run go on with another version, if the node it waits at has a counterpart there."""
        old = self._library.program(run.environment, run.automation_id, run.version)
        new = self._library.program(run.environment, run.automation_id, version)
        here = old.instructions[run.position] if old and run.position < len(old.instructions) else None
        place = place_of(new, nodes.get(here.node_id, "")) if here and new else None
        if here is None or new is None or place is None or new.instructions[place].step.action != here.step.action:
            reason = f"Run {run.run_id} has no counterpart in version {version}."
            self.facts.append(Fact(about=run.automation_id, verdict="stays", reason=reason))
            return
        self.keep(msgspec.structs.replace(run, version=version, position=place))
        self.facts.append(Fact(about=run.automation_id, verdict="moved", reason=f"Run {run.run_id} to version {version}."))

    def end(self, run: Run, reason: str) -> None:
        """Ends a run before its last step; it counts as well ended."""
        self._end(run, PROCESSED, reason)

    def go_on(self, run: Run, answer: Answer = TIME_IS_UP) -> None:
        """Lets a run walk on until it waits or ends. answer: what a waiting one has waited for."""
        try:
            program = self._program(run)
            step = advance(run, program, self._view, self._now, answer)
        except Invalid as error:
            return self.fail(run, error.message)
        except Exception as error:  # noqa: BLE001 - the outer loop of a run: a fault of ours ends it, and holds up no other
            return self.fail(run, f"A fault of this server, please report it: {type(error).__name__}: {error}"[:500])
        return self._take(step)

    def cancel(self, run: Run, reason: str) -> None:
        """Cancels a run that may still act."""
        self._end(run, CANCELED, reason)

    def fail(self, run: Run, reason: str) -> None:
        """Ends a run that cannot go on."""
        self.facts.append(Fact(about=run.automation_id, verdict="error", reason=reason))
        self._take(ended(run, None, ERROR, reason, self._now))

    def outcome(self) -> Outcome:
        """Everything so far."""
        return Outcome(
            runs=tuple(self._changed.values()),
            steps=tuple(self._steps),
            timers=tuple(timer for timer in self._timers if self._changed[timer.subject_id].status in ACTIVE),
            sends=tuple(effect for effect in self._effects if isinstance(effect, Send)),
            profile_updates=tuple(effect for effect in self._effects if isinstance(effect, ProfileUpdate)),
            cancelled_tokens=tuple(effect for effect in self._effects if isinstance(effect, TokenCancel)),
            invokes=tuple(effect for effect in self._effects if isinstance(effect, RunInvoked)),
            fetches=tuple(effect for effect in self._effects if isinstance(effect, FetchAsked)),
            marks=tuple(self._marks.values()),
            tells=tuple(effect for effect in self._effects if isinstance(effect, Tell)),
            facts=tuple(self.facts),
        )

    def _program(self, run: Run) -> Program:
        if not run.automation_id:
            return compile_program(run.kind, run.inline)
        program = self._library.program(run.environment, run.automation_id, run.version)
        if program is None:
            raise Invalid(f"Version {run.version} of {run.automation_id} is not there any more.")
        return program

    def _end(self, run: Run, status: str, reason: str) -> None:
        try:
            program = self._program(run)
        except Invalid:
            program = None
        self._take(ended(run, program, status, reason, self._now))

    def _remember(self, *marks: Mark) -> None:
        self._marks |= {(mark.kind, mark.name): mark for mark in marks}
        self._view = msgspec.structs.replace(self._view, marks=with_marks(self._view.marks, marks))

    def _take(self, step: Advance) -> None:
        self._changed[step.run.run_id] = step.run
        self._steps += step.steps
        self._timers += step.timers
        for effect in step.effects:
            self._effect(effect, step.run)
        if step.run.status not in ACTIVE and step.run.reply_to is not None:
            self._effects.append(reply(step.run, step.run.reply_to))
        sent_count = sum(isinstance(effect, Send) for effect in step.effects)
        if sent_count and step.run.environment in self._library.remembering:
            times = sent_times(self._view.marks) + [self._now] * sent_count
            self._remember(sent_mark(step.run.user_key, times, self._now))

    def _effect(self, effect: Effect, by: Run) -> None:
        if not isinstance(effect, Cancel):
            self._effects.append(effect)
            return
        self._effects.append(TokenCancel(token=effect.token, run_id=by.run_id, requested_at=by.created_at))
        for run_id, before in self._before.items():
            run = self._changed.get(run_id, before)
            if run_id != by.run_id and run.token == effect.token and run.status in ACTIVE:
                self.cancel(run, f"Canceled by run {by.run_id}.")


def reply(run: Run, to: ReplyTo) -> Tell:
    """The result of a run for the one that waits for it."""
    value = {"status": run.status, "data": run.context.get("data") or {}, "reason": run.reason}
    payload = RunAnswered(run_id=to.run_id, ask_id=to.ask_id, value=value)
    return Tell(event_type=RUN_ANSWERED, user_key=to.user_key, payload=payload)
