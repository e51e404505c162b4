"""What one event brings about, as values to be written."""

from msgspec import Struct
from msgspec.structs import replace

from posthorn.audiences.model import Outcome as AudienceOutcome
from posthorn.automations.marks import Mark
from posthorn.automations.model import Run, RunStep, TokenCancel
from posthorn.engine.state import UserState
from posthorn.events.model import Entry, Fact
from posthorn.jobs.model import Job
from posthorn.lists.engage import AudienceSeen
from posthorn.lists.model import Subscription
from posthorn.messages.model import Outcome as MessageOutcome
from posthorn.outbox.model import Command
from posthorn.tenants.model import TenantNoted
from posthorn.timers.model import Timer


class Handing(Struct, frozen=True, kw_only=True):
    """The state of this user goes to another id. cause_id: of the event that asked for it."""

    into: str
    cause_id: str


class Decision(Struct, frozen=True, kw_only=True):
    """user: his state from now on. runs, steps: rows that are new or changed. marks: likewise, or to be forgotten.

    messages: what happened to each, in order. audience: one of Segment Engage that was not known. audiences: who entered and
    left ours, and what is noted for that. entries: events for other users, appended to the log. jobs: work over many users, to
    be begun. token_cancels: for the runs of others. statuses: that messages reached, for the counters.
    handing: to whom all of this goes, as the user was merged. inherited: subscriptions of an id that was merged into him.
    erases: forget this user, in every table and in the log; suppresses: and drop his later events; cleans_log: in the log only.
    """

    user: UserState
    runs: tuple[Run, ...] = ()
    steps: tuple[RunStep, ...] = ()
    marks: tuple[Mark, ...] = ()
    messages: tuple[MessageOutcome, ...] = ()
    noted: TenantNoted | None = None
    subscription: Subscription | None = None
    audience: AudienceSeen | None = None
    audiences: AudienceOutcome | None = None
    timers: tuple[Timer, ...] = ()
    commands: tuple[Command, ...] = ()
    entries: tuple[Entry, ...] = ()
    jobs: tuple[Job, ...] = ()
    token_cancels: tuple[TokenCancel, ...] = ()
    statuses: tuple[str, ...] = ()
    facts: tuple[Fact, ...] = ()
    handing: Handing | None = None
    inherited: tuple[Subscription, ...] = ()
    cleans_log: bool = False
    erases: bool = False
    suppresses: bool = False


class Collected:
    """The parts of a Decision while it is being made; `rows` was decided before."""

    def __init__(self, rows: Decision | None) -> None:
        self._many: dict[str, list[object]] = {}
        self._one: dict[str, object] = {}
        if rows is not None:
            for field in ("runs", "steps", "marks", "messages", "timers", "inherited", "entries", "facts"):
                self.add(field, *getattr(rows, field))
            self.note(cleans_log=rows.cleans_log, audiences=rows.audiences)

    def add(self, field: str, *values: object) -> None:
        """More of a field that holds several."""
        if values:
            self._many.setdefault(field, []).extend(values)

    def note(self, **fields: object) -> None:
        """Fields that hold one value."""
        self._one |= fields

    def stand(self, outcome: AudienceOutcome) -> None:
        """Standings that changed once more after those of the rows."""
        before = self._one.get("audiences")
        if isinstance(before, AudienceOutcome):
            standings, times = (*before.standings, *outcome.standings), {**before.times, **outcome.times}
            outcome = replace(outcome, standings=standings, times=times)
        self._one["audiences"] = outcome

    def fact(self, about: str, verdict: str, reason: str = "") -> None:
        """One line of why."""
        self.add("facts", Fact(about=about, verdict=verdict, reason=reason))

    def keep_runs(self, runs: tuple[Run, ...]) -> None:
        """Runs as they are now, in place of what was kept of them before."""
        changed = {run.run_id for run in runs}
        kept = [run for run in self._many.get("runs", ()) if isinstance(run, Run) and run.run_id not in changed]
        self._many["runs"] = [*kept, *runs]

    def decision(self, user: UserState) -> Decision:
        """Everything together."""
        collected = {name: tuple(values) for name, values in self._many.items() if values}
        return Decision(user=user, **collected, **self._one)  # pyright: ignore[reportArgumentType] - by field names
