"""When a provider is tried again. Pure."""

HOUR_MS = 3_600_000
_HOURS = {10: 1, 11: 2}


def deliver_retry_at(attempt: int, *, now: int, jitter: float, retry_after_ms: int | None) -> int:
    """When attempt number `attempt` (first = 1), which has failed, is to be followed by the next; UTC milliseconds.

    After 1 to 9: 1, 2, 4, … 30 s; after 10: one hour; after 11: two; then every three hours, each ±10 % by `jitter` in [-1, 1].
    Never before what the provider asked for. Source: courier.md 6.5.
    """
    wait = min(1_000 * 2 ** (attempt - 1), 30_000) if attempt < 10 else _HOURS.get(attempt, 3) * HOUR_MS
    return now + max(round(wait * (1 + 0.1 * jitter)), retry_after_ms or 0)
