"""Statements of the endpoints."""

import msgspec
from msgspec import Struct

from posthorn.storage.database import Transaction
from posthorn.webhooks.model import State


class EndpointRow(Struct, frozen=True, kw_only=True):
    """An endpoint as it is kept, its secret sealed."""

    environment: str
    endpoint_id: str
    url: str
    sealed_secret: str
    events: list[str]
    description: str
    state: State
    state_reason: str
    failing_since: int | None
    last_error: str
    created_at: int
    updated_at: int


class Health(Struct, frozen=True, kw_only=True):
    """How an endpoint is doing, see model.Endpoint."""

    failing_since: int | None


async def all_endpoints(tx: Transaction) -> list[EndpointRow]:
    """Every endpoint, by environment and id."""
    return await tx.all(
        EndpointRow,
        "SELECT environment, endpoint_id, url, sealed_secret, events, description, state, state_reason, failing_since, "
        "last_error, created_at, updated_at FROM webhook_endpoints ORDER BY environment, endpoint_id",
    )


async def put_endpoint(tx: Transaction, row: EndpointRow) -> None:
    """Writes it, over what was there."""
    await tx.run(
        "INSERT INTO webhook_endpoints (environment, endpoint_id, url, sealed_secret, events, description, state, "
        "state_reason, failing_since, last_error, created_at, updated_at) VALUES (:environment, :endpoint_id, :url, "
        ":sealed_secret, :events, :description, :state, :state_reason, :failing_since, :last_error, :created_at, :updated_at) "
        "ON CONFLICT (environment, endpoint_id) DO UPDATE SET url = excluded.url, sealed_secret = excluded.sealed_secret, "
        "events = excluded.events, description = excluded.description, state = excluded.state, "
        "state_reason = excluded.state_reason, failing_since = excluded.failing_since, last_error = excluded.last_error, "
        "updated_at = excluded.updated_at",
        **msgspec.structs.asdict(row),
    )


async def delete_endpoint(tx: Transaction, environment: str, endpoint_id: str) -> int:
    """Removes it; the number removed."""
    return await tx.run(
        "DELETE FROM webhook_endpoints WHERE environment = :environment AND endpoint_id = :endpoint_id",
        environment=environment,
        endpoint_id=endpoint_id,
    )


async def health(tx: Transaction, environment: str, endpoint_id: str) -> Health | None:
    """How it is doing; None if it is gone."""
    return await tx.first(
        Health,
        "SELECT failing_since FROM webhook_endpoints WHERE environment = :environment AND endpoint_id = :endpoint_id",
        environment=environment,
        endpoint_id=endpoint_id,
    )


async def note_failure(tx: Transaction, environment: str, endpoint_id: str, *, error: str, now: int) -> None:
    """Notes the first failure after a call that went well; later ones change nothing."""
    await tx.run(
        "UPDATE webhook_endpoints SET failing_since = :now, last_error = :error "
        "WHERE environment = :environment AND endpoint_id = :endpoint_id AND failing_since IS NULL",
        environment=environment,
        endpoint_id=endpoint_id,
        error=error,
        now=now,
    )


async def note_success(tx: Transaction, environment: str, endpoint_id: str) -> None:
    """Notes that a call went well after some that did not."""
    await tx.run(
        "UPDATE webhook_endpoints SET failing_since = NULL, last_error = '' "
        "WHERE environment = :environment AND endpoint_id = :endpoint_id",
        environment=environment,
        endpoint_id=endpoint_id,
    )


async def disable(tx: Transaction, environment: str, endpoint_id: str, *, reason: str, failing_before: int) -> int:
    """Disables it if every call has failed since `failing_before`, for that reason and the first error; the rows changed."""
    return await tx.run(
        "UPDATE webhook_endpoints SET state = 'disabled', state_reason = :reason || last_error "
        "WHERE environment = :environment AND endpoint_id = :endpoint_id AND state = 'ok' AND failing_since <= :failing_before",
        environment=environment,
        endpoint_id=endpoint_id,
        reason=reason,
        failing_before=failing_before,
    )
