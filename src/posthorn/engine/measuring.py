"""How much is waiting, for people and metrics: counted now and then, because counting looks at every row."""

from msgspec import Struct

from posthorn.engine.parking import parked_count
from posthorn.outbox import store as outbox
from posthorn.outbox.store import Pending
from posthorn.storage.database import Database
from posthorn.timers import store as timer_store


class Waiting(Struct, frozen=True, kw_only=True):
    """Events that were set aside, timers that are not due, and the commands of each lane."""

    parked_count: int
    timer_count: int
    lanes: list[Pending]


async def measure(database: Database) -> Waiting:
    """What is waiting at this moment."""
    async with database.snapshot() as tx:
        return Waiting(
            parked_count=await parked_count(tx), timer_count=await timer_store.count(tx), lanes=await outbox.pending(tx)
        )
