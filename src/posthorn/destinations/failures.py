"""The dead letters: events that a destination refused or did not take in twelve hours.

They stay visible and can be sent again.
"""

from collections.abc import Sequence

from posthorn.destinations import store
from posthorn.destinations.forward import forward_command
from posthorn.destinations.model import OutboundEvent
from posthorn.destinations.store import Before, Failure, Refused
from posthorn.outbox.model import Command
from posthorn.outbox.store import Claimed
from posthorn.storage.database import Transaction

_END = Before(failed_at=2**62, failure_id="")


async def record_failures(tx: Transaction, failed: Sequence[Failure]) -> None:
    """Keeps the events; in the transaction that takes their commands from the outbox, so that none is lost between."""
    await store.add_failures(tx, failed)


def failure_of(claimed: Claimed, destination: str, reason: str, now: int) -> Failure:
    """The dead letter of a command that was claimed and will not be tried again. destination: its key, or an endpoint's id."""
    return Failure(
        partition=claimed.partition,
        failure_id=claimed.command_id,
        environment=claimed.environment,
        destination=destination,
        user_key=claimed.user_key,
        event=claimed.body,
        reason=reason[:1_000].replace("\0", ""),
        failed_at=now,
        attempts=claimed.attempt,
    )


async def failures_before(
    tx: Transaction, environment: str, destination: str, last: Before | None, limit: int
) -> list[Failure]:
    """A page, newest first; `last` is the place of the last one of the page before, None for the first page."""
    return await store.failures(tx, environment, destination, last or _END, limit)


async def refused_among(tx: Transaction, partition: int, message_ids: tuple[str, ...]) -> list[Refused]:
    """Why those of the events that did not get through did not, in no order. message_ids: the events' own."""
    return await store.failures_among(tx, partition, message_ids)


async def failed_count(tx: Transaction, environment: str, destination: str) -> int:
    """How many events of a destination are kept as failed."""
    return await store.failure_count(tx, environment, destination)


async def take_failure(tx: Transaction, environment: str, destination: str, failure_id: str) -> Failure | None:
    """Takes an event from the dead letters, to be sent again by a command that is put into the outbox in the same
    transaction; None if there is no such.
    """
    failed = await store.failure(tx, environment, destination, failure_id)
    if failed is None or not await store.delete_failure(tx, failed.partition, failed.failure_id):
        return None
    return failed


def resend_command(failed: Failure, now: int) -> Command:
    """The command that sends it again. Its messageId stays the same, so that Segment drops it if it has it already, which is
    certain for 24 hours only.
    """
    event = OutboundEvent(message_id=failed.failure_id, body=failed.event)
    return forward_command(failed.destination, event, failed.environment, failed.user_key, now)


async def drop_failures(tx: Transaction, environment: str, destination: str) -> int:
    """Removes all events of one destination; the number removed."""
    return await store.delete_failures_at(tx, environment, destination)


async def erase_failures(tx: Transaction, partition: int, environment: str, user_key: str) -> int:
    """Removes all events of one user; the number removed."""
    return await store.delete_failures_of(tx, partition, environment, user_key)
