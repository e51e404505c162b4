"""A message as the wire has it (courier.md 6.8, 6.9), for those who ask and for those who are told."""

from typing import Any

from msgspec import Struct, field

from posthorn.messages.model import Hop, Message


class MessageDetails(Struct, frozen=True, kw_only=True, omit_defaults=True):
    """A message in a list. Times are UTC milliseconds; the three required texts are "" when there is none."""

    id: str
    enqueued: int
    event: str
    notification: str
    recipient: str
    status: str
    sent: int | None = None
    delivered: int | None = None
    opened: int | None = None
    clicked: int | None = None
    error: str | None = None
    reason: str | None = None


class MessageRecord(MessageDetails, frozen=True, kw_only=True, omit_defaults=True):
    """One message with everything that is known of it."""

    providers: list[dict[str, Any]] | None = None
    request_id: str | None = field(name="requestId", default=None)
    tenant_id: str | None = None
    tags: tuple[str, ...] = ()
    trace_id: str | None = None
    run_id: str | None = field(name="runId", default=None)
    list_id: str | None = field(name="listId", default=None)
    list_message_id: str | None = field(name="listMessageId", default=None)
    job_id: str | None = field(name="jobId", default=None)
    canceled_at: int | None = field(name="canceledAt", default=None)
    archived_at: int | None = field(name="archivedAt", default=None)


def details(message: Message) -> MessageDetails:
    """A message in a list."""
    return MessageDetails(
        id=message.message_id,
        enqueued=message.enqueued_at,
        event=message.event,
        notification=message.template_id,
        recipient=message.recipient,
        status=message.status,
        sent=message.sent_at,
        delivered=message.delivered_at,
        opened=message.opened_at,
        clicked=message.clicked_at,
        error=message.error,
        reason=message.reason,
    )


def record(message: Message) -> MessageRecord:
    """One message whole."""
    brief = details(message)
    return MessageRecord(
        **{name: getattr(brief, name) for name in brief.__struct_fields__},
        providers=[provider_entry(hop, message) for hop in message.hops if hop.started_at] or _refusal(message),
        request_id=message.request_id,
        tenant_id=message.tenant_id or None,
        tags=message.tags,
        trace_id=message.trace_id or None,
        run_id=message.run.run_id if message.run else None,
        list_id=message.list_id or None,
        list_message_id=message.list_message_id or None,
        job_id=message.job_id or None,
        canceled_at=message.canceled_at,
        archived_at=message.archived_at,
    )


def provider_entry(hop: Hop, message: Message) -> dict[str, Any]:
    """One attempted provider (courier.md 6.9); without a status while its answer is outstanding."""
    entry: dict[str, Any] = {
        "channel": {"key": hop.channel, "name": hop.channel, "template": message.template_id},
        "provider": hop.provider,
        "status": _status(hop),
        "sent": hop.sent_at,
        "delivered": hop.delivered_at,
        "opened": hop.opened_at,
        "clicked": hop.clicked_at,
        "reference": hop.reference or None,
        "error": hop.error or None,
    }
    return {name: value for name, value in entry.items() if value is not None}


def _status(hop: Hop) -> str | None:
    if hop.state in ("failed", "unknown"):
        return "UNDELIVERABLE"
    reached = (("CLICKED", hop.clicked_at), ("OPENED", hop.opened_at), ("DELIVERED", hop.delivered_at), ("SENT", hop.sent_at))
    return next((status for status, at in reached if at is not None), None)


def _refusal(message: Message) -> list[dict[str, Any]] | None:
    # What stopped before any provider was asked shows its error in the same place (courier.md 10.10).
    if message.status != "UNDELIVERABLE" or not message.error:
        return None
    return [{"error": message.error, "status": "UNDELIVERABLE"}]
