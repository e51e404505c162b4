"""Which endpoints are set up: as they are kept, and as they are held in memory."""

from collections.abc import Mapping, Sequence
from typing import Any

import msgspec
from msgspec import Struct

from posthorn.errors import Invalid
from posthorn.outbox import store as outbox
from posthorn.secrets import Vault
from posthorn.storage.database import Transaction
from posthorn.storage.revision import touch
from posthorn.webhooks import store
from posthorn.webhooks.model import EVENTS, Endpoint

MOST_ENDPOINTS = 50
_LONGEST_URL = 2_000
_LONGEST_DESCRIPTION = 500
_SECRET_LENGTHS = (8, 200)
_DISABLED = "No call has gone well for three days. It began with: "


class Endpoints(Struct, frozen=True, kw_only=True):
    """Everything that is set up, by environment and by lane of the outbox."""

    by_environment: Mapping[str, Sequence[Endpoint]] = {}
    by_lane: Mapping[str, Endpoint] = {}

    def of(self, environment: str) -> Sequence[Endpoint]:
        """Those of one environment, by id."""
        return self.by_environment.get(environment, ())


async def load_endpoints(tx: Transaction, vault: Vault) -> Endpoints:
    """All of them, with their secrets opened. Raises Invalid if the secret key is another one."""
    found = [_endpoint(row, vault) for row in await store.all_endpoints(tx)]
    by_environment: dict[str, list[Endpoint]] = {}
    for one in found:
        by_environment.setdefault(one.environment, []).append(one)
    return Endpoints(by_environment=by_environment, by_lane={one.lane: one for one in found})


def checked(endpoint: Endpoint) -> Endpoint:
    """The endpoint if it can be kept; raises Invalid. Whether its address may be called is another question."""
    unknown = sorted(set(endpoint.events) - set(EVENTS))
    if unknown:
        raise Invalid(f"events: there is no event {unknown[0][:100]!r}; known are {', '.join(EVENTS)}")
    if len(endpoint.url) > _LONGEST_URL or not endpoint.url.isprintable():
        raise Invalid(f"url: at most {_LONGEST_URL} printable characters")
    shortest, longest = _SECRET_LENGTHS
    if not shortest <= len(endpoint.secret) <= longest or not endpoint.secret.isprintable():
        raise Invalid(f"secret: {shortest} to {longest} printable characters")
    if len(endpoint.description) > _LONGEST_DESCRIPTION or "\0" in endpoint.description:
        raise Invalid(f"description: at most {_LONGEST_DESCRIPTION} characters, without NUL")
    return msgspec.structs.replace(endpoint, events=tuple(dict.fromkeys(endpoint.events)))


async def save_endpoint(tx: Transaction, vault: Vault, endpoint: Endpoint, now: int) -> None:
    """Keeps it; what waits for it is tried at once."""
    fields: dict[str, Any] = msgspec.structs.asdict(endpoint) | {"events": list(endpoint.events)}
    row = store.EndpointRow(sealed_secret=vault.seal(fields.pop("secret")), **fields)
    await store.put_endpoint(tx, row)
    await outbox.hasten(tx, endpoint.lane, now)
    await touch(tx)


async def remove_endpoint(tx: Transaction, endpoint: Endpoint) -> None:
    """Forgets it, and what it has not been told yet."""
    await store.delete_endpoint(tx, endpoint.environment, endpoint.endpoint_id)
    await outbox.drop_lane(tx, endpoint.lane)
    await touch(tx)


async def failing_since(tx: Transaction, endpoint: Endpoint) -> int | None:
    """Since when no call has gone well (UTC milliseconds); None if the last one did."""
    found = await store.health(tx, endpoint.environment, endpoint.endpoint_id)
    return found.failing_since if found else None


async def note_failure(tx: Transaction, endpoint: Endpoint, *, error: str, now: int) -> None:
    """Notes that a call failed; only the first after one that went well counts."""
    await store.note_failure(tx, endpoint.environment, endpoint.endpoint_id, error=error[:500], now=now)


async def note_success(tx: Transaction, endpoint: Endpoint) -> None:
    """Notes that calls go well again."""
    await store.note_success(tx, endpoint.environment, endpoint.endpoint_id)


async def disable(tx: Transaction, endpoint: Endpoint, *, failing_before: int) -> bool:
    """Calls it no more, if no call has gone well since then (UTC milliseconds); whether it is disabled by that."""
    is_disabled = await store.disable(
        tx, endpoint.environment, endpoint.endpoint_id, reason=_DISABLED, failing_before=failing_before
    )
    if is_disabled:
        await touch(tx)
    return bool(is_disabled)


def _endpoint(row: store.EndpointRow, vault: Vault) -> Endpoint:
    fields: dict[str, Any] = msgspec.structs.asdict(row) | {"events": tuple(row.events)}
    return Endpoint(secret=vault.open(fields.pop("sealed_secret")), **fields)
