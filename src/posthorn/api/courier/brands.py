"""Brands: the look of mails and of the pages for readers (courier.md 9.4)."""

from typing import Any

from litestar import delete, get, post, put
from litestar.params import FromPath, FromQuery, JSONBody
from msgspec import Struct

from posthorn.api.caller import GivenCaller
from posthorn.api.context import GivenContext
from posthorn.api.paging import Paging, decode_cursor, page
from posthorn.templates import brand_store, brands
from posthorn.templates.brands import WantedBrand
from posthorn.templates.model import Brand

_SIZE = 20


class BrandBody(Struct, frozen=True, kw_only=True):
    """A brand as it shall be. `settings.colors.primary` is a colour such as `#2563eb`."""

    name: str
    settings: dict[str, Any] | None = None
    snippets: dict[str, Any] | None = None


class NewBrand(BrandBody, frozen=True, kw_only=True):
    """A new brand. The one with the id `default` is that of everything that names none."""

    id: str | None = None


class BrandAnswer(Struct, frozen=True, kw_only=True):
    """A brand as it is. Times are milliseconds since 1970."""

    id: str
    name: str
    created: int
    updated: int
    published: int
    version: str
    settings: dict[str, Any]
    snippets: dict[str, Any]


class BrandsAnswer(Struct, frozen=True, kw_only=True):
    """A page of brands."""

    paging: Paging
    results: list[BrandAnswer]


@post("/brands", status_code=200)
async def create_brand(data: JSONBody[NewBrand], context: GivenContext, caller: GivenCaller) -> BrandAnswer:
    """Makes a brand; it can be used at once."""
    now, seed = context.clock.now_ms(), context.seed()
    async with context.database.transaction() as tx:
        made = await brands.create_brand(tx, caller.environment, data.id, _wanted(data), now=now, seed=seed)
    await context.config.refresh(context.database)
    return _answer(made)


@get("/brands")
async def list_brands(context: GivenContext, caller: GivenCaller, cursor: FromQuery[str | None] = None) -> BrandsAnswer:
    """Brands in order of their ids."""
    after = decode_cursor(cursor, str) or ""
    async with context.database.snapshot() as tx:
        rows = await brand_store.brands(tx, caller.environment, after=after, limit=_SIZE + 1)
    shown, paging = page(rows, _SIZE, lambda row: row.brand_id)
    return BrandsAnswer(paging=paging, results=[_answer(row) for row in shown])


@get("/brands/{brand_id:str}")
async def read_brand(brand_id: FromPath[str], context: GivenContext, caller: GivenCaller) -> BrandAnswer:
    """One brand."""
    async with context.database.snapshot() as tx:
        return _answer(await brands.find_brand(tx, caller.environment, brand_id))


@put("/brands/{brand_id:str}")
async def replace_brand(
    brand_id: FromPath[str], data: JSONBody[BrandBody], context: GivenContext, caller: GivenCaller
) -> BrandAnswer:
    """Replaces name, settings and snippets."""
    now = context.clock.now_ms()
    async with context.database.transaction() as tx:
        changed = await brands.replace_brand(tx, caller.environment, brand_id, _wanted(data), now)
    await context.config.refresh(context.database)
    return _answer(changed)


@delete("/brands/{brand_id:str}")
async def delete_brand(brand_id: FromPath[str], context: GivenContext, caller: GivenCaller) -> None:
    """Removes a brand that no template names; what else named it gets the default one."""
    async with context.database.transaction() as tx:
        await brands.delete_brand(tx, caller.environment, brand_id)
    await context.config.refresh(context.database)


def _wanted(body: BrandBody) -> WantedBrand:
    return WantedBrand(name=body.name, settings=body.settings or {}, snippets=body.snippets or {})


def _answer(brand: Brand) -> BrandAnswer:
    return BrandAnswer(
        id=brand.brand_id,
        name=brand.name,
        created=brand.created_at,
        updated=brand.updated_at,
        published=brand.updated_at,
        version=str(brand.updated_at),
        settings=brand.settings,
        snippets=brand.snippets,
    )


handlers = [create_brand, list_brands, read_brand, replace_brand, delete_brand]
