"""Time zones by name or offset."""

import re
from datetime import UTC, timedelta, timezone, tzinfo
from functools import lru_cache
from zoneinfo import ZoneInfo

from posthorn.errors import Invalid

_OFFSET = re.compile(r"(?:UTC|GMT)?([+-])(\d{1,2})(?::?([0-5]\d))?", re.IGNORECASE | re.ASCII)
_NAME = re.compile(r"[A-Za-z][A-Za-z0-9_+-]*(?:/[A-Za-z0-9_+-]+){0,3}", re.ASCII)


@lru_cache(maxsize=1024)
def zone_of(name: str | None) -> tzinfo:
    """The zone of an IANA name, `UTC+4` or `+05:30`; UTC for none. Raises Invalid. Source: courier.md 6.6."""
    stripped = (name or "").strip()
    if stripped.upper() in {"", "Z", "UTC", "GMT"}:
        return UTC
    offset = _OFFSET.fullmatch(stripped)
    if offset:
        minutes = int(offset[2]) * 60 + int(offset[3] or 0)
        if minutes <= 14 * 60:
            return timezone(timedelta(minutes=minutes if offset[1] == "+" else -minutes))
    elif len(stripped) < 64 and _NAME.fullmatch(stripped):
        return _named(stripped)
    raise Invalid(f'"{stripped[:64]}" is not a time zone such as "Europe/Berlin" or "UTC+4".')


def _named(name: str) -> tzinfo:
    try:
        return ZoneInfo(name)
    except (KeyError, ValueError, OSError):
        raise Invalid(f'There is no time zone "{name}".') from None
