"""Events that were set aside after a fault, and how they are put back."""

from itertools import groupby
from typing import Any

from litestar import Request, Response, get, post
from litestar.params import FromQuery
from msgspec import Struct

from posthorn.access.audit import actor_of, hidden_user, record
from posthorn.api.context import GivenContext
from posthorn.api.studio.page import page
from posthorn.api.studio.viewer import GivenViewer, checked_form
from posthorn.engine.parking import Parked, parked_events, put_back

_MOST = 500


class ParkedUser(Struct, frozen=True, kw_only=True):
    """One user whose events wait. error: of the first, which is why the others wait, too."""

    user_key: str
    error: str
    events: list[Parked]


@get("/parked")
async def list_parked(context: GivenContext, viewer: GivenViewer, done: FromQuery[str] = "") -> Response[str]:
    """What is set aside, by user."""
    async with context.database.snapshot() as tx:
        rows = await parked_events(tx, environment=viewer.environment, limit=_MOST)
    by_user = groupby(sorted(rows, key=lambda row: row.user_key), key=lambda row: row.user_key)
    users = [_user(user_key, list(events)) for user_key, events in by_user]
    values = {"users": users, "is_cut": len(rows) == _MOST, "done": done == "1"}
    return page(viewer, "parked", values)


@post("/parked", status_code=303)
async def replay(request: Request[Any, Any, Any], context: GivenContext, viewer: GivenViewer) -> Response[None]:
    """Appends a user's events that were set aside to the log again, and lets his later ones through."""
    form = await checked_form(request, context)
    user_key, now = form.get("user_key", ""), context.clock.now_ms()
    async with context.database.transaction() as tx:
        await put_back(tx, viewer.environment, user_key, partition_count=context.database.partition_count, now=now)
        who, whom = actor_of(viewer.user), hidden_user(viewer.environment, user_key)
        await record(tx, who, "events-replayed", target=whom, at=now, environment=viewer.environment)
    return Response(None, status_code=303, headers={"location": "/studio/parked?done=1"})


def _user(user_key: str, events: list[Parked]) -> ParkedUser:
    return ParkedUser(user_key=user_key, error=events[0].error, events=events)


pages = [list_parked, replay]
