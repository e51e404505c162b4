"""The short way for the events of a batch that need nothing: one pass over the body for all their heads, a few looks at each.

What is not plain goes the long way of `clean`, one event at a time; for what is, both ways come to the same entry.
"""

from msgspec import UNSET, DecodeError, Raw, Struct
from msgspec.json import Decoder

from posthorn.events.clean import MAX_MESSAGE_ID, Arrival, is_from_device, too_long
from posthorn.events.head import ContextHead, Head
from posthorn.events.lenient import MAX_DEPTH
from posthorn.events.model import Entry
from posthorn.events.vocabulary import CONSENT_EVENT, OWN_MESSAGE_PREFIX, PRODUCT

PLAIN_TYPES = frozenset({"identify", "track", "page", "screen"})
LONGEST = 8_192
"""Bytes of a plain event: far below every limit that a longer one would have to be held against."""


class _Heads(Struct, frozen=True, gc=False):
    batch: list[Head]


_decode = Decoder(_Heads).decode


def heads_of(body: bytes) -> list[Head] | None:
    """The heads of all elements of a batch envelope, in order; None if one of them must be looked at by itself.

    The body is UTF-8. An escape (`\\u`) may stand for something that cannot be stored, so a body with one goes the long way.
    """
    if b"\\" in body and b"\\u" in body:  # looking for one byte alone takes a tenth of the time
        return None
    try:
        return _decode(body).batch
    except (DecodeError, RecursionError):
        return None


def plain_entry(raw: Raw, head: Head, arrival: Arrival) -> Entry | None:
    """The entry of an event that is stored just as it came; None for one that must go the long way."""
    user_key = head.user_id or head.anonymous_id
    message_id = head.message_id
    if not user_key or not message_id or not _is_plain(head, arrival) or not _is_foreign(head.context):
        return None
    body = bytes(raw)
    if len(body) > LONGEST or body.count(b"{") + body.count(b"[") > MAX_DEPTH:
        return None
    is_device = arrival.is_direct or is_from_device(head.context)
    return Entry(
        environment=arrival.environment,
        source_id=arrival.source_id,
        origin=arrival.origin,
        type=head.type or "",
        user_key=user_key,
        message_id=message_id,
        received_at=arrival.received_at,
        body=body,
        defaults=arrival.defaults,
        ip=arrival.ip if is_device else "",
        user_agent=arrival.user_agent if is_device else "",
    )


def _is_plain(head: Head, arrival: Arrival) -> bool:
    kind, message_id, event = head.type, head.message_id or "", head.event
    return (
        kind in PLAIN_TYPES
        and kind in arrival.types
        and head.write_key is UNSET
        and head.email is UNSET
        and len(message_id) <= MAX_MESSAGE_ID
        and not message_id.startswith(OWN_MESSAGE_PREFIX)
        and not message_id.isspace()
        and not too_long(head)
        and (head.user_id is None or not (head.user_id == "" or head.user_id.isspace()))
        and (head.anonymous_id is None or not (head.anonymous_id == "" or head.anonymous_id.isspace()))
        and (kind != "track" or (event is not None and event != CONSENT_EVENT and event != "" and not event.isspace()))
    )


def _is_foreign(context: ContextHead | None) -> bool:
    """Whether it is clear that we did not send it ourselves."""
    if context is None:
        return True
    library = context.library
    return context.integration is None and (library is None or library.name != PRODUCT)
