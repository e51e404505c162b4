"""What a step is, what it sees, and what it may answer."""

from collections.abc import Callable
from typing import Any, Literal, TypeAlias

from msgspec import Struct

from posthorn.automations.model import PROCESSED, FetchAsked, ProfileUpdate, Run, RunInvoked, Send, Tell
from posthorn.automations.rules import EventRule
from posthorn.ids import digest, request_id


class Gain(Struct, frozen=True, kw_only=True):
    """What a step has learned. data: the run's data from now on, None if it stays. left: for `refs`, None for nothing.

    profile: what is given over the stored one, likewise. variant: of an experiment, which the run counts for from now on.
    """

    data: dict[str, Any] | None = None
    profile: dict[str, Any] | None = None
    left: Any = None
    variant: str = ""


NOTHING = Gain()


class Next(Struct, frozen=True, kw_only=True):
    """Done; go on. reason: what is worth knowing about how it was done."""

    reason: str = ""
    gain: Gain = NOTHING


class Skip(Struct, frozen=True, kw_only=True):
    """Not done, for this reason; go on."""

    reason: str


class Wait(Struct, frozen=True, kw_only=True):
    """Hold the run until that moment (UTC milliseconds); None: until an answer or event lets it go on."""

    until: int | None
    reason: str = ""


class Fetch(Struct, frozen=True, kw_only=True):
    """Hold the run until the answer to this request is there, at most until that moment (UTC milliseconds)."""

    request: FetchAsked
    until: int


class Ask(Struct, frozen=True, kw_only=True):
    """Hold the run until this question is answered by the key it is put to."""

    question: Tell
    reason: str = ""


class Tells(Struct, frozen=True, kw_only=True):
    """Tell somebody, and go on."""

    told: Tell
    reason: str = ""


class Branch(Struct, frozen=True, kw_only=True):
    """Go into one of the step's lists, by its place in `Step.bodies`; None passes them all.

    is_failure: the step did not succeed, and this list is what is done then.
    """

    target: int | None
    reason: str = ""
    is_failure: bool = False
    gain: Gain = NOTHING


class Deliver(Struct, frozen=True, kw_only=True):
    """Send this message and go on."""

    send: Send
    reason: str = ""


class UpdateProfile(Struct, frozen=True, kw_only=True):
    """Change a stored profile and go on."""

    update: ProfileUpdate


class Cancel(Struct, frozen=True, kw_only=True):
    """Cancel every other active run with this token and go on."""

    token: str


class Invoke(Struct, frozen=True, kw_only=True):
    """Start another run and go on; wait_until: hold this one for its result, at most until that moment (UTC milliseconds)."""

    invocation: RunInvoked
    wait_until: int | None = None


class Exit(Struct, frozen=True, kw_only=True):
    """End the run; with this status it counts as well ended."""

    status: str = PROCESSED
    reason: str = ""


class Fail(Struct, frozen=True, kw_only=True):
    """The step cannot be done, which ends the run in ERROR."""

    reason: str


Pass: TypeAlias = Next | Skip | Branch
Hold: TypeAlias = Wait | Fetch | Ask
Act: TypeAlias = Deliver | UpdateProfile | Cancel | Invoke | Tells
StepOutcome: TypeAlias = Pass | Hold | Act | Exit | Fail


class Answer(Struct, frozen=True, kw_only=True):
    """What lets a waiting run go on: its time has come ("timer"), what it asked for is there ("answer"), or what it waited
    for has happened ("event").

    value, error: of an answer, as in RunAnswered; of an event its envelope (courier.md 1.5).
    """

    kind: Literal["timer", "answer", "event"]
    value: Any = None
    error: str = ""


TIME_IS_UP = Answer(kind="timer")


class StepContext(Struct, frozen=True, kw_only=True):
    """What a step sees: the run, its values by name (`scope`), its own place, and the time (UTC milliseconds).

    zone: the profile's, "UTC" if none. visit: how many steps the run has recorded with this one.
    """

    run: Run
    scope: dict[str, Any]
    node_id: str
    ref: str | None
    visit: int
    now: int
    zone: str

    @property
    def derived_id(self) -> str:
        """A message or run id that belongs to this visit of this step alone."""
        return request_id(self.now, digest(self.run.run_id, self.node_id, str(self.run.step_count)))

    @property
    def ask_id(self) -> str:
        """What an answer to this visit names."""
        return visit_id(self.run.run_id, self.visit)


def visit_id(run_id: str, visit: int) -> str:
    """The id of one visit of one step, for the timer that it waits for and the answer that it gets."""
    return digest("run", run_id, str(visit)).hex()


class Body(Struct, frozen=True, kw_only=True):
    """A list of steps inside a step: where it stands below the step ("paths[1].nodes"), and the list."""

    path: str
    nodes: list[Any]


def goes_on(config: Any, context: StepContext, answer: Answer) -> StepOutcome:
    """For the steps that have nothing more to do when their wait is over."""
    return Next()


def hears_nothing(config: Any) -> None:
    """For the steps that wait for no event."""


def no_bodies(config: Any) -> tuple[Body, ...]:
    """For the steps that hold no others."""
    return ()


class Step(Struct, frozen=True, kw_only=True):
    """A kind of step: one file in `steps/` each.

    action: its wire word; kinds: the families that know it by this form. config: a struct whose `__post_init__` checks it.
    advance: pure, (config, StepContext) → StepOutcome; may raise Invalid, which is a Fail. bodies: the lists inside.
    resume: pure, (config, StepContext, Answer) → StepOutcome, when what it waited for is there.
    hears: the event that lets a run go on that waits at the step.
    """

    action: str
    title: str
    config: type[Struct]
    advance: Callable[[Any, StepContext], StepOutcome]
    bodies: Callable[[Any], tuple[Body, ...]] = no_bodies
    resume: Callable[[Any, StepContext, Answer], StepOutcome] = goes_on
    hears: Callable[[Any], EventRule | None] = hears_nothing
    kinds: tuple[str, ...] = ("automation", "journey")
