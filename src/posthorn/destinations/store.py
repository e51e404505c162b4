"""The tables destinations and forward_failures."""

from collections.abc import Sequence
from typing import Any

import msgspec
from msgspec import Struct

from posthorn.destinations.model import State
from posthorn.storage.database import Transaction


class DestinationRow(Struct, frozen=True, kw_only=True):
    """One destination in one environment; `settings` without the secret, which is sealed."""

    environment: str
    destination: str
    sealed_secret: str
    settings: dict[str, Any]
    state: State
    state_reason: str
    verified_at: int | None
    updated_at: int


class StateChange(Struct, frozen=True, kw_only=True):
    """A new state for the settings that were last written at `seen_at`."""

    environment: str
    destination: str
    seen_at: int
    state: State
    reason: str


class Failure(Struct, frozen=True, kw_only=True):
    """An event that a destination did not take. failure_id: the event's messageId. event: its JSON.

    Failed_at: UTC milliseconds.
    """

    partition: int
    failure_id: str
    environment: str
    destination: str
    user_key: str
    event: bytes
    reason: str
    failed_at: int
    attempts: int


class Refused(Struct, frozen=True, kw_only=True):
    """Why an event did not get through, and when it was given up (UTC milliseconds)."""

    failure_id: str
    reason: str
    failed_at: int


class _Count(Struct, frozen=True, kw_only=True):
    failure_count: int


async def destinations(tx: Transaction, destination: str) -> list[DestinationRow]:
    """The environments a destination is set up in."""
    return await tx.all(
        DestinationRow,
        """
        SELECT environment, destination, sealed_secret, settings, state, state_reason, verified_at, updated_at
        FROM destinations WHERE destination = :destination ORDER BY environment
        """,
        destination=destination,
    )


async def put_destination(tx: Transaction, row: DestinationRow) -> None:
    """Writes it, over what was there."""
    await tx.run(
        """
        INSERT INTO destinations
            (environment, destination, sealed_secret, settings, state, state_reason, verified_at, updated_at)
        VALUES (:environment, :destination, :sealed_secret, :settings, :state, :state_reason, :verified_at, :updated_at)
        ON CONFLICT (environment, destination) DO UPDATE SET
            sealed_secret = excluded.sealed_secret, settings = excluded.settings, state = excluded.state,
            state_reason = excluded.state_reason, verified_at = excluded.verified_at, updated_at = excluded.updated_at
        """,
        **msgspec.structs.asdict(row),
    )


async def set_state(tx: Transaction, change: StateChange, now: int) -> int:
    """Writes the state and why, unless the row was written since it was seen; the number of rows written."""
    return await tx.run(
        """
        UPDATE destinations SET state = :state, state_reason = :reason, updated_at = :now
        WHERE environment = :environment AND destination = :destination AND updated_at = :seen_at
        """,
        now=now,
        **msgspec.structs.asdict(change),
    )


async def set_verified(tx: Transaction, environment: str, destination: str, seen_at: int, now: int) -> int:
    """Writes when the key was found to exist, unless the row was written since it was seen; the number of rows written."""
    return await tx.run(
        """
        UPDATE destinations SET verified_at = :now
        WHERE environment = :environment AND destination = :destination AND updated_at = :seen_at
        """,
        environment=environment,
        destination=destination,
        seen_at=seen_at,
        now=now,
    )


async def add_failures(tx: Transaction, failures: Sequence[Failure]) -> None:
    """Adds them; one that is there already gets the new reason, and its attempts are added up."""
    await tx.many(
        """
        INSERT INTO forward_failures
            (partition, failure_id, environment, destination, user_key, event, reason, failed_at, attempts)
        VALUES (:partition, :failure_id, :environment, :destination, :user_key, :event, :reason, :failed_at, :attempts)
        ON CONFLICT (partition, failure_id) DO UPDATE SET
            reason = excluded.reason, failed_at = excluded.failed_at,
            attempts = forward_failures.attempts + excluded.attempts
        """,
        [msgspec.structs.asdict(failure) for failure in failures],
    )


class Before(Struct, frozen=True, kw_only=True):
    """A place in a list of failures, newest first: everything behind it failed earlier, or then with a lesser id."""

    failed_at: int
    failure_id: str


async def failures(tx: Transaction, environment: str, destination: str, place: Before, limit: int) -> list[Failure]:
    """Those of a destination that lie behind a place; newest first."""
    return await tx.all(
        Failure,
        """
        SELECT partition, failure_id, environment, destination, user_key, event, reason, failed_at, attempts
        FROM forward_failures
        WHERE environment = :environment AND destination = :destination
            AND (failed_at < :before_at OR (failed_at = :before_at AND failure_id < :before_id))
        ORDER BY failed_at DESC, failure_id DESC
        LIMIT :limit
        """,
        environment=environment,
        destination=destination,
        before_at=place.failed_at,
        before_id=place.failure_id,
        limit=limit,
    )


async def failure(tx: Transaction, environment: str, destination: str, failure_id: str) -> Failure | None:
    """The one of that id, or None."""
    return await tx.first(
        Failure,
        """
        SELECT partition, failure_id, environment, destination, user_key, event, reason, failed_at, attempts
        FROM forward_failures
        WHERE environment = :environment AND destination = :destination AND failure_id = :failure_id
        """,
        environment=environment,
        destination=destination,
        failure_id=failure_id,
    )


async def failures_among(tx: Transaction, partition: int, failure_ids: tuple[str, ...]) -> list[Refused]:
    """Why these events did not get through; those that did are left out."""
    return await tx.all(
        Refused,
        "SELECT failure_id, reason, failed_at FROM forward_failures "
        f"WHERE partition = :partition AND {tx.sql.is_any('failure_id', 'failure_ids')}",
        partition=partition,
        failure_ids=failure_ids,
    )


async def failure_count(tx: Transaction, environment: str, destination: str) -> int:
    """How many there are."""
    count = await tx.first(
        _Count,
        """
        SELECT COUNT(failure_id) AS failure_count FROM forward_failures
        WHERE environment = :environment AND destination = :destination
        """,
        environment=environment,
        destination=destination,
    )
    return count.failure_count if count else 0


async def delete_failure(tx: Transaction, partition: int, failure_id: str) -> int:
    """Removes it; the number removed."""
    return await tx.run(
        "DELETE FROM forward_failures WHERE partition = :partition AND failure_id = :failure_id",
        partition=partition,
        failure_id=failure_id,
    )


async def delete_failures_at(tx: Transaction, environment: str, destination: str) -> int:
    """Removes all of one destination; the number removed."""
    return await tx.run(
        "DELETE FROM forward_failures WHERE environment = :environment AND destination = :destination",
        environment=environment,
        destination=destination,
    )


async def delete_failures_of(tx: Transaction, partition: int, environment: str, user_key: str) -> int:
    """Removes all of one user; the number removed."""
    return await tx.run(
        """
        DELETE FROM forward_failures
        WHERE partition = :partition AND environment = :environment AND user_key = :user_key
        """,
        partition=partition,
        environment=environment,
        user_key=user_key,
    )
