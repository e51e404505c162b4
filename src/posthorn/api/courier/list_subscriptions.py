"""Who is on a list: one by one, many at once, the whole set (courier.md 7.6). Each change is an event of that user."""

from typing import Any

import msgspec
from litestar import delete, get, post, put
from litestar.params import FromPath, FromQuery, JSONBody
from msgspec import Struct

from posthorn.api.caller import Caller, GivenCaller
from posthorn.api.commands import command_entry
from posthorn.api.context import Context, GivenContext
from posthorn.api.paging import Paging, decode_cursor, page
from posthorn.clock import iso
from posthorn.errors import Invalid, NotFound
from posthorn.events.model import Entry
from posthorn.ids import digest
from posthorn.lists import editing, store, subscriptions
from posthorn.lists.model import SUBSCRIBED, UNSUBSCRIBED, ListChanged
from posthorn.lists.patterns import check_list_id

_PAGE = 100
_AT_ONCE = 2_000
_LONGEST_ID = 512


class SubscriptionBody(Struct, frozen=True, kw_only=True):
    """What the subscriber wants of this list; in the legacy structure of preferences."""

    preferences: dict[str, Any] | None = None


class Recipient(Struct, frozen=True, kw_only=True):
    """A user to be put on a list, and what he wants of it."""

    recipient_id: str = msgspec.field(name="recipientId")
    preferences: dict[str, Any] | None = None


class RecipientsBody(Struct, frozen=True, kw_only=True):
    """Users to be put on a list."""

    recipients: list[Recipient]


class SubscriberAnswer(Struct, frozen=True, kw_only=True, omit_defaults=True):
    """A subscriber. Times are ISO 8601."""

    recipient_id: str = msgspec.field(name="recipientId")
    created: str
    preferences: dict[str, Any] | None = None


class SubscribersAnswer(Struct, frozen=True, kw_only=True):
    """A page of subscribers."""

    items: list[SubscriberAnswer]
    paging: Paging


@get("/lists/{list_id:str}/subscriptions")
async def list_subscriptions(
    list_id: FromPath[str], context: GivenContext, caller: GivenCaller, cursor: FromQuery[str | None] = None
) -> SubscribersAnswer:
    """The subscribers of a list, in order of their ids."""
    after = decode_cursor(cursor, str) or ""
    async with context.database.snapshot() as tx:
        if await store.list_record(tx, caller.environment, check_list_id(list_id)) is None:
            raise NotFound("List not found")
        rows = await subscriptions.subscribers(tx, caller.environment, list_id, after=after, limit=_PAGE + 1)
    shown, paging = page(rows, _PAGE, lambda row: row.user_key)
    items = [
        SubscriberAnswer(recipient_id=row.user_key, created=iso(row.created_at), preferences=row.preferences) for row in shown
    ]
    return SubscribersAnswer(items=items, paging=paging)


@post("/lists/{list_id:str}/subscriptions", status_code=204)
async def add_subscribers(
    list_id: FromPath[str], data: JSONBody[RecipientsBody], context: GivenContext, caller: GivenCaller
) -> None:
    """Puts users on a list, which is created if need be; those who are on it stay."""
    await _make(context, caller, list_id)
    await _append(context, _entries(caller, context, list_id, data.recipients))


@put("/lists/{list_id:str}/subscriptions", status_code=204)
async def replace_subscribers(
    list_id: FromPath[str], data: JSONBody[RecipientsBody], context: GivenContext, caller: GivenCaller
) -> None:
    """Makes these users the subscribers of a list, which is created if need be; all others leave it."""
    began_at = context.clock.now_ms()
    entries = _entries(caller, context, list_id, data.recipients)
    wanted = {entry.user_key for entry in entries}
    await _make(context, caller, list_id)
    await _append(context, entries)
    after = ""
    while True:
        async with context.database.snapshot() as tx:
            rows = await subscriptions.subscribers(
                tx, caller.environment, list_id, after=after, limit=_AT_ONCE, older_than=began_at + 1
            )
        leaving = [row.user_key for row in rows if row.user_key not in wanted]
        await _append(context, [_entry(caller, context, UNSUBSCRIBED, key, ListChanged(list_id=list_id)) for key in leaving])
        if len(rows) < _AT_ONCE:
            return
        after = rows[-1].user_key


@put("/lists/{list_id:str}/subscriptions/{user_id:str}", status_code=204)
async def subscribe(
    list_id: FromPath[str],
    user_id: FromPath[str],
    context: GivenContext,
    caller: GivenCaller,
    data: JSONBody[SubscriptionBody | None] = None,
) -> None:
    """Puts a user on a list, which is created if need be. The body may be empty."""
    payload = ListChanged(list_id=check_list_id(list_id), preferences=data.preferences if data else None)
    await context.commands.append_and_wait([command_entry(caller, SUBSCRIBED, user_id, payload, context)])


@delete("/lists/{list_id:str}/subscriptions/{user_id:str}")
async def unsubscribe(list_id: FromPath[str], user_id: FromPath[str], context: GivenContext, caller: GivenCaller) -> None:
    """Takes a user off a list. Not being on it, or a list nobody knows, is no error: Segment repeats removals."""
    payload = ListChanged(list_id=check_list_id(list_id))
    await context.commands.append_and_wait([command_entry(caller, UNSUBSCRIBED, user_id, payload, context)])


async def _make(context: Context, caller: Caller, list_id: str) -> None:
    """The list must be there even if nobody is put on it."""
    async with context.database.transaction() as tx:
        if await store.any_list(tx, caller.environment, check_list_id(list_id)) is None:
            now = context.clock.now_ms()
            await editing.write_list(tx, caller.environment, list_id, name=list_id, preferences=None, now=now)


async def _append(context: Context, entries: list[Entry]) -> None:
    """In shares that are processed while the caller waits, however many there are."""
    for begin in range(0, len(entries), _AT_ONCE):
        await context.commands.append_and_wait(entries[begin : begin + _AT_ONCE])


def _entries(caller: Caller, context: Context, list_id: str, recipients: list[Recipient]) -> list[Entry]:
    for index, one in enumerate(recipients):
        if not 0 < len(one.recipient_id) <= _LONGEST_ID:
            raise Invalid(f"recipients[{index}].recipientId: Expected 1 to {_LONGEST_ID} characters")
    latest = {one.recipient_id: one for one in recipients}
    return [
        _entry(caller, context, SUBSCRIBED, key, ListChanged(list_id=list_id, preferences=one.preferences))
        for key, one in latest.items()
    ]


def _entry(caller: Caller, context: Context, type: str, user_key: str, payload: ListChanged) -> Entry:
    return command_entry(caller, type, user_key, payload, context, part="-" + digest(user_key, type).hex()[:24])


handlers = [list_subscriptions, add_subscribers, replace_subscribers, subscribe, unsubscribe]
