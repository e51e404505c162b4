"""A message whose recipient has no address yet waits a little: a track often arrives before the identify (segment.md 6.5)."""

from msgspec.structs import replace

from posthorn.messages.model import TIMER_KIND, Message
from posthorn.messages.routing import NoRoute
from posthorn.timers.model import Timer

HOLD_MS = 30_000
RETRY_MS = 5_000


def held(message: Message, found: NoRoute, *, now: int) -> tuple[Message, Timer] | None:
    """The message as it waits and the timer of its next try; None if it is not to wait (any longer).

    Only messages of runs that an event from outside started wait, and only for an address.
    """
    is_from_event = message.run is not None and message.run.trigger_message_id != ""
    lacks_address = any(skip.kind == "address" for skip in found.skipped)
    until = message.held_until or now + HOLD_MS
    if not is_from_event or not lacks_address or message.status != "ENQUEUED" or now >= until:
        return None
    due_at = min(now + RETRY_MS, until)
    timer = Timer(
        timer_id=f"{message.message_id}/address/{due_at}",
        due_at=due_at,
        environment=message.environment,
        user_key=message.user_key,
        kind=TIMER_KIND,
        subject_id=message.message_id,
    )
    return replace(message, held_until=until), timer
