"""Broadcasts: one message to a list or an audience, drafted, scheduled, sent (courier.md 9.9)."""

from typing import Any, Literal

from litestar import delete, get, post, put
from litestar.params import FromPath, FromQuery, JSONBody
from msgspec import Struct

from posthorn.api.caller import Caller, GivenCaller
from posthorn.api.context import Context, GivenContext
from posthorn.api.courier.notification_shapes import ContentAnswer, ContentBody, MutationAnswer, mutation_of
from posthorn.api.paging import Paging, clamp, decode_cursor, page
from posthorn.broadcasts import editing, sending, store
from posthorn.broadcasts.model import Broadcast, Channel, Schedule, Status, status_of
from posthorn.clock import iso
from posthorn.errors import Invalid
from posthorn.templates.editing import outline
from posthorn.templates.model import Edit
from posthorn.templates.read import read_template
from posthorn.templates.write import put_content

_SIZE = 20


class NewBroadcast(Struct, frozen=True, kw_only=True):
    """A draft."""

    name: str
    channel: Channel


class NameBody(Struct, frozen=True, kw_only=True):
    """Another name."""

    name: str


class SendBody(Struct, frozen=True, kw_only=True):
    """To whom it goes."""

    recipient_id: str
    recipient_type: Literal["list", "audience"]


class ScheduleBody(SendBody, frozen=True, kw_only=True):
    """To whom it goes, and when: `scheduled_to` is the time on the wall in `timezone`, an IANA name; UTC if none is given."""

    scheduled_to: str
    timezone: str | None = None


class BroadcastAnswer(Struct, frozen=True, kw_only=True, omit_defaults=True):
    """A broadcast as it is. Times are ISO 8601."""

    id: str
    name: str
    channel: str
    status: Status
    created_at: str
    created_by: str
    updated_at: str
    updated_by: str
    schedule: Schedule | None = None
    archived_at: str | None = None
    archived_by: str | None = None


class BroadcastsAnswer(Struct, frozen=True, kw_only=True):
    """A page of broadcasts, newest first."""

    paging: Paging
    results: list[BroadcastAnswer]


@post("/broadcasts", status_code=201)
async def create_broadcast(data: JSONBody[NewBroadcast], context: GivenContext, caller: GivenCaller) -> BroadcastAnswer:
    """Makes a draft with no content yet."""
    edit, wanted = _edit(context, caller), (data.name, data.channel)
    async with context.database.transaction() as tx:
        made = await editing.create(tx, caller.environment, wanted, editing.EMPTY, edit, context.seed())
    return _answer(made, edit.now)


@get("/broadcasts")
async def list_broadcasts(
    context: GivenContext,
    caller: GivenCaller,
    cursor: FromQuery[str | None] = None,
    limit: FromQuery[int | None] = None,
) -> BroadcastsAnswer:
    """Broadcasts that are not archived, newest first."""
    size, before = clamp(limit, default=_SIZE), decode_cursor(cursor, str) or ""
    async with context.database.snapshot() as tx:
        rows = await store.broadcasts(tx, caller.environment, before=before, limit=size + 1)
    shown, paging = page(rows, size, lambda row: row.broadcast_id)
    now = context.clock.now_ms()
    return BroadcastsAnswer(paging=paging, results=[_answer(row, now) for row in shown])


@get("/broadcasts/{broadcast_id:str}")
async def read_broadcast(broadcast_id: FromPath[str], context: GivenContext, caller: GivenCaller) -> BroadcastAnswer:
    """One broadcast."""
    async with context.database.snapshot() as tx:
        found = await editing.read(tx, caller.environment, broadcast_id)
    return _answer(found, context.clock.now_ms())


@put("/broadcasts/{broadcast_id:str}")
async def rename_broadcast(
    broadcast_id: FromPath[str], data: JSONBody[NameBody], context: GivenContext, caller: GivenCaller
) -> BroadcastAnswer:
    """Gives it another name."""
    edit = _edit(context, caller)
    async with context.database.transaction() as tx:
        renamed = await editing.rename(tx, caller.environment, broadcast_id, data.name, edit)
    return _answer(renamed, edit.now)


@delete("/broadcasts/{broadcast_id:str}", status_code=200)
async def archive_broadcast(broadcast_id: FromPath[str], context: GivenContext, caller: GivenCaller) -> BroadcastAnswer:
    """Archives it; a scheduled one is not sent any more."""
    edit = _edit(context, caller)
    async with context.database.transaction() as tx:
        archived = await editing.archive(tx, caller.environment, broadcast_id, edit)
    return _answer(archived, edit.now)


@post("/broadcasts/{broadcast_id:str}/duplicate", status_code=201)
async def duplicate_broadcast(broadcast_id: FromPath[str], context: GivenContext, caller: GivenCaller) -> BroadcastAnswer:
    """A new draft with the same content, named `... (copy)`. The body is ignored."""
    edit = _edit(context, caller)
    async with context.database.transaction() as tx:
        made = await editing.duplicate(tx, caller.environment, broadcast_id, edit, context.seed())
    return _answer(made, edit.now)


@post("/broadcasts/{broadcast_id:str}/schedule", status_code=200)
async def schedule_broadcast(
    broadcast_id: FromPath[str], data: JSONBody[ScheduleBody], context: GivenContext, caller: GivenCaller
) -> BroadcastAnswer:
    """Publishes the content and sends it at that time."""
    schedule = Schedule(
        recipient_id=data.recipient_id,
        recipient_type=data.recipient_type,
        scheduled_to=data.scheduled_to,
        timezone=data.timezone,
    )
    return await _send(context, caller, broadcast_id, schedule)


@post("/broadcasts/{broadcast_id:str}/send", status_code=200)
async def send_broadcast(
    broadcast_id: FromPath[str], data: JSONBody[SendBody], context: GivenContext, caller: GivenCaller
) -> BroadcastAnswer:
    """Publishes the content and sends it now, in the background."""
    schedule = Schedule(recipient_id=data.recipient_id, recipient_type=data.recipient_type)
    return await _send(context, caller, broadcast_id, schedule)


@post("/broadcasts/{broadcast_id:str}/cancel", status_code=200)
async def cancel_broadcast(broadcast_id: FromPath[str], context: GivenContext, caller: GivenCaller) -> BroadcastAnswer:
    """Makes a scheduled broadcast a draft again. The body is ignored."""
    edit = _edit(context, caller)
    async with context.database.transaction() as tx:
        found = await editing.read(tx, caller.environment, broadcast_id)
        canceled = await sending.cancel(tx, found, edit)
    return _answer(canceled, edit.now)


@get("/broadcasts/{broadcast_id:str}/content")
async def read_broadcast_content(
    broadcast_id: FromPath[str], context: GivenContext, caller: GivenCaller, version: FromQuery[str] = "draft"
) -> ContentAnswer:
    """The content of one version, of the draft if none is named, with its checksums."""
    async with context.database.snapshot() as tx:
        found = await editing.read(tx, caller.environment, broadcast_id)
        template = await read_template(tx, caller.environment, found.template_id, version)
    return ContentAnswer(version=template.content["version"], elements=outline(template.content["elements"]))


@put("/broadcasts/{broadcast_id:str}/content")
async def write_broadcast_content(
    broadcast_id: FromPath[str], data: JSONBody[ContentBody], context: GivenContext, caller: GivenCaller
) -> MutationAnswer:
    """Replaces the content."""
    if (data.state or "DRAFT").upper() not in {"DRAFT", "PUBLISHED"}:
        raise Invalid("state: Accepted values are: DRAFT, PUBLISHED")
    edit = _edit(context, caller, publish=(data.state or "").upper() == "PUBLISHED")
    content: dict[str, Any] = {"version": "2022-01-01", **data.content}
    async with context.database.transaction() as tx:
        found = await editing.read(tx, caller.environment, broadcast_id)
        return mutation_of(await put_content(tx, caller.environment, found.template_id, content, edit))


async def _send(context: Context, caller: Caller, broadcast_id: str, schedule: Schedule) -> BroadcastAnswer:
    edit = _edit(context, caller)
    async with context.database.transaction() as tx:
        found = await editing.read(tx, caller.environment, broadcast_id)
        sent = await sending.send(tx, found, schedule, caller.request_id, edit)
    return _answer(sent, edit.now)


def _edit(context: Context, caller: Caller, *, publish: bool = False) -> Edit:
    return Edit(now=context.clock.now_ms(), editor=caller.key_id, publish=publish)


def _answer(broadcast: Broadcast, now: int) -> BroadcastAnswer:
    return BroadcastAnswer(
        id=broadcast.broadcast_id,
        name=broadcast.name,
        channel=broadcast.channel,
        status=status_of(broadcast, now),
        created_at=iso(broadcast.created_at),
        created_by=broadcast.created_by,
        updated_at=iso(broadcast.updated_at),
        updated_by=broadcast.updated_by,
        schedule=broadcast.schedule,
        archived_at=iso(broadcast.archived_at) if broadcast.archived_at is not None else None,
        archived_by=broadcast.archived_by,
    )


handlers = [
    create_broadcast,
    list_broadcasts,
    read_broadcast,
    rename_broadcast,
    archive_broadcast,
    duplicate_broadcast,
    schedule_broadcast,
    send_broadcast,
    cancel_broadcast,
    read_broadcast_content,
    write_broadcast_content,
]
