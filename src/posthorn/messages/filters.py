"""What a listing of messages may be narrowed by. Source: courier.md 6.8."""

from msgspec import Struct

MOST_VALUES = 10


class MessageFilter(Struct, frozen=True, kw_only=True):
    """All given conditions hold; of several values of one any does. "" and () ask for nothing.

    enqueued_after: UTC milliseconds, exclusive. tags, providers: at most MOST_VALUES each. trace_id: also finds the messages
    of that request. is_archived: only the archived ones, else only the others.
    """

    statuses: tuple[str, ...] = ()
    recipient: str = ""
    template_id: str = ""
    event: str = ""
    tenant_id: str = ""
    list_id: str = ""
    message_id: str = ""
    trace_id: str = ""
    tags: tuple[str, ...] = ()
    providers: tuple[str, ...] = ()
    enqueued_after: int | None = None
    is_archived: bool = False
