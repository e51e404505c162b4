"""Points in time: ISO 8601 and the next opening of a delivery window."""

import re
from datetime import UTC, datetime, timedelta

from posthorn.errors import Invalid
from posthorn.expressions.windows import Opening, parse_window
from posthorn.expressions.zones import zone_of

_ISO_START = re.compile(r"\d{4}-?\d{2}-?\d{2}([T ]|$)", re.ASCII | re.IGNORECASE)
_HORIZON_DAYS = 90
_DAY_MS = 86_400_000


def moment(text: str, *, now: int, zone: str | None) -> int:
    """UTC milliseconds of an ISO 8601 timestamp or of the next opening of a window such as `Mo-Fr 09:00-17:00`.

    `zone` (IANA or `UTC+4`; None: UTC) counts where the text names none; a date alone is its midnight. A moment that
    has passed is given as it is. Raises Invalid. Source: courier.md 4.5, 6.6.
    """
    stripped = text.strip()
    if _ISO_START.match(stripped):
        return timestamp(stripped, zone=zone)
    return next_opening(stripped, now=now, zone=zone)


def timestamp(text: str, *, zone: str | None = None) -> int:
    """UTC milliseconds of an ISO 8601 date or timestamp; without an offset it is meant in `zone`. Raises Invalid."""
    try:
        read = datetime.fromisoformat(text.strip().upper())
        return _milliseconds(read if read.tzinfo else read.replace(tzinfo=zone_of(zone)))
    except (ValueError, OverflowError):
        raise Invalid(f'"{text[:80]}" is not a time such as "2026-04-08T08:09:10Z".') from None


def next_opening(window: str, *, now: int, zone: str | None) -> int:
    """`now` if the window is open, else when it opens next (UTC milliseconds), in local time with its summer time.

    Raises Invalid for a window that cannot be read or does not open within 90 days. Source: courier.md 6.6.
    """
    openings = parse_window(window)
    place = zone_of(zone)
    today = datetime.fromtimestamp(now / 1000, UTC).astimezone(place).date()
    for days in range(-1, _HORIZON_DAYS + 2):
        date = today + timedelta(days=days)
        starts: list[int] = []
        for opening in openings:
            if not opening.includes(date):
                continue
            start, end = _bounds(opening, datetime(date.year, date.month, date.day, tzinfo=place))
            if start <= now < end:
                return now
            starts.append(start)
        later = [start for start in starts if now < start <= now + _HORIZON_DAYS * _DAY_MS]
        if later and days >= 0:
            return min(later)
    raise Invalid(f'"{window[:80]}" does not open within {_HORIZON_DAYS} days.')


def _bounds(opening: Opening, midnight: datetime) -> tuple[int, int]:
    return _at(midnight, opening.start_minute), _at(midnight, opening.end_minute)


def _at(midnight: datetime, minute: int) -> int:
    # Adding to a local midnight moves the clock on the wall; the offset is looked up after that.
    return _milliseconds(midnight + timedelta(minutes=minute))


def _milliseconds(at: datetime) -> int:
    elapsed = at.astimezone(UTC) - datetime(1970, 1, 1, tzinfo=UTC)
    return elapsed // timedelta(milliseconds=1)
