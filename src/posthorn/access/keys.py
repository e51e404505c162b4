"""Keys: made, listed, revoked. Only a hash is kept, so a key is seen once, when it is made.

A hash of the whole key is looked up, never compared piece by piece, so that the time of an answer tells nothing about a
key. Forms as in courier.md 10.1: `pk_prod_…`, `dk_prod_…` (renders drafts), `pk_test_…`; write keys are `wk_prod_…` and
`wk_test_…`. Keys that come from the settings may have any form, spaces included.
"""

import base64
import hashlib
from functools import lru_cache

from msgspec import Struct

from posthorn.access import store
from posthorn.access.model import Environment, Key, KeyKind
from posthorn.access.sources import ensure_default_source
from posthorn.errors import Invalid, NotFound
from posthorn.ids import prefixed_id, random_bytes
from posthorn.storage.database import Transaction
from posthorn.storage.revision import touch

_ENVIRONMENT_WORDS = {"production": "prod", "test": "test"}
_MAX_NAME = 200
_HINT_FROM = 12  # shorter keys would be half told by four characters


class KeyRequest(Struct, frozen=True, kw_only=True):
    """The key that is wanted. source_id: of a write key; "" for the environment's default source."""

    kind: KeyKind
    environment: Environment
    name: str = ""
    renders_drafts: bool = False
    source_id: str = ""


class NewKey(Struct, frozen=True, kw_only=True):
    """A key just made, and what will be shown of it from now on."""

    key: str
    shown: Key


@lru_cache(maxsize=1024)
def key_hash(key: str) -> bytes:
    """32 bytes that stand for a key; any text has one."""
    return hashlib.blake2b(key.encode("utf-8", "surrogatepass"), digest_size=32, person=b"posthorn-key").digest()


async def create_key(tx: Transaction, wanted: KeyRequest, now: int) -> NewKey:
    """Makes a key with 160 random bits. Raises Invalid for a senseless wish, NotFound for an unknown source."""
    _check(wanted)
    secret = base64.b32encode(random_bytes(20)).decode().lower()
    key = f"{_first_word(wanted)}_{_ENVIRONMENT_WORDS[wanted.environment]}_{secret}"
    source_id = await _source_id(tx, wanted, now)
    shown = _shown(key, wanted, source_id, now)
    await store.add_key(tx, shown, key_hash(key))
    await touch(tx)
    return NewKey(key=key, shown=shown)


async def list_keys(tx: Transaction) -> list[Key]:
    """Every key as it may be shown, revoked ones too, oldest first."""
    return await store.keys(tx)


async def revoke_key(tx: Transaction, key_id: str, now: int) -> None:
    """Revokes a key for good; again is the same as once. Raises NotFound for an unknown id."""
    if not await store.revoke(tx, key_id, now):
        raise NotFound(f"There is no key with the id {key_id!r}; `posthorn keys list` shows them.")
    await touch(tx)


async def ensure_preset(tx: Transaction, key: str, kind: KeyKind, now: int) -> Key:
    """Makes a key that the settings name exist in production, whatever its form.

    A key that was revoked stays revoked: the answer then has `revoked_at`.
    """
    found = await store.key_of_hash(tx, kind, key_hash(key))
    if found is not None:
        return found
    drafts = kind == "api" and key.startswith("dk_")
    wanted = KeyRequest(kind=kind, environment="production", name="from the settings", renders_drafts=drafts)
    shown = _shown(key, wanted, await _source_id(tx, wanted, now), now)
    await store.add_key(tx, shown, key_hash(key))
    await touch(tx)
    return shown


def _check(wanted: KeyRequest) -> None:
    if wanted.kind == "write" and wanted.renders_drafts:
        raise Invalid("Only an API key renders drafts; a write key only takes events.")
    if wanted.kind == "api" and wanted.source_id:
        raise Invalid("Only a write key belongs to a source.")
    if len(wanted.name) > _MAX_NAME or not wanted.name.isprintable():
        raise Invalid(f"A key's name is at most {_MAX_NAME} printable characters.")


def _first_word(wanted: KeyRequest) -> str:
    if wanted.kind == "write":
        return "wk"
    return "dk" if wanted.renders_drafts else "pk"


async def _source_id(tx: Transaction, wanted: KeyRequest, now: int) -> str:
    if wanted.kind == "api":
        return ""
    if not wanted.source_id:
        return await ensure_default_source(tx, wanted.environment, now)
    environments = {source.source_id: source.environment for source in await store.sources(tx)}
    if environments.get(wanted.source_id) != wanted.environment:
        raise NotFound(f"There is no source {wanted.source_id!r} in {wanted.environment}.")
    return wanted.source_id


def _shown(key: str, wanted: KeyRequest, source_id: str, now: int) -> Key:
    return Key(
        key_id=prefixed_id("key_", now, random_bytes(10)),
        kind=wanted.kind,
        environment=wanted.environment,
        source_id=source_id,
        name=wanted.name,
        hint=key[-4:] if len(key) >= _HINT_FROM else "",
        renders_drafts=wanted.renders_drafts,
        created_at=now,
    )
