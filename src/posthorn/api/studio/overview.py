"""The first page: what is still to be done in the first minutes, what has been received, what happened last."""

from litestar import Response, get
from msgspec import Struct

from posthorn.access.keys import list_keys
from posthorn.api.context import Context, GivenContext
from posthorn.api.integrations.checks import checks_of
from posthorn.api.integrations.segment import integration_state
from posthorn.api.integrations.segment_events import linked_automations
from posthorn.api.studio.logged import logged_row
from posthorn.api.studio.page import page
from posthorn.api.studio.viewer import GivenViewer
from posthorn.engine.parking import parked_events
from posthorn.events.catalogue import Sighting
from posthorn.events.store import catalogue
from posthorn.log.filter import EventFilter
from posthorn.log.newest import read_newest
from posthorn.messages import store as messages
from posthorn.messages.filters import MessageFilter
from posthorn.storage.database import Transaction

_KINDS = 200
_LATEST = 25


class Task(Struct, frozen=True, kw_only=True):
    """One line of the checklist. key: which of the template's explanations belongs to it; note: what is known so far."""

    key: str
    title: str
    is_done: bool
    note: str = ""


class Kind(Struct, frozen=True, kw_only=True):
    """One kind of event that was received, and what it may start."""

    seen: Sighting
    linked: tuple[str, ...]


@get("/")
async def overview(context: GivenContext, viewer: GivenViewer) -> Response[str]:
    """Checklist, received kinds of events, latest events."""
    environment = viewer.environment
    async with context.database.snapshot() as tx:
        tasks = await _tasks(tx, context, environment)
        kinds = await catalogue(tx, environment, "", "", _KINDS)
        latest = await read_newest(tx, context.database.partition_count, EventFilter(environment=environment), {}, _LATEST)
        checks = await checks_of(tx, context, environment)
        parked = await parked_events(tx, environment=environment, limit=100)
    newest_first = sorted(kinds, key=lambda kind: -kind.last_seen)
    values = {
        "tasks": tasks,
        "is_ready": all(task.is_done for task in tasks),
        "kinds": [Kind(seen=kind, linked=_linked(context, kind)) for kind in newest_first],
        "rows": [logged_row(one) for one in latest.entries],
        "checks": checks,
        "problems": [one for one in checks if one.status == "problem"],
        "parked_count": len(parked),
        "url": context.settings.public_url,
    }
    return page(viewer, "overview", values)


async def _tasks(tx: Transaction, context: Context, environment: str) -> list[Task]:
    state = await integration_state(tx, context, environment)
    sent = await messages.messages(tx, environment, MessageFilter(), limit=1)
    obstacle = context.obstacle()
    way_back = state.source
    return [
        Task(key="server", title="The server takes events", is_done=not obstacle, note=obstacle),
        await _keys(tx, environment),
        Task(
            key="event",
            title="First event received",
            is_done=state.received_total > 0,
            note=f"{state.received_total:,} so far" if state.received_total else "",
        ),
        Task(key="message", title="First message sent", is_done=bool(sent)),
        Task(
            key="way_back",
            title="The way back to Segment",
            is_done=way_back.status == "ok",
            note=way_back.status_reason,
        ),
    ]


async def _keys(tx: Transaction, environment: str) -> Task:
    live = [key for key in await list_keys(tx) if key.environment == environment and key.revoked_at is None]
    counts = {word: sum(key.kind == kind for key in live) for kind, word in (("write", "write"), ("api", "API"))}
    note = ", ".join(f"{count} {word} key{'' if count == 1 else 's'}" for word, count in counts.items())
    return Task(key="keys", title="Keys to come in with", is_done=all(counts.values()), note=note)


def _linked(context: Context, kind: Sighting) -> tuple[str, ...]:
    return tuple(one.name or one.template_id for one in linked_automations(context, kind))


pages = [overview]
