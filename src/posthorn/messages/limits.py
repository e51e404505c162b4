"""The send limit: how many messages one user gets in a while, from wherever they come (courier.md 6.7). Pure."""

from collections.abc import Iterable

from msgspec import Struct

from posthorn.errors import Invalid
from posthorn.expressions.durations import parse_duration
from posthorn.preferences.model import Topic

MOST = 1_000


class SendLimit(Struct, frozen=True, kw_only=True):
    """At most so many messages in any such period. told: as it was written."""

    max_messages: int
    period_ms: int
    told: str


def read_limit(text: str) -> SendLimit | None:
    """The limit in a text such as "20 per 1 day"; None for an empty one. Raises Invalid."""
    if not text.strip():
        return None
    count, _, period = text.strip().partition(" per ")
    if not (count.isascii() and count.isdigit() and 1 <= int(count) <= MOST):
        raise Invalid(f'"{text[:80]}" is not a limit such as "20 per 1 day", with at most {MOST:,} messages.')
    return SendLimit(max_messages=int(count), period_ms=parse_duration(period), told=text.strip())


def limit_reached(limit: SendLimit, sent_at: Iterable[int], now: int) -> bool:
    """Whether one message more would be too many. sent_at: when the others were taken (UTC milliseconds)."""
    return sum(at > now - limit.period_ms for at in sent_at) >= limit.max_messages


def refusal(limit: SendLimit | None, topic: Topic | None, sent_at: Iterable[int], now: int) -> str:
    """Why a message of that topic does not go out, a sentence; "" if it does. Those of required topics always do."""
    if limit is None or (topic is not None and topic.default_status == "REQUIRED") or not limit_reached(limit, sent_at, now):
        return ""
    return f"The send limit of {limit.told} is reached."


def still_counted(limit: SendLimit, sent_at: Iterable[int], now: int) -> list[int]:
    """The times that matter from now on, with this one."""
    return [at for at in [*sent_at, now] if at > now - limit.period_ms][-MOST:]
