"""Providers: the catalogue, and those that are set up (courier.md 9.3)."""

from typing import Any, TypeVar

from litestar import delete, get, patch, post, put
from litestar.params import FromPath, FromQuery, JSONBody
from msgspec import UNSET, Struct, UnsetType

from posthorn.api.callbacks.providers import callback_url
from posthorn.api.caller import Caller, GivenCaller
from posthorn.api.context import Context, GivenContext
from posthorn.api.paging import Paging, decode_cursor, page, split
from posthorn.providers import installed
from posthorn.providers.catalogue import CatalogueEntry, catalogue
from posthorn.providers.installed import DEFAULT_TITLE, ProviderView, ProviderWish
from posthorn.providers.merge import merge_patch

Given = TypeVar("Given")
_SIZE = 20


class ProviderBody(Struct, frozen=True, kw_only=True):
    """A provider as it shall be. A masked secret that is sent back keeps what is stored."""

    provider: str
    title: str | None = None
    alias: str | None = None
    settings: dict[str, Any] | None = None


class ProviderChanges(Struct, frozen=True, kw_only=True):
    """What is to change; what is left out stays. A setting that is null is removed, as is an alias."""

    provider: str | UnsetType = UNSET
    title: str | UnsetType = UNSET
    alias: str | UnsetType | None = UNSET
    settings: dict[str, Any] | UnsetType = UNSET


class ProviderAnswer(Struct, frozen=True, kw_only=True, omit_defaults=True):
    """A provider that is set up. Times are epoch milliseconds; secrets in `settings` show their last four characters.

    callback_url: where the vendor may report what became of messages; not there if its kind reports nothing.
    """

    id: str
    provider: str
    title: str
    settings: dict[str, Any]
    created: int
    alias: str | None = None
    updated: int | None = None
    callback_url: str = ""


class ProviderPage(Struct, frozen=True, kw_only=True):
    """Providers in order of their ids."""

    paging: Paging
    results: list[ProviderAnswer]


class CataloguePage(Struct, frozen=True, kw_only=True):
    """What can be set up, in order of key. `form` is the JSON Schema of the settings."""

    paging: Paging
    results: list[CatalogueEntry]


@post("/providers")
async def create_provider(data: JSONBody[ProviderBody], context: GivenContext, caller: GivenCaller) -> ProviderAnswer:
    """Sets a provider up; messages can use it at once."""
    async with context.database.transaction() as tx:
        made = await installed.create(tx, context.vault, caller.environment, _wish(data), now_ms=context.clock.now_ms())
    return _answer(made, context, caller)


@get("/providers")
async def list_providers(context: GivenContext, caller: GivenCaller, cursor: FromQuery[str | None] = None) -> ProviderPage:
    """Providers that are set up in this environment. The built-in mailbox is not among them."""
    after = decode_cursor(cursor, str) or ""
    async with context.database.snapshot() as tx:
        rows = await installed.page(tx, context.vault, caller.environment, after_id=after, limit=_SIZE + 1)
    shown, paging = page([_answer(row, context, caller) for row in rows], _SIZE, lambda row: row.id)
    return ProviderPage(paging=paging, results=shown)


@get("/providers/catalog")
async def list_catalogue(
    caller: GivenCaller,
    keys: FromQuery[list[str] | None] = None,
    name: FromQuery[str | None] = None,
    channel: FromQuery[str | None] = None,
) -> CataloguePage:
    """What can be set up. keys: a comma list; name: part of the name; channel: only of this one."""
    wanted = frozenset(split(keys)) if keys else None
    return CataloguePage(paging=Paging(more=False), results=catalogue(keys=wanted, name=name or "", channel=channel or ""))


@get("/providers/{provider_id:str}")
async def read_provider(provider_id: FromPath[str], context: GivenContext, caller: GivenCaller) -> ProviderAnswer:
    """One provider."""
    async with context.database.snapshot() as tx:
        found = await installed.get(tx, context.vault, caller.environment, provider_id)
    return _answer(found, context, caller)


@put("/providers/{provider_id:str}")
async def replace_provider(
    provider_id: FromPath[str], data: JSONBody[ProviderBody], context: GivenContext, caller: GivenCaller
) -> ProviderAnswer:
    """Replaces title, alias and settings; the kind of provider stays."""
    async with context.database.transaction() as tx:
        changed = await installed.replace(
            tx, context.vault, caller.environment, provider_id, _wish(data), now_ms=context.clock.now_ms()
        )
    return _answer(changed, context, caller)


@patch("/providers/{provider_id:str}")
async def change_provider(
    provider_id: FromPath[str], data: JSONBody[ProviderChanges], context: GivenContext, caller: GivenCaller
) -> ProviderAnswer:
    """Changes some of a provider; settings merge as a JSON Merge Patch (RFC 7396)."""
    async with context.database.transaction() as tx:
        shown = await installed.get(tx, context.vault, caller.environment, provider_id)
        wish = ProviderWish(
            provider=_or(data.provider, shown.provider),
            title=_or(data.title, shown.title),
            alias=_or(data.alias, shown.alias),
            settings=merge_patch(shown.settings, _or(data.settings, {})),
        )
        changed = await installed.replace(
            tx, context.vault, caller.environment, provider_id, wish, now_ms=context.clock.now_ms()
        )
    return _answer(changed, context, caller)


@delete("/providers/{provider_id:str}")
async def delete_provider(provider_id: FromPath[str], context: GivenContext, caller: GivenCaller) -> None:
    """Takes a provider out of use and forgets its settings."""
    async with context.database.transaction() as tx:
        await installed.delete(tx, caller.environment, provider_id, now_ms=context.clock.now_ms())


def _or(given: Given | UnsetType, stored: Given) -> Given:
    return stored if given is UNSET else given  # pyright: ignore[reportReturnType] - UNSET has only this one value


def _wish(data: ProviderBody) -> ProviderWish:
    return ProviderWish(
        provider=data.provider,
        title=DEFAULT_TITLE if data.title is None else data.title,
        alias=data.alias,
        settings=data.settings or {},
    )


def _answer(view: ProviderView, context: Context, caller: Caller) -> ProviderAnswer:
    return ProviderAnswer(
        id=view.id,
        provider=view.provider,
        title=view.title,
        settings=view.settings,
        created=view.created,
        alias=view.alias,
        updated=view.updated,
        callback_url=callback_url(context.settings.public_url, context.vault, caller.environment, view.id, view.provider),
    )


handlers = [create_provider, list_providers, list_catalogue, read_provider, replace_provider, change_provider, delete_provider]
