"""Runs a program until it waits, ends or fails. The same for automations and journeys."""

from typing import Any, assert_never

import msgspec
from msgspec import Struct

from posthorn.automations.compile import Instruction, Program
from posthorn.automations.guarding import guarded, sent_times
from posthorn.automations.merging import merged
from posthorn.automations.model import (
    COMPUTING,
    ERROR,
    PROCESSED,
    PROCESSING,
    SKIPPED,
    WAITING,
    FetchAsked,
    ProfileUpdate,
    Run,
    RunInvoked,
    RunStep,
    Send,
    Tell,
    View,
)
from posthorn.automations.outcomes import (
    TIME_IS_UP,
    Act,
    Answer,
    Ask,
    Branch,
    Cancel,
    Deliver,
    Exit,
    Fail,
    Fetch,
    Gain,
    Hold,
    Invoke,
    Next,
    Pass,
    Skip,
    StepContext,
    StepOutcome,
    Tells,
    UpdateProfile,
    Wait,
    visit_id,
)
from posthorn.automations.rules import NO_RULES, Rules
from posthorn.automations.scope import holds, scope_of, zone_name
from posthorn.errors import Invalid
from posthorn.timers.model import Timer

_MAX_REASON = 500

Effect = Send | ProfileUpdate | Cancel | RunInvoked | FetchAsked | Tell


class Advance(Struct, frozen=True, kw_only=True):
    """Where the run got to, what its steps did, the timer it waits for, and what it wants done, in order."""

    run: Run
    steps: tuple[RunStep, ...]
    timers: tuple[Timer, ...]
    effects: tuple[Effect, ...]


def advance(run: Run, program: Program, view: View, now: int, answer: Answer = TIME_IS_UP) -> Advance:
    """Goes on with a run: a new one from its first step, a waiting one with what the step it waits at makes of the answer.

    Every jump of a program leads forward, so it ends after at most as many instructions as there are. A step that fails ends
    the run in ERROR with the reason. Times are UTC milliseconds.
    """
    walk = _Walk(run, view, now)
    if run.status == WAITING:
        walk.resume(program.instructions[run.position], answer)
    for _ in program.instructions:
        if walk.run.status != PROCESSING or walk.run.position >= len(program.instructions):
            break
        walk.take(program.instructions[walk.run.position], program.rules)
    if walk.run.status == PROCESSING:
        walk.end(PROCESSED, "")
    return Advance(run=walk.run, steps=tuple(walk.steps), timers=tuple(walk.timers), effects=tuple(walk.effects))


def ended(run: Run, program: Program | None, status: str, reason: str, now: int) -> Advance:
    """The run as ended from outside, canceled or well, with the step it waited at. Source: courier.md 4.8."""
    after = msgspec.structs.replace(run, status=status, reason=reason, wake_at=None, updated_at=now)
    waiting = program.instructions[run.position] if program and run.position < len(program.instructions) else None
    steps = (_waited(run, waiting, status, reason, now),) if run.status == WAITING and waiting else ()
    return Advance(run=after, steps=steps, timers=(), effects=())


class _Walk:
    """A run on its way: the run so far, and what it has done and asked for."""

    def __init__(self, run: Run, view: View, now: int) -> None:
        status = run.status if run.status == WAITING else PROCESSING
        self.run = msgspec.structs.replace(run, status=status, updated_at=now)
        self.steps: list[RunStep] = []
        self.timers: list[Timer] = []
        self.effects: list[Effect] = []
        self._before = run
        self._profile = view.profile
        self._sent_at = sent_times(view.marks)
        self._now = now
        self._open: RunStep | None = None

    def resume(self, instruction: Instruction, answer: Answer) -> None:
        self._open = _waited(self._before, instruction, WAITING, "", self._now)
        context = self._context(instruction, scope_of(self.run.context, self.run.refs, self._profile))
        self._change(status=PROCESSING, wake_at=None)
        try:
            outcome = instruction.step.resume(instruction.config, context, answer)
        except Invalid as error:
            outcome = Fail(reason=error.message)
        self._follow(instruction, outcome)

    def take(self, instruction: Instruction, rules: Rules) -> None:
        scope = scope_of(self.run.context, self.run.refs, self._profile)
        try:
            verdict = holds(instruction.condition, scope, self._now)
            if not verdict.holds:
                self._record(instruction, SKIPPED, verdict.reason)
                self._change(position=instruction.next)
                return
            outcome = instruction.step.advance(instruction.config, self._context(instruction, scope))
            if isinstance(outcome, Deliver) and rules is not NO_RULES:
                zone = zone_name(scope["profile"])
                outcome = guarded(outcome, rules, self._sent_at, zone=zone, now=self._now)
        except Invalid as error:
            outcome = Fail(reason=error.message)
        self._follow(instruction, outcome)

    def end(self, status: str, reason: str) -> None:
        self._change(status=status, reason=reason, wake_at=None)

    def _context(self, instruction: Instruction, scope: dict[str, Any]) -> StepContext:
        return StepContext(
            run=self.run,
            scope=scope,
            node_id=instruction.node_id,
            ref=instruction.ref,
            visit=self.run.step_count + (0 if self._open else 1),
            now=self._now,
            zone=zone_name(scope["profile"]),
        )

    def _follow(self, instruction: Instruction, outcome: StepOutcome) -> None:
        match outcome:
            case Fail(reason=reason):
                self._record(instruction, ERROR, reason)
                self.end(ERROR, reason[:_MAX_REASON])
            case Exit():
                self._record(instruction, outcome.status, outcome.reason)
                self.end(outcome.status, outcome.reason)
            case Wait() | Fetch() | Ask():
                self._hold(instruction, outcome)
            case Branch() | Next() | Skip():
                self._pass_on(instruction, outcome)
            case Deliver() | UpdateProfile() | Cancel() | Invoke() | Tells():
                self._act(instruction, outcome)
            case _:
                assert_never(outcome)

    def _hold(self, instruction: Instruction, outcome: Hold) -> None:
        match outcome:
            case Wait():
                self._wait(instruction, WAITING, outcome.until, outcome.reason)
            case Fetch():
                self._wait(instruction, COMPUTING, outcome.until, "")
                self.effects.append(outcome.request)
            case Ask():
                self._wait(instruction, WAITING, None, outcome.reason)
                self.effects.append(outcome.question)

    def _pass_on(self, instruction: Instruction, outcome: Pass) -> None:
        target = outcome.target if isinstance(outcome, Branch) else None
        is_failure = isinstance(outcome, Branch) and outcome.is_failure
        status = SKIPPED if isinstance(outcome, Skip) else ERROR if is_failure else PROCESSED
        self._record(instruction, status, outcome.reason)
        if not isinstance(outcome, Skip):
            self._learn(instruction, outcome.gain)
        self._change(position=instruction.next if target is None else instruction.targets[target])

    def _wait(self, instruction: Instruction, status: str, until: int | None, reason: str) -> None:
        self._record(instruction, status, reason)
        self._change(status=WAITING, wake_at=until)
        if until is not None:
            self.timers.append(_timer(self.run, until))

    def _learn(self, instruction: Instruction, gain: Gain) -> None:
        self._change(context=_enriched(self.run.context, gain), variant=gain.variant or self.run.variant)
        if gain.left is not None:
            self._leave(instruction, gain.left)

    def _leave(self, instruction: Instruction, left: Any) -> None:
        names = {instruction.node_id, instruction.ref or instruction.node_id}
        self._change(refs={**self.run.refs, **dict.fromkeys(sorted(names), left)})

    def _act(self, instruction: Instruction, outcome: Act) -> None:
        if isinstance(outcome, Invoke) and outcome.wait_until is not None:
            self._wait(instruction, WAITING, outcome.wait_until, "For the other run.")
            self.effects.append(outcome.invocation)
            return
        message_id = outcome.send.message_id if isinstance(outcome, Deliver) else None
        self._record(instruction, PROCESSED, getattr(outcome, "reason", ""), message_id)
        match outcome:
            case Deliver():
                self.effects.append(outcome.send)
                self._sent_at.append(self._now)
                self._leave(instruction, {"message_id": message_id, "status": "ENQUEUED"})
            case UpdateProfile():
                self._update_profile(outcome.update)
            case Cancel():
                self.effects.append(outcome)
            case Invoke():
                self.effects.append(outcome.invocation)
            case Tells():
                self.effects.append(outcome.told)
        self._change(position=instruction.next)

    def _update_profile(self, update: ProfileUpdate) -> None:
        self.effects.append(update)
        if update.user_id == self.run.user_key:
            self._profile = merged(update.merge, update.profile, self._profile)

    def _record(self, instruction: Instruction, status: str, reason: str, message_id: str | None = None) -> None:
        if self._open is not None:
            waited, self._open = self._open, None
            self.steps.append(msgspec.structs.replace(waited, status=status, reason=reason[:_MAX_REASON]))
            return
        self.steps.append(_done(self.run, instruction, status, reason, message_id))
        self._change(step_count=self.run.step_count + 1)

    def _change(self, **fields: Any) -> None:
        self.run = msgspec.structs.replace(self.run, **fields)


def _enriched(context: dict[str, Any], gain: Gain) -> dict[str, Any]:
    found = {"data": gain.data, "profile": gain.profile}
    return {**context, **{name: value for name, value in found.items() if value is not None}}


def _timer(run: Run, due_at: int) -> Timer:
    return Timer(
        timer_id=visit_id(run.run_id, run.step_count),
        due_at=due_at,
        environment=run.environment,
        user_key=run.user_key,
        kind="run",
        subject_id=run.run_id,
    )


def _done(run: Run, instruction: Instruction, status: str, reason: str, message_id: str | None) -> RunStep:
    return RunStep(
        run_id=run.run_id,
        sequence=run.step_count,
        node_id=instruction.node_id,
        action=instruction.step.action,
        status=status,
        reason=reason[:_MAX_REASON],
        message_id=message_id,
        created_at=run.updated_at,
        updated_at=run.updated_at,
    )


def _waited(run: Run, instruction: Instruction, status: str, reason: str, now: int) -> RunStep:
    return RunStep(
        run_id=run.run_id,
        sequence=run.step_count - 1,
        node_id=instruction.node_id,
        action=instruction.step.action,
        status=status,
        reason=reason,
        created_at=run.updated_at,
        updated_at=now,
    )
