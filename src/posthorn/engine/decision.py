"""What one event brings about, as values to be written."""

from msgspec import Struct

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


class Decision(Struct, frozen=True, kw_only=True):
    """user: his state from now on. runs, steps: rows that are new or changed. messages: what happened to each, in order.

    audience: one of Segment Engage that was not known. entries: events for other users, appended to the log. jobs: work over
    many users, to be begun. token_cancels: for the runs of others. statuses: that messages reached, for the counters.
    erases: forget this user, in every table and in the log. suppresses: and drop his later events.
    """

    user: UserState
    runs: tuple[Run, ...] = ()
    steps: tuple[RunStep, ...] = ()
    messages: tuple[MessageOutcome, ...] = ()
    noted: TenantNoted | None = None
    subscription: Subscription | None = None
    audience: AudienceSeen | None = None
    timers: tuple[Timer, ...] = ()
    commands: tuple[Command, ...] = ()
    entries: tuple[Entry, ...] = ()
    jobs: tuple[Job, ...] = ()
    token_cancels: tuple[TokenCancel, ...] = ()
    statuses: tuple[str, ...] = ()
    facts: tuple[Fact, ...] = ()
    erases: bool = False
    suppresses: bool = False
