"""How a profile came to be what it is: each change, and the event that made it."""

from litestar import get
from litestar.params import FromPath, FromQuery
from msgspec import Struct

from posthorn.api.caller import GivenCaller
from posthorn.api.context import GivenContext
from posthorn.api.insight.traits import TraitDelta, deltas
from posthorn.api.paging import Paging, clamp, decode_cursor, page
from posthorn.api.people import person
from posthorn.clock import iso
from posthorn.profiles.change_store import changes_of_user

_LOOK_BACK = 200


class ProfileEdit(Struct, frozen=True, kw_only=True):
    """What one event changed. at: its receipt, ISO 8601."""

    event_id: str
    at: str
    changes: list[TraitDelta]


class ProfileHistory(Struct, frozen=True, kw_only=True):
    """Changes of one profile, newest first."""

    results: list[ProfileEdit]
    paging: Paging


@get("/profiles/{user_id:str}/history")
async def profile_history(
    user_id: FromPath[str],
    context: GivenContext,
    caller: GivenCaller,
    cursor: FromQuery[str | None] = None,
    limit: FromQuery[int | None] = None,
) -> ProfileHistory:
    """What changed in a user's profile, newest first: each trait before and after, the event that did it, and the one that had
    set it before. It reaches back as far as the log.
    """
    size = clamp(limit, default=20)
    place = decode_cursor(cursor, tuple[int, str]) or (2**62, "")
    async with context.database.snapshot() as tx:
        partition, user_key = await person(tx, context, caller, user_id)
        rows = await changes_of_user(tx, partition, caller.environment, user_key, before=place, limit=size + 1 + _LOOK_BACK)
    shown, paging = page(rows[: size + 1], size, lambda row: (row.changed_at, row.event_id))
    edits = [
        ProfileEdit(event_id=one.event_id, at=iso(one.changed_at), changes=deltas(one, rows[at + 1 :]))
        for at, one in enumerate(shown)
    ]
    return ProfileHistory(results=edits, paging=paging)


handlers = [profile_history]
