"""Sources: where events come from, with the settings of segment.md 9. Their shared secrets are sealed before they are
stored.
"""

from typing import Any, cast

import msgspec

from posthorn.access import store
from posthorn.access.model import Source
from posthorn.access.store import StoredSource
from posthorn.errors import Conflict, Invalid, NotFound
from posthorn.secrets import Vault
from posthorn.storage.database import Transaction
from posthorn.storage.revision import touch

_KEPT_APART = ("source_id", "environment", "shared_secrets")
_MAX_ID = 100


def default_source_id(environment: str) -> str:
    """Id of the source that write keys belong to unless they name another."""
    return f"src_{environment}"


async def ensure_default_source(tx: Transaction, environment: str, now: int) -> str:
    """Makes the environment's default source exist; its id."""
    source = Source(source_id=default_source_id(environment), environment=environment, name="Default")
    stored = StoredSource(source_id=source.source_id, environment=environment, settings=_settings(source), sealed_secrets="")
    if await store.add_source(tx, stored, now):
        await touch(tx)
    return source.source_id


async def create_source(tx: Transaction, source: Source, vault: Vault, now: int) -> None:
    """Adds a source. Raises Invalid for settings that make no sense, Conflict if the id is taken."""
    _check(source)
    if not await store.add_source(tx, _sealed(source, vault), now):
        raise Conflict(f"There is a source {source.source_id!r} already.")
    await touch(tx)


async def update_source(tx: Transaction, source: Source, vault: Vault, now: int) -> None:
    """Replaces the settings of a source. Raises Invalid as `create_source`; NotFound if its environment has it not."""
    _check(source)
    if not await store.change_source(tx, _sealed(source, vault), now):
        raise NotFound(f"There is no source {source.source_id!r} in {source.environment}.")
    await touch(tx)


async def list_sources(tx: Transaction, vault: Vault) -> list[Source]:
    """Every source with its secrets opened, oldest first."""
    return [_opened(row, vault) for row in await store.sources(tx)]


def _check(source: Source) -> None:
    if not source.source_id or len(source.source_id) > _MAX_ID or not source.source_id.isprintable():
        raise Invalid(f"A source's id is 1 to {_MAX_ID} printable characters.")
    if source.environment not in {"production", "test"}:
        raise Invalid(f"The environment is production or test, not {source.environment!r}.")
    if min(source.rate_per_second, source.burst, source.max_trigger_age_ms) < 0:
        raise Invalid("rate_per_second, burst and max_trigger_age_ms are not negative.")
    if source.require_signature_and_key and not source.shared_secrets:
        raise Invalid("A source that requires a signature needs at least one shared secret.")


def _settings(source: Source) -> dict[str, Any]:
    settings = cast("dict[str, Any]", msgspec.to_builtins(source))
    return {name: value for name, value in settings.items() if name not in _KEPT_APART}


def _sealed(source: Source, vault: Vault) -> StoredSource:
    secrets = vault.seal(msgspec.json.encode(source.shared_secrets).decode()) if source.shared_secrets else ""
    return StoredSource(
        source_id=source.source_id,
        environment=source.environment,
        settings=_settings(source),
        sealed_secrets=secrets,
    )


def _opened(row: StoredSource, vault: Vault) -> Source:
    secrets: list[str] = msgspec.json.decode(vault.open(row.sealed_secrets)) if row.sealed_secrets else []
    kept = {"source_id": row.source_id, "environment": row.environment, "shared_secrets": secrets}
    return msgspec.convert({**row.settings, **kept}, Source)
