"""Providers that are set up: the verbs of /providers (courier.md 9.3), and what of them lies in memory."""

from collections.abc import Mapping
from typing import Any

import msgspec
from msgspec import Struct

from posthorn.errors import Conflict, Invalid, NotFound
from posthorn.ids import prefixed_id, random_bytes
from posthorn.providers import mailbox, store
from posthorn.providers.catalogue import providers
from posthorn.providers.form import keep_secrets, masked, read_settings
from posthorn.providers.model import InstalledProvider
from posthorn.providers.seam import Provider
from posthorn.secrets import Vault
from posthorn.storage.database import Transaction
from posthorn.storage.revision import touch

DEFAULT_TITLE = "Default Configuration"
ENVIRONMENTS = ("production", "test")
_RESERVED_ALIASES = ("catalog",)
_LONGEST_NAME = 200


class ProviderWish(Struct, frozen=True, kw_only=True):
    """What a caller wants to be set up. provider: its key in the catalogue."""

    provider: str
    title: str = DEFAULT_TITLE
    alias: str | None = None
    settings: dict[str, Any] = {}


class ProviderView(Struct, frozen=True, kw_only=True):
    """A provider as it may be shown: secrets masked. Times are UTC milliseconds; updated is None if it never was."""

    id: str
    provider: str
    title: str
    alias: str | None
    settings: dict[str, Any]
    created: int
    updated: int | None


async def create(tx: Transaction, vault: Vault, environment: str, wish: ProviderWish, *, now_ms: int) -> ProviderView:
    """Sets a provider up. Raises Invalid for an unknown key or wrong settings, Conflict for an alias that is taken."""
    declared = _declared(wish.provider)
    settings = keep_secrets(declared.settings, wish.settings, {})
    row = store.ProviderRow(
        environment=environment,
        provider_id=prefixed_id("pv_", now_ms, random_bytes(10)),
        provider_key=wish.provider,
        title=_title(wish),
        alias=await _free_alias(tx, environment, wish.alias, own_id=""),
        sealed_settings=_sealed(vault, declared, settings),
        created_at=now_ms,
        updated_at=None,
    )
    await store.insert_provider(tx, row)
    await touch(tx)
    return _view(vault, row)


async def replace(
    tx: Transaction, vault: Vault, environment: str, provider_id: str, wish: ProviderWish, *, now_ms: int
) -> ProviderView:
    """Replaces title, alias and settings; a mask that was shown stands for the secret that is stored.

    Raises NotFound, Invalid for wrong settings or another provider's key, Conflict for an alias that is taken.
    """
    old = await _row(tx, environment, provider_id)
    if wish.provider != old.provider_key:
        raise Invalid(f"provider: Must stay {old.provider_key}")
    declared = _declared(wish.provider)
    settings = keep_secrets(declared.settings, wish.settings, _opened(vault, old))
    row = msgspec.structs.replace(
        old,
        title=_title(wish),
        alias=await _free_alias(tx, environment, wish.alias, own_id=provider_id),
        sealed_settings=_sealed(vault, declared, settings),
        updated_at=now_ms,
    )
    await store.update_provider(tx, row)
    await touch(tx)
    return _view(vault, row)


async def get(tx: Transaction, vault: Vault, environment: str, provider_id: str) -> ProviderView:
    """One provider. Raises NotFound."""
    return _view(vault, await _row(tx, environment, provider_id))


async def page(tx: Transaction, vault: Vault, environment: str, *, after_id: str = "", limit: int = 20) -> list[ProviderView]:
    """Providers in order of id, beginning after one."""
    return [_view(vault, row) for row in await store.providers_after(tx, environment, after_id, limit)]


async def delete(tx: Transaction, environment: str, provider_id: str, *, now_ms: int) -> None:
    """Takes a provider out of use and forgets its settings. Raises NotFound."""
    if not await store.archive_provider(tx, environment, provider_id, now_ms):
        raise _not_found(provider_id)
    await touch(tx)


async def load_installed(tx: Transaction, vault: Vault) -> tuple[InstalledProvider, ...]:
    """Every provider that can be used, oldest first: the order in which one fails over to the next.

    A provider that this version does not know, or whose settings it cannot read, is left out. The built-in mailbox is
    among them in an environment without a provider for e-mail or one that was left out, and only there: a mail that a
    real server did not take must not end as delivered in the mailbox.
    """
    rows = await store.all_providers(tx)
    usable = [each for each in (_installed(vault, row) for row in rows) if each is not None]
    left_out = {row.provider_id for row in rows} - {each.provider_id for each in usable}
    with_mail = {each.environment for each in usable if each.channel == "email"}
    with_mail |= {row.environment for row in rows if row.provider_id in left_out}
    return (*usable, *(built_in_mailbox(environment) for environment in ENVIRONMENTS if environment not in with_mail))


def built_in_mailbox(environment: str) -> InstalledProvider:
    """The mailbox as it is there without being set up."""
    return _in_memory(mailbox.provider, environment, provider_id="mailbox", settings=mailbox.Settings())


def _installed(vault: Vault, row: store.ProviderRow) -> InstalledProvider | None:
    declared = providers().get(row.provider_key)
    if declared is None:
        return None
    try:
        settings = msgspec.convert(_opened(vault, row), type=declared.settings)
    except msgspec.ValidationError:
        return None
    installed = _in_memory(declared, row.environment, provider_id=row.provider_id, settings=settings)
    return msgspec.structs.replace(installed, title=row.title, alias=row.alias)


def _in_memory(declared: Provider, environment: str, *, provider_id: str, settings: Struct) -> InstalledProvider:
    return InstalledProvider(
        provider_id=provider_id,
        environment=environment,
        key=declared.key,
        channel=declared.channel_of(settings) if declared.channel_of else declared.channel,
        settings=settings,
        title=declared.title,
        alias=None,
        has_address=declared.has_address,
        receiver_of=declared.receiver_of,
    )


def _declared(key: str) -> Provider:
    declared = providers().get(key)
    if declared is None:
        raise Invalid(f"provider: Unknown provider {key[:_LONGEST_NAME]}")
    return declared


def _title(wish: ProviderWish) -> str:
    if not 0 < len(wish.title) <= _LONGEST_NAME:
        raise Invalid(f"title: Must have 1 to {_LONGEST_NAME} characters")
    return wish.title


async def _free_alias(tx: Transaction, environment: str, alias: str | None, *, own_id: str) -> str | None:
    if not alias:
        return None
    if len(alias) > _LONGEST_NAME or alias in _RESERVED_ALIASES:
        raise Invalid(f"alias: Must have at most {_LONGEST_NAME} characters and be none of {_RESERVED_ALIASES[0]}")
    other = await store.provider_with_alias(tx, environment, alias)
    if other is not None and other.provider_id != own_id:
        raise Conflict(f"The alias {alias} is taken")
    return alias


async def _row(tx: Transaction, environment: str, provider_id: str) -> store.ProviderRow:
    row = await store.provider_row(tx, environment, provider_id)
    if row is None:
        raise _not_found(provider_id)
    return row


def _not_found(provider_id: str) -> NotFound:
    return NotFound(f"Provider {provider_id[:_LONGEST_NAME]} not found")


def _sealed(vault: Vault, declared: Provider, settings: Mapping[str, Any]) -> str:
    read_settings(declared.settings, settings)
    return vault.seal(msgspec.json.encode(settings).decode())


def _opened(vault: Vault, row: store.ProviderRow) -> dict[str, Any]:
    return msgspec.json.decode(vault.open(row.sealed_settings), type=dict[str, Any])


def _view(vault: Vault, row: store.ProviderRow) -> ProviderView:
    declared, settings = providers().get(row.provider_key), _opened(vault, row)
    return ProviderView(
        id=row.provider_id,
        provider=row.provider_key,
        title=row.title,
        alias=row.alias,
        settings=masked(declared.settings, settings) if declared else {},
        created=row.created_at,
        updated=row.updated_at,
    )
