"""The dead letters: events that a destination refused or did not take in twelve hours.

They stay visible and can be sent again.
"""

from collections.abc import Sequence

from msgspec import Struct

from posthorn.destinations import store
from posthorn.destinations.forward import destination_of, forward_command
from posthorn.destinations.model import OutboundEvent
from posthorn.destinations.store import Failure
from posthorn.outbox.model import Command
from posthorn.outbox.store import Claimed
from posthorn.storage.database import Transaction

_END_OF_TIME = 2**62


class Place(Struct, frozen=True, kw_only=True):
    """Where a failure stands in the list: failed_at in UTC milliseconds."""

    failed_at: int
    failure_id: str


async def record_failures(tx: Transaction, failed: Sequence[Failure]) -> None:
    """Keeps the events; in the transaction that takes their commands from the outbox, so that none is lost between."""
    await store.add_failures(tx, failed)


def failure_of(claimed: Claimed, reason: str, now: int) -> Failure:
    """The dead letter of a forward command that was claimed and will not be tried again."""
    return Failure(
        partition=claimed.partition,
        failure_id=claimed.command_id,
        environment=claimed.environment,
        destination=destination_of(claimed.lane),
        user_key=claimed.user_key,
        event=claimed.body,
        reason=reason[:1_000].replace("\0", ""),
        failed_at=now,
        attempts=claimed.attempt,
    )


async def failures_before(tx: Transaction, environment: str, last: Place | None, limit: int) -> list[Failure]:
    """A page, newest first; `last` is the place of the last one of the page before, None for the first page."""
    if last is None:
        return await store.failures(tx, environment, _END_OF_TIME, "", limit)
    return await store.failures(tx, environment, last.failed_at, last.failure_id, limit)


async def failed_count(tx: Transaction, environment: str, destination: str) -> int:
    """How many events of a destination are kept as failed."""
    return await store.failure_count(tx, environment, destination)


async def resend(tx: Transaction, environment: str, failure_id: str, now: int) -> tuple[Failure, Command] | None:
    """Takes an event from the dead letters: what it was, and the command that sends it again. None if there is no such.

    The command is to be put into the outbox in the same transaction. Its messageId stays the same, so that Segment
    drops it if it has it already, which is certain for 24 hours only.
    """
    failed = await store.failure(tx, environment, failure_id)
    if failed is None or not await store.delete_failure(tx, failed.partition, failed.failure_id):
        return None
    event = OutboundEvent(message_id=failed.failure_id, body=failed.event)
    return failed, forward_command(failed.destination, event, failed.environment, failed.user_key, now)


async def erase_failures(tx: Transaction, partition: int, environment: str, user_key: str) -> int:
    """Removes all events of one user; the number removed."""
    return await store.delete_failures_of(tx, partition, environment, user_key)
