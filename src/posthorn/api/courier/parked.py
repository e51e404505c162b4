"""Events that were set aside after a fault: what they are, and putting them back."""

from litestar import get, post
from litestar.params import FromPath, FromQuery
from msgspec import Struct

from posthorn.api.caller import GivenCaller
from posthorn.api.context import GivenContext
from posthorn.api.paging import clamp
from posthorn.clock import iso
from posthorn.engine.parking import Parked, parked_entry, parked_events, put_back

_DEFAULT, _MAXIMUM = 100, 1_000


class ParkedEvent(Struct, frozen=True, kw_only=True, rename="camel"):
    """An event that was set aside. error: its own fault, or that an earlier one of its user was set aside."""

    id: str
    message_id: str
    type: str
    user_id: str
    parked_at: str
    error: str


class ParkedEvents(Struct, frozen=True, kw_only=True):
    """Events, oldest first. more: there are others behind them."""

    events: list[ParkedEvent]
    more: bool


class Replayed(Struct, frozen=True, kw_only=True):
    """How many events were put back."""

    replayed: int


@get("/log/parked")
async def read_parked(context: GivenContext, caller: GivenCaller, limit: FromQuery[int | None] = None) -> ParkedEvents:
    """What is set aside in this environment. While a user has such events, his later ones are set aside, too."""
    size = clamp(limit, default=_DEFAULT, maximum=_MAXIMUM)
    async with context.database.snapshot() as tx:
        rows = await parked_events(tx, environment=caller.environment, limit=size + 1)
    return ParkedEvents(events=[_answer(row) for row in rows[:size]], more=len(rows) > size)


@post("/log/parked/{user_id:str}/replay", status_code=202)
async def replay_parked(user_id: FromPath[str], context: GivenContext, caller: GivenCaller) -> Replayed:
    """Puts all of one user's events back into the log, in their order, and lets his later ones through."""
    async with context.database.transaction() as tx:
        count = await put_back(
            tx,
            caller.environment,
            user_id,
            partition_count=context.database.partition_count,
            now=context.clock.now_ms(),
        )
    return Replayed(replayed=count)


def _answer(row: Parked) -> ParkedEvent:
    entry = parked_entry(row)
    return ParkedEvent(
        id=row.event_id,
        message_id=entry.message_id,
        type=entry.type,
        user_id=row.user_key,
        parked_at=iso(row.parked_at),
        error=row.error,
    )


handlers = [read_parked, replay_parked]
