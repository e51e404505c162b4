"""How long a key is kept. Source: courier.md 10.5."""

from datetime import UTC, datetime

_DAY_MS = 24 * 3_600_000
_YEAR_MS = 365 * _DAY_MS
_SECONDS_BELOW = 10**11


def expires_at(header: str, now_ms: int) -> int:
    """UTC milliseconds for an `x-idempotency-expiration` header: between a day and a year from now.

    Epoch milliseconds, epoch seconds (below 10^11) or ISO 8601, which means UTC where it names no offset; anything else
    means a day.
    """
    wished = _moment(header.strip())
    return now_ms + _DAY_MS if wished is None else max(now_ms + _DAY_MS, min(wished, now_ms + _YEAR_MS))


def _moment(text: str) -> int | None:
    if text.isascii() and text.isdigit() and len(text) <= 18:
        number = int(text)
        return number * 1000 if number < _SECONDS_BELOW else number
    try:
        moment = datetime.fromisoformat(text)
        aware = moment if moment.tzinfo else moment.replace(tzinfo=UTC)
        return int(aware.timestamp() * 1000)
    except (ValueError, OverflowError):
        return None
