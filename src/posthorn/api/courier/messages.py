"""Messages: the list, one message, its history and output, cancel, resend, archive (courier.md 6.8)."""

from litestar import Response, get, post, put
from litestar.params import FromPath, FromQuery, QueryParams

from posthorn.api.caller import Caller, GivenCaller
from posthorn.api.commands import accept, command_entry
from posthorn.api.context import Context, GivenContext
from posthorn.api.courier.message_answers import (
    MessageList,
    Resent,
    Results,
    output,
)
from posthorn.api.courier.message_output import links_for, outputs, sheet_of
from posthorn.api.paging import decode_cursor, page, split
from posthorn.errors import Conflict, Invalid, NotFound
from posthorn.expressions.moments import timestamp
from posthorn.messages import store
from posthorn.messages.config import MessageSettings
from posthorn.messages.filters import MOST_VALUES, MessageFilter
from posthorn.messages.history import check_type, wire_items
from posthorn.messages.model import CANCEL_REQUESTED, RESEND_REQUESTED, Message, MessageReference
from posthorn.messages.record import MessageRecord, details, record
from posthorn.messages.status import STATUSES, can_cancel
from posthorn.storage.database import Transaction

_PAGE = 100
_TRUE = frozenset({"true", "1"})
_FALSE = frozenset({"", "false", "0", "null"})


@get("/messages")
async def list_messages(query: QueryParams, context: GivenContext, caller: GivenCaller) -> MessageList:
    """Messages, newest first.

    Query: cursor, archived, enqueued_after (ISO 8601), event, list, messageId, notification, provider, recipient, status, tag,
    tags, tenant_id, traceId. Of several values of provider, status and tag any may hold.
    """
    wanted = _filter(query)
    before = decode_cursor(query.get("cursor"), tuple[int, str])
    async with context.database.snapshot() as tx:
        rows = await store.messages(tx, caller.environment, wanted, before=before, limit=_PAGE + 1)
    shown, paging = page(rows, _PAGE, lambda message: (message.enqueued_at, message.message_id))
    return MessageList(paging=paging, results=[details(message) for message in shown])


@get("/messages/{message_id:str}")
async def read_message(message_id: FromPath[str], context: GivenContext, caller: GivenCaller) -> MessageRecord:
    """One message."""
    async with context.database.snapshot() as tx:
        _, message = await _find(tx, context, caller, message_id)
    return record(message)


@get("/messages/{message_id:str}/history")
async def read_history(
    message_id: FromPath[str], context: GivenContext, caller: GivenCaller, type: FromQuery[str | None] = None
) -> Results:
    """What happened to a message, oldest first; `type` narrows it."""
    wanted = check_type(type)
    async with context.database.snapshot() as tx:
        partition, message = await _find(tx, context, caller, message_id)
        items = await store.history(tx, partition, message_id)
        contents = await store.contents(tx, partition, message_id)
    return Results(results=wire_items(items, message, contents, wanted))


@get("/messages/{message_id:str}/output")
async def read_output(message_id: FromPath[str], context: GivenContext, caller: GivenCaller) -> Results:
    """What each channel carries, rendered again from the stored message; it is the same each time."""
    async with context.database.snapshot() as tx:
        partition, message = await _find(tx, context, caller, message_id)
        sheet = await sheet_of(tx, partition, message)
        settings = MessageSettings(public_url=context.settings.public_url)
        links = await links_for(tx, caller.environment, settings, context.vault)
    if sheet is None:
        raise NotFound("The content of this message is no longer kept.")
    return Results(results=[output(hop, rendered) for hop, rendered in outputs(sheet, links)])


@post("/messages/{message_id:str}/cancel", status_code=200)
async def cancel_message(message_id: FromPath[str], context: GivenContext, caller: GivenCaller) -> Response[MessageRecord]:
    """Calls a message back. 200 with the message if that worked, 409 with the unchanged message if it is under way."""
    async with context.database.snapshot() as tx:
        _, message = await _find(tx, context, caller, message_id)
    if can_cancel(message.status):
        payload = MessageReference(message_id=message_id)
        entry = command_entry(caller, CANCEL_REQUESTED, message.user_key, payload, context)
        await context.commands.append_and_wait([entry])
        async with context.database.snapshot() as tx:
            _, message = await _find(tx, context, caller, message_id)
    if message.status == "CANCELED":
        return Response(record(message), status_code=200)
    return Response(record(message), status_code=409, headers={"x-should-retry": "false"})


@post("/messages/{message_id:str}/resend", status_code=202)
async def resend_message(message_id: FromPath[str], context: GivenContext, caller: GivenCaller) -> Resent:
    """Sends a copy to the same recipient; the original is not changed."""
    async with context.database.snapshot() as tx:
        partition, message = await _find(tx, context, caller, message_id)
        contents = await store.contents(tx, partition, message_id)
    if contents is None:
        raise Conflict("The content of this message is no longer kept.")
    payload = MessageReference(message_id=message_id, new_message_id=caller.request_id)
    await accept(context, [command_entry(caller, RESEND_REQUESTED, message.user_key, payload, context)])
    return Resent(message_id=caller.request_id)


@put("/requests/{request_id:str}/archive", status_code=204)
async def archive_request(request_id: FromPath[str], context: GivenContext, caller: GivenCaller) -> None:
    """Takes the messages of a request out of the default list. They are not deleted."""
    async with context.database.transaction() as tx:
        at = context.clock.now_ms()
        if not await store.archive_request(tx, caller.environment, request_id, at=at):
            raise NotFound("Request not found")


async def _find(tx: Transaction, context: Context, caller: Caller, message_id: str) -> tuple[int, Message]:
    found = await store.find_message(tx, caller.environment, context.database.partition_count, message_id)
    if found is None:
        raise NotFound("Message not found")
    return found


def _filter(query: QueryParams) -> MessageFilter:
    statuses = split(query.getall("status", []))
    if not STATUSES.issuperset(statuses):
        raise Invalid(f"status: Expected values of {', '.join(sorted(STATUSES))}")
    after = query.get("enqueued_after")
    return MessageFilter(
        statuses=statuses,
        recipient=_one(query, "recipient"),
        template_id=_one(query, "notification"),
        event=_one(query, "event"),
        tenant_id=_one(query, "tenant_id"),
        list_id=_one(query, "list"),
        message_id=_one(query, "messageId"),
        trace_id=_one(query, "traceId"),
        tags=_several(query, "tag", "tags"),
        providers=_several(query, "provider"),
        enqueued_after=timestamp(after) if after else None,
        is_archived=_truth(query, "archived"),
    )


def _one(query: QueryParams, name: str) -> str:
    text = str(query.get(name) or "")
    if "\0" in text:
        raise Invalid(f"{name}: must not contain a NUL character")
    return text


def _several(query: QueryParams, *names: str) -> tuple[str, ...]:
    found = split([value for name in names for value in query.getall(name, [])])
    if len(found) > MOST_VALUES:
        raise Invalid(f"{names[0]}: At most {MOST_VALUES} values")
    return tuple(value.replace("\0", "") for value in found)


def _truth(query: QueryParams, name: str) -> bool:
    text = str(query.get(name) or "").lower()
    if text not in _TRUE | _FALSE:
        raise Invalid(f"{name}: Expected true or false")
    return text in _TRUE


handlers = [
    list_messages,
    read_message,
    read_history,
    read_output,
    cancel_message,
    resend_message,
    archive_request,
]
