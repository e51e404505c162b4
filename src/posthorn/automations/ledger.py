"""Collects what one event does to one user's runs, while it is being decided."""

import msgspec

from posthorn.automations.compile import Program, compile_program
from posthorn.automations.interpret import Advance, Effect, advance, canceled
from posthorn.automations.library import Library
from posthorn.automations.model import (
    ACTIVE,
    ERROR,
    FetchAsked,
    Outcome,
    ProfileUpdate,
    Run,
    RunInvoked,
    RunStep,
    Send,
    Tell,
    TokenCancel,
    View,
)
from posthorn.automations.outcomes import TIME_IS_UP, Answer, Cancel
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
        self._effects: list[Effect | TokenCancel] = []

    def start(self, fresh: Run) -> None:
        """Lets a new run walk; one that is there already is left alone, for everything may come twice."""
        if fresh.run_id not in self._before and fresh.run_id not in self._changed:
            self.go_on(fresh)

    def go_on(self, run: Run, answer: Answer = TIME_IS_UP) -> None:
        """Lets a run walk on until it waits or ends. answer: what a waiting one has waited for."""
        try:
            program = self._program(run)
        except Invalid as error:
            return self.fail(run, error.message)
        return self._take(advance(run, program, self._view, self._now, answer))

    def cancel(self, run: Run, reason: str) -> None:
        """Ends a run that may still act."""
        try:
            program = self._program(run)
        except Invalid:
            program = None
        self._take(canceled(run, program, reason, self._now))

    def fail(self, run: Run, reason: str) -> None:
        """Ends a run that cannot go on."""
        self.facts.append(Fact(about=run.automation_id, verdict="error", reason=reason))
        self._changed[run.run_id] = msgspec.structs.replace(
            run, status=ERROR, reason=reason, wake_at=None, updated_at=self._now
        )

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

    def _take(self, step: Advance) -> None:
        self._changed[step.run.run_id] = step.run
        self._steps += step.steps
        self._timers += step.timers
        for effect in step.effects:
            self._effect(effect, step.run)

    def _effect(self, effect: Effect, by: Run) -> None:
        if not isinstance(effect, Cancel):
            self._effects.append(effect)
            return
        self._effects.append(TokenCancel(token=effect.token, run_id=by.run_id, requested_at=by.created_at))
        for run_id, before in self._before.items():
            run = self._changed.get(run_id, before)
            if run_id != by.run_id and run.token == effect.token and run.status in ACTIVE:
                self.cancel(run, f"Canceled by run {by.run_id}.")
