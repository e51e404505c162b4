"""When a message is due, and until when it is worth sending. Source: courier.md 6.2, 6.5, 6.6."""

from typing import Any

from posthorn.errors import Invalid
from posthorn.expressions.moments import moment
from posthorn.expressions.zones import zone_of

LONGEST_DELAY_MS = 365 * 86_400_000
MESSAGE_TIMEOUT_MS = 259_200_000
_MINUTE_MS = 60_000


def due_at(delay: Any, profile: dict[str, Any], *, now: int) -> int:
    """UTC milliseconds when a message with this `delay` goes out; `now` for none and for what has passed. Raises Invalid.

    A duration is rounded up to the next full minute. `until` wins over it. Zone: the delay's, else the profile's, else UTC.
    """
    if not isinstance(delay, dict):
        return now
    until, duration = delay.get("until"), delay.get("duration")
    if isinstance(until, str) and until.strip():
        due = moment(until, now=now, zone=_zone(delay, profile))
    elif isinstance(duration, int) and not isinstance(duration, bool):
        due = now + -(-max(duration, 0) // _MINUTE_MS) * _MINUTE_MS
    else:
        return now
    if due - now > LONGEST_DELAY_MS:
        raise Invalid("message.delay: A message can wait for one year at most.")
    return max(due, now)


def expires_at(timeout: dict[str, Any], *, now: int) -> int:
    """UTC milliseconds after which delivery is given up: `timeout.message` from now on, else 72 hours."""
    given = duration_ms(timeout.get("message"))
    return now + (MESSAGE_TIMEOUT_MS if given is None else given)


def duration_ms(value: Any) -> int | None:
    """A number of milliseconds as it may be written, one year at most; None for anything else than a positive one."""
    if isinstance(value, bool) or not isinstance(value, int) or value <= 0:
        return None
    return min(value, LONGEST_DELAY_MS)


def _zone(delay: dict[str, Any], profile: dict[str, Any]) -> str | None:
    if isinstance(delay.get("timezone"), str):
        return delay["timezone"]
    for name in (profile.get("zoneinfo"), profile.get("timezone")):
        if isinstance(name, str) and _is_zone(name):
            return name
    return None


def _is_zone(name: str) -> bool:
    try:
        zone_of(name)
    except Invalid:
        # What a profile says came from outside long ago; nobody can mend it now, and UTC is better than no message.
        return False
    return name.strip() != ""
