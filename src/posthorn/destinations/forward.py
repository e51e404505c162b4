"""The command that carries one event to a destination."""

from posthorn.destinations.model import GIVE_UP_AFTER_MS, OutboundEvent
from posthorn.outbox.model import Command

KIND = "forward"


def lane(destination: str, environment: str) -> str:
    """All events of one key go one way: the destination and the environment, such as "segment:production"."""
    return f"{destination}:{environment}"


def destination_of(lane_name: str) -> str:
    """The destination's key of a lane."""
    return lane_name.partition(":")[0]


def forward_command(destination: str, event: OutboundEvent, environment: str, user_key: str, now: int) -> Command:
    """The command for an event: due at once, given up after twelve hours, known by the event's own messageId."""
    return Command(
        command_id=event.message_id,
        kind=KIND,
        lane=lane(destination, environment),
        environment=environment,
        user_key=user_key,
        due_at=now,
        expires_at=now + GIVE_UP_AFTER_MS,
        body=event.body,
    )
