"""Messages: the list, and one with its history and what it carried."""

from typing import Any

from litestar import Response, get
from litestar.params import FromPath, FromQuery
from msgspec import Struct

from posthorn.api.context import Context, GivenContext
from posthorn.api.courier.message_output import links_for, outputs, sheet_of
from posthorn.api.insight.thread import cause_of
from posthorn.api.insight.told import told_of
from posthorn.api.paging import decode_cursor
from posthorn.api.paging import page as page_of
from posthorn.api.payloads import masked
from posthorn.api.studio.page import framed, page, pretty
from posthorn.api.studio.viewer import GivenViewer, Viewer
from posthorn.errors import NotFound
from posthorn.messages import store
from posthorn.messages.config import MessageSettings
from posthorn.messages.filters import MessageFilter
from posthorn.messages.history import wire_items
from posthorn.messages.model import HistoryItem, Message
from posthorn.messages.record import provider_entry
from posthorn.messages.render import Sheet
from posthorn.messages.status import STATUSES
from posthorn.storage.database import Transaction
from posthorn.templates.render import Rendered

_PAGE = 50
_REASONS = {
    "FILTERED": "A condition kept the recipient from getting it.",
    "NO_CHANNELS": "No channel was left to try: none is named, or the recipient has no address for any.",
    "NO_PROVIDERS": "No provider is set up for the channel.",
    "PROVIDER_ERROR": "The provider failed when sending.",
    "UNPUBLISHED": "The template was never published.",
    "UNSUBSCRIBED": "The recipient has opted out.",
    "OPT_IN_REQUIRED": "The topic is off unless somebody opts in, and the recipient has not.",
    "BOUNCED": "The receiving side sent it back.",
    "FAILED": "Every attempt failed for good.",
}


class Line(Struct, frozen=True, kw_only=True):
    """One line of a message's history. about: channel and provider; fields: everything that it says, as JSON text."""

    type: str
    at: int
    about: str
    problem: str
    fields: str


class Output(Struct, frozen=True, kw_only=True):
    """What one channel carries. index: its place among the outputs, which names its frame."""

    index: int
    channel: str
    provider: str
    rendered: Rendered


class Attempt(Struct, frozen=True, kw_only=True):
    """One provider that was tried."""

    channel: str
    provider: str
    status: str
    error: str
    details: str


@get("/messages")
async def list_messages(
    context: GivenContext,
    viewer: GivenViewer,
    before: FromQuery[str] = "",
    status: FromQuery[str] = "",
    recipient: FromQuery[str] = "",
) -> Response[str]:
    """Messages, newest first; of one status, to one recipient."""
    wanted = MessageFilter(statuses=(status,) if status in STATUSES else (), recipient=recipient.strip().replace("\0", ""))
    place = decode_cursor(before, tuple[int, str])
    async with context.database.snapshot() as tx:
        rows = await store.messages(tx, viewer.environment, wanted, before=place, limit=_PAGE + 1)
    shown, paging = page_of(rows, _PAGE, lambda message: (message.enqueued_at, message.message_id))
    values = {
        "messages": shown,
        "older": paging.cursor or "",
        "status": status if status in STATUSES else "",
        "statuses": sorted(STATUSES),
        "recipient": recipient,
    }
    return page(viewer, "messages", values)


@get("/messages/{message_id:str}")
async def show_message(message_id: FromPath[str], context: GivenContext, viewer: GivenViewer) -> Response[str]:
    """One message: where it stands, how it got there, what each channel carried."""
    async with context.database.snapshot() as tx:
        partition, message = await _find(tx, context, viewer, message_id)
        items = await store.history(tx, partition, message_id)
        sheet = await sheet_of(tx, partition, message)
        shown = await _outputs(tx, sheet, context)
        cause = await cause_of(tx, context.database.partition_count, partition, message)
        told = await told_of(tx, partition, message)
    values = {
        "message": message,
        "cause": cause or "",
        "told": told,
        "reason": _REASONS.get(message.reason or "", message.reason or ""),
        "lines": _lines(items, message, sheet),
        "outputs": shown,
        "attempts": [_attempt(provider_entry(hop, message)) for hop in message.hops if hop.started_at],
        "has_contents": sheet is not None,
    }
    return page(viewer, "message", values)


@get("/messages/{message_id:str}/output/{index:str}")
async def show_output(
    message_id: FromPath[str], index: FromPath[str], context: GivenContext, viewer: GivenViewer
) -> Response[str]:
    """The HTML of one output, for the frame on the message's page. It reports no open: looking here is not reading."""
    async with context.database.snapshot() as tx:
        partition, message = await _find(tx, context, viewer, message_id)
        shown = await _outputs(tx, await sheet_of(tx, partition, message), context)
    found = [output for output in shown if str(output.index) == index]
    if not found:
        raise NotFound("There is no such output.")
    return framed(found[0].rendered.html)


async def _find(tx: Transaction, context: Context, viewer: Viewer, message_id: str) -> tuple[int, Message]:
    found = await store.find_message(tx, viewer.environment, context.database.partition_count, message_id)
    if found is None:
        raise NotFound(f"There is no such message in {viewer.environment}.")
    return found


async def _outputs(tx: Transaction, sheet: Sheet | None, context: Context) -> list[Output]:
    if sheet is None:
        return []
    untracked = MessageSettings(public_url=context.settings.public_url, tracks_opens=False, tracks_clicks=False)
    found = outputs(sheet, await links_for(tx, sheet.message.environment, untracked, context.vault))
    return [
        Output(index=index, channel=hop.channel, provider=hop.provider, rendered=rendered)
        for index, (hop, rendered) in enumerate(found)
    ]


def _lines(items: list[HistoryItem], message: Message, sheet: Sheet | None) -> list[Line]:
    return [_line(item) for item in wire_items(items, message, sheet.contents if sheet else None)]


def _line(item: dict[str, Any]) -> Line:
    fields = {name: value for name, value in item.items() if name not in ("type", "ts")}
    channel, integration = fields.get("channel") or {}, fields.get("integration") or {}
    about = " · ".join(str(part) for part in (channel.get("id"), integration.get("provider")) if part)
    problem = fields.get("error_message") or fields.get("reason") or ""
    return Line(type=item["type"], at=item["ts"], about=about, problem=str(problem), fields=pretty(masked(fields)))


def _attempt(entry: dict[str, Any]) -> Attempt:
    return Attempt(
        channel=entry["channel"]["key"],
        provider=entry["provider"],
        status=entry.get("status", "under way"),
        error=entry.get("error", ""),
        details=pretty(masked(entry)),
    )


pages = [list_messages, show_message, show_output]
