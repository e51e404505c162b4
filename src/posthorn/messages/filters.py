"""What a listing of messages may be narrowed by, and its cursor. Source: courier.md 6.8, 10.7."""

from base64 import urlsafe_b64decode, urlsafe_b64encode

from msgspec import Struct

from posthorn.errors import Invalid

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


def write_cursor(enqueued_at: int, message_id: str) -> str:
    """An opaque text for the place behind this message."""
    return urlsafe_b64encode(f"{enqueued_at}:{message_id}".encode()).decode().rstrip("=")


def read_cursor(cursor: str) -> tuple[int, str]:
    """The place a cursor stands for. Raises Invalid for one that was never given out."""
    try:
        padded = cursor.encode("ascii") + b"=" * (-len(cursor) % 4)
        at, _, message_id = urlsafe_b64decode(padded).decode().partition(":")
        return int(at), message_id
    except ValueError:
        raise Invalid("Invalid cursor format") from None
