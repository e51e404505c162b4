"""Moments as senders spell them, and the correction of a device's clock (segment.md 6.2)."""

import re
from datetime import UTC, datetime, timedelta, timezone
from typing import Any

_EPOCH = datetime(1970, 1, 1, tzinfo=UTC)
_MILLISECOND = timedelta(milliseconds=1)
_DAY_MS = 86_400_000
_TOLERATED_SKEW_MS = 60_000

# A year below 1000 is a placeholder (Go's zero time is year 1), not a moment.
EARLIEST_MS = (datetime(1000, 1, 1, tzinfo=UTC) - _EPOCH) // _MILLISECOND
LATEST_MS = (datetime(9999, 12, 31, 23, 59, 59, 999_000, tzinfo=UTC) - _EPOCH) // _MILLISECOND

# Numbers from here on are milliseconds, smaller ones seconds.
_MILLISECONDS_FROM = 10**11

_CANONICAL = re.compile(r"\d{4}-\d\d-\d\d[T ]\d\d:\d\d:\d\d", re.ASCII)
_PERMISSIVE = re.compile(
    r"""\s*(?P<year>\d{4})-(?P<month>\d{1,2})-(?P<day>\d{1,2})
        (?:[Tt\s]\s*(?P<hour>\d{1,2}):(?P<minute>\d{1,2})(?::(?P<second>\d{1,2})(?:[.,](?P<fraction>\d{0,9}))?)?
           \s*(?P<zone>[Zz]|UTC|GMT|[+-]\d\d(?::?\d\d)?)?
           (?:\s+[A-Za-z]{1,5})?(?:\s+m=[+-][\d.]+)?
        )?\s*""",
    re.ASCII | re.VERBOSE,
)


def read_moment(value: Any) -> int | None:
    """UTC milliseconds since 1970 from any spelling of segment.md 6.2; None if unreadable or not in the years 1000-9999

    Without a zone it is UTC; a date alone is its midnight; a number is milliseconds from 10^11 on, else seconds.
    """
    if type(value) is str:
        found = _from_text(value)
    elif type(value) is int or type(value) is float:
        found = _from_number(value)
    else:
        return None
    return found if found is not None and EARLIEST_MS <= found <= LATEST_MS else None


def corrected(original: int, *, sent: int | None, received: int, sent_is_unreadable: bool = False) -> int:
    """When it happened by our clock, in ms: received - (sent - original), within the guards of segment.md 6.2."""
    if sent is None:
        moment = min(original, received) if sent_is_unreadable else original
    elif sent < original - _TOLERATED_SKEW_MS:
        return min(original, received)
    else:
        moment = received - (sent - original)
    if moment > received + _DAY_MS or moment < EARLIEST_MS:
        return min(original, received)
    return moment


def _from_number(value: float) -> int | None:
    if value != value or abs(value) > 10**15:
        return None
    return int(value) if abs(value) >= _MILLISECONDS_FROM else int(value * 1000)


def _from_text(text: str) -> int | None:
    if _CANONICAL.match(text):
        try:
            moment = datetime.fromisoformat(text)
        except ValueError:
            return _from_spelling(text)
        return _since_epoch(moment)
    return _from_spelling(text)


def _since_epoch(moment: datetime) -> int:
    since = (moment if moment.tzinfo is not None else moment.replace(tzinfo=UTC)) - _EPOCH
    return since.days * _DAY_MS + since.seconds * 1000 + since.microseconds // 1000


def _from_spelling(text: str) -> int | None:
    match = _PERMISSIVE.fullmatch(text)
    if match is None:
        return None
    part = match.groupdict(default="0")
    fraction = int(part["fraction"][:3].ljust(3, "0"))
    try:
        moment = datetime(
            int(part["year"]),
            int(part["month"]),
            int(part["day"]),
            int(part["hour"]),
            int(part["minute"]),
            int(part["second"]),
            fraction * 1000,
            tzinfo=_zone(match["zone"]),
        )
    except ValueError:
        return None
    return _since_epoch(moment)


def _zone(text: str | None) -> timezone:
    if text is None or text[0] not in "+-":
        return UTC
    digits = text[1:].replace(":", "").ljust(4, "0")
    offset = timedelta(hours=int(digits[:2]), minutes=int(digits[2:]))
    return timezone(-offset if text[0] == "-" else offset)
