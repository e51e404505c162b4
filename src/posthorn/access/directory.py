"""The directory: whose key is this, answered from memory. A new one is loaded when the configuration changes."""

from collections.abc import Mapping

from posthorn.access import store
from posthorn.access.keys import key_hash
from posthorn.access.model import ApiKey, Source, StudioUser
from posthorn.access.sources import list_sources
from posthorn.access.users import list_users
from posthorn.secrets import Vault
from posthorn.storage.database import Transaction


class Directory:
    """Implements `model.Keys`. Never changes; the server swaps it for a newer one."""

    def __init__(
        self,
        sources: Mapping[str, Source],
        write_keys: Mapping[bytes, str],
        api_keys: Mapping[bytes, ApiKey],
        users: Mapping[str, StudioUser] | None = None,
    ) -> None:
        self._sources = sources
        self._write_keys = write_keys
        self._api_keys = api_keys
        self.users = users or {}

    def source_of_write_key(self, write_key: str) -> Source | None:
        """The source a write key belongs to, disabled ones included; None for a key nobody knows."""
        source_id = self._write_keys.get(key_hash(write_key))
        return None if source_id is None else self._sources.get(source_id)

    def source(self, source_id: str) -> Source | None:
        """The source of that id, or None."""
        return self._sources.get(source_id)

    def api_key(self, key: str) -> ApiKey | None:
        """What an API key opens; None for a key nobody knows or that was revoked."""
        return self._api_keys.get(key_hash(key))


async def load_directory(tx: Transaction, vault: Vault) -> Directory:
    """The directory as this transaction sees it."""
    live = await store.live_keys(tx)
    return Directory(
        sources={source.source_id: source for source in await list_sources(tx, vault)},
        write_keys={row.key_hash: row.source_id for row in live if row.kind == "write"},
        api_keys={row.key_hash: _api_key(row) for row in live if row.kind == "api"},
        users={user.user_id: user for user in await list_users(tx)},
    )


def _api_key(row: store.HashedKey) -> ApiKey:
    return ApiKey(key_id=row.key_id, environment=row.environment, name=row.name, renders_drafts=row.renders_drafts)
