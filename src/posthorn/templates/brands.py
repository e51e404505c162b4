"""Brands made, replaced and removed, and all of them in memory. Each verb also says that the configuration has changed."""

import re
from collections.abc import Mapping
from typing import Any

from msgspec import Struct
from msgspec.structs import replace

from posthorn.errors import Conflict, Invalid, NotFound
from posthorn.ids import prefixed_id
from posthorn.storage.database import Transaction
from posthorn.storage.revision import touch
from posthorn.templates import brand_store
from posthorn.templates.catalogue import load_catalogue
from posthorn.templates.model import Brand

DEFAULT = "default"
"""Id of the brand of everything that names none."""

_COLOUR = re.compile(r"#(?:[0-9a-fA-F]{3}|[0-9a-fA-F]{6})")
_LONGEST_NAME = 200
_LONGEST_ID = 200

Brands = Mapping[str, Mapping[str, Brand]]
"""Environment → brand id → brand."""


class WantedBrand(Struct, frozen=True, kw_only=True):
    """A brand as it shall be."""

    name: str
    settings: dict[str, Any] = {}
    snippets: dict[str, Any] = {}


async def load_brands(tx: Transaction) -> Brands:
    """All brands."""
    found: dict[str, dict[str, Brand]] = {}
    for one in await brand_store.all_brands(tx):
        found.setdefault(one.environment, {})[one.brand_id] = one
    return found


async def find_brand(tx: Transaction, environment: str, brand_id: str) -> Brand:
    """One brand. Raises NotFound."""
    found = await brand_store.brand(tx, environment, brand_id)
    if found is None:
        raise NotFound(f"Brand {brand_id} not found")
    return found


async def create_brand(
    tx: Transaction, environment: str, brand_id: str | None, wanted: WantedBrand, *, now: int, seed: bytes
) -> Brand:
    """A new brand; without an id one derived from the time and the seed. Raises Invalid, Conflict for an id that is taken."""
    identifier = brand_id or prefixed_id("bnd_", now, seed)
    if len(identifier) > _LONGEST_ID:
        raise Invalid(f"id: At most {_LONGEST_ID} characters.")
    if await brand_store.brand(tx, environment, identifier) is not None:
        raise Conflict(f"Brand {identifier} exists already")
    brand = Brand(environment=environment, brand_id=identifier, name="", created_at=now, updated_at=now)
    return await _save(tx, brand, wanted, now)


async def replace_brand(tx: Transaction, environment: str, brand_id: str, wanted: WantedBrand, now: int) -> Brand:
    """Replaces name, settings and snippets. Raises Invalid, NotFound."""
    return await _save(tx, await find_brand(tx, environment, brand_id), wanted, now)


async def delete_brand(tx: Transaction, environment: str, brand_id: str) -> None:
    """Removes a brand. Raises NotFound, Conflict for the default brand and one that a template names."""
    await find_brand(tx, environment, brand_id)
    if brand_id == DEFAULT:
        raise Conflict("The default brand cannot be deleted")
    if (await load_catalogue(tx)).names_brand(environment, brand_id):
        raise Conflict(f"Brand {brand_id} has associated templates and cannot be deleted")
    await brand_store.delete_brand(tx, environment, brand_id)
    await touch(tx)


async def _save(tx: Transaction, brand: Brand, wanted: WantedBrand, now: int) -> Brand:
    _check(wanted)
    saved = replace(brand, name=wanted.name, settings=wanted.settings, snippets=wanted.snippets, updated_at=now)
    await brand_store.save_brand(tx, saved)
    await touch(tx)
    return saved


def _check(wanted: WantedBrand) -> None:
    if not wanted.name.strip():
        raise Invalid("name: Required")
    if len(wanted.name) > _LONGEST_NAME:
        raise Invalid(f"name: At most {_LONGEST_NAME} characters.")
    colors = wanted.settings.get("colors") or {}
    if not isinstance(colors, dict):
        raise Invalid("settings.colors: Expected an object.")
    for name in ("primary", "secondary"):
        colour = colors.get(name)
        if colour is not None and not (isinstance(colour, str) and _COLOUR.fullmatch(colour)):
            raise Invalid(f"settings.colors.{name}: Expected a colour such as #2563eb.")
