"""How far back: a length of time until now, or a moment."""

import re

from posthorn.errors import Invalid
from posthorn.expressions.durations import parse_duration
from posthorn.expressions.moments import timestamp

_SHORT = re.compile(r"(\d{1,6})([mhdw])", re.ASCII)
_UNITS = {"m": "minutes", "h": "hours", "d": "days", "w": "weeks"}


def since_moment(text: str, *, now: int) -> int:
    """UTC milliseconds of `7d`, `12h`, "2 weeks" or "P1D" before now, or of an ISO 8601 time. Raises Invalid."""
    short = _SHORT.fullmatch(text.strip())
    try:
        return now - parse_duration(f"{short[1]} {_UNITS[short[2]]}" if short else text)
    except Invalid:
        return timestamp(text)
