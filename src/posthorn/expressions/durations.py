"""Lengths of time as people and ISO 8601 write them."""

import re

from posthorn.errors import Invalid

_SECOND = 1_000
_MINUTE = 60 * _SECOND
_HOUR = 60 * _MINUTE
_DAY = 24 * _HOUR
_UNITS = {
    "second": _SECOND,
    "minute": _MINUTE,
    "hour": _HOUR,
    "day": _DAY,
    "week": 7 * _DAY,
    "month": 30 * _DAY,
    "year": 365 * _DAY,
}
_WORDS = re.compile(r"(\d{1,12})\s*(second|minute|hour|day|week|month|year)s?", re.IGNORECASE | re.ASCII)
_NUMBER = r"(\d{1,12}(?:[.,]\d{1,9})?)"
_ISO = re.compile(
    rf"P(?=[\dT])(?:{_NUMBER}Y)?(?:{_NUMBER}M)?(?:{_NUMBER}W)?(?:{_NUMBER}D)?"
    rf"(?:T(?=\d)(?:{_NUMBER}H)?(?:{_NUMBER}M)?(?:{_NUMBER}S)?)?",
    re.IGNORECASE | re.ASCII,
)
_ISO_UNITS = (365 * _DAY, 30 * _DAY, 7 * _DAY, _DAY, _HOUR, _MINUTE, _SECOND)
_LONGEST = 10 * 366 * _DAY


def parse_duration(text: str) -> int:
    """Milliseconds of "5 minutes", "1 hour", "3 days", "2 months" or "P1DT4H"; a month is 30 days, a year 365.

    Raises Invalid for anything else and for more than ten years. Source: courier.md 4.5.
    """
    stripped = text.strip()
    words = _WORDS.fullmatch(stripped)
    iso = _ISO.fullmatch(stripped)
    if words:
        total = int(words[1]) * _UNITS[words[2].lower()]
    elif iso:
        total = round(sum(_amount(part) * unit for part, unit in zip(iso.groups(), _ISO_UNITS, strict=True)))
    else:
        raise Invalid(f'"{text[:80]}" is not a duration such as "5 minutes", "3 days" or "PT1H".')
    if total > _LONGEST:
        raise Invalid(f'"{text[:80]}" is longer than ten years.')
    return total


def _amount(part: str | None) -> float:
    return float(part.replace(",", ".")) if part else 0
