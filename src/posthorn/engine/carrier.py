"""What carries out the commands of one kind: the seam between the dispatcher and the calls it makes."""

from typing import Protocol

from msgspec import Struct

from posthorn.destinations.store import Failure
from posthorn.events.model import Entry
from posthorn.outbox.store import Claimed
from posthorn.providers.model import Kept
from posthorn.storage.database import Transaction


class Settlement(Struct, frozen=True, kw_only=True):
    """How one command ended. retry_at: when to try again (UTC milliseconds); None if it is done, well or badly.

    entries: receipts, appended to the log. kept: a mail for the mailbox. failure: an event given up for good, kept visible.
    """

    claimed: Claimed
    retry_at: int | None = None
    error: str = ""
    entries: tuple[Entry, ...] = ()
    kept: Kept | None = None
    failure: Failure | None = None


class Called(Struct, frozen=True, kw_only=True):
    """What a call came to. is_well: the other side works, whatever it thought of us; False counts for its circuit breaker.

    resume_at: no other call in this lane before (UTC milliseconds); 0 if there is nothing to wait for.
    """

    settlements: tuple[Settlement, ...]
    is_well: bool
    resume_at: int = 0


class Job(Protocol):
    """One call to be made, for one command or for several that go together."""

    async def call(self) -> Called:
        """Makes it. It is bounded in time, and what can go wrong outside is part of the answer."""
        ...


class Carrier(Protocol):
    """Carries out the commands of one kind. commands_per_call: how many go together."""

    commands_per_call: int

    def concurrency(self, lane: str) -> int:
        """How many calls may be under way in this lane."""
        ...

    def is_open(self, lane: str) -> bool:
        """Whether commands of this lane may be carried out now; if not they wait."""
        ...

    async def prepare(self, tx: Transaction, claimed: list[Claimed], now: int) -> list[Job]:
        """Loads what the calls need, in the transaction of the claim."""
        ...
