"""What is remembered of the messages that a user got, for the send limit. Pure."""

from posthorn.automations.marks import Mark, Marks
from posthorn.messages.limits import SendLimit, still_counted
from posthorn.messages.model import Message

KIND = "send_limit"
_NOT_SENT = frozenset({"THROTTLED", "FILTERED", "UNMAPPED", "UNROUTABLE", "UNDELIVERABLE", "CANCELED"})


def counted_times(marks: Marks) -> tuple[int, ...]:
    """When messages of this user were taken, oldest first (UTC milliseconds)."""
    mark = marks.get((KIND, ""))
    return tuple(mark.body["at"]) if mark is not None and mark.body is not None else ()


def counted(message: Message, marks: Marks, limit: SendLimit | None, now: int) -> tuple[Mark, ...]:
    """The mark with this message in it; none without a limit, and for one that does not go out."""
    if limit is None or message.status in _NOT_SENT:
        return ()
    at = still_counted(limit, counted_times(marks), now)
    return (Mark(user_key=message.user_key, kind=KIND, name="", expires_at=now + limit.period_ms, body={"at": at}),)
