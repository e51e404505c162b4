"""What an event is: `Entry` as it lies in the log, `Event` as the deciders see it."""

from typing import Any

from msgspec import Struct

SEGMENT_TYPES = frozenset({"identify", "track", "page", "screen", "group", "alias"})


class Entry(Struct, frozen=True, kw_only=True, array_like=True):
    """One event as it lies in the log: the bytes as they came, and what is known around them.

    environment: "production" or "test". source_id: the source or key it came with; "" for our own.
    origin: "tracking" (Segment's Tracking API), "segment" (destination calls), "rudderstack", "courier"
    (/inbound/courier),
    "api" (a command of the HTTP API), "provider" (receipts, opens, clicks), "reader" (the pages of those who are written to),
    "engine" (what the deciders said).
    type: one of SEGMENT_TYPES, "delete", or a word of ours with a dot in it ("message.sent").
    user_key: whose partition and order it belongs to: userId, else anonymousId; never empty.
    message_id: the idempotency key; at most 100 characters.
    received_at: UTC milliseconds by our clock.
    body: one JSON object, UTF-8, cleaned only where it had to be, without any write key.
    defaults: JSON object of the batch envelope's `context`, `integrations` and `sentAt`, merged under the body;
    b"" for none.
    warnings: what was cleaned (segment.md 3.7). ip, user_agent: of the caller, "" where they must not be used.
    replayed: put back by hand after it was set aside, so it is not taken for its own duplicate.
    passed_on: from how many ids it was passed on that were merged into the next one; then `user_key` is the user it belongs to,
    whatever the body says.
    """

    environment: str
    source_id: str
    origin: str
    type: str
    user_key: str
    message_id: str
    received_at: int
    body: bytes
    defaults: bytes = b""
    warnings: tuple[str, ...] = ()
    ip: str = ""
    user_agent: str = ""
    replayed: bool = False
    passed_on: int = 0


class Event(Struct, frozen=True, kw_only=True):
    """One event in its normal form (segment.md 2.7). Times are UTC milliseconds.

    id: where it lies in the log, "evt_<partition>_<offset>_<index>", or a derived id for a timer that came due.
    name: of a track call the event, of page and screen the name; "" if there is none.
    timestamp: when it happened, corrected for the device's clock (segment.md 6.2).
    body: the JSON bytes; our own events carry their payload there and leave properties and traits empty.
    passed_on: as in Entry.
    fields: top-level members of the body that have no place of their own here.
    """

    id: str
    environment: str
    source_id: str
    origin: str
    type: str
    name: str = ""
    user_key: str
    user_id: str | None = None
    anonymous_id: str | None = None
    group_id: str | None = None
    previous_id: str | None = None
    message_id: str
    timestamp: int
    received_at: int
    original_timestamp: int | None = None
    sent_at: int | None = None
    properties: dict[str, Any] = {}
    traits: dict[str, Any] = {}
    context: dict[str, Any] = {}
    integrations: dict[str, Any] = {}
    fields: dict[str, Any] = {}
    warnings: tuple[str, ...] = ()
    body: bytes = b"{}"
    passed_on: int = 0


class Fact(Struct, frozen=True, kw_only=True):
    """One line of why: `about` names what was considered (an automation, a message, "profile", …), `verdict` is a short
    word, `reason` a sentence for a person.
    """

    about: str
    verdict: str
    reason: str = ""
