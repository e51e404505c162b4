"""Statements of the brands."""

from posthorn.storage.database import Transaction
from posthorn.templates.model import Brand


async def brand(tx: Transaction, environment: str, brand_id: str) -> Brand | None:
    """One brand, or None."""
    return await tx.first(
        Brand,
        "SELECT environment, brand_id, name, settings, snippets, created_at, updated_at FROM brands "
        "WHERE environment = :environment AND brand_id = :brand_id",
        environment=environment,
        brand_id=brand_id,
    )


async def brands(tx: Transaction, environment: str, *, after: str, limit: int) -> list[Brand]:
    """Brands behind an id, in order of the id."""
    return await tx.all(
        Brand,
        "SELECT environment, brand_id, name, settings, snippets, created_at, updated_at FROM brands "
        "WHERE environment = :environment AND brand_id > :after ORDER BY brand_id LIMIT :limit",
        environment=environment,
        after=after,
        limit=limit,
    )


async def all_brands(tx: Transaction) -> list[Brand]:
    """The brands of all environments."""
    return await tx.all(
        Brand,
        "SELECT environment, brand_id, name, settings, snippets, created_at, updated_at FROM brands "
        "ORDER BY environment, brand_id",
    )


async def save_brand(tx: Transaction, brand: Brand) -> None:
    """Writes a brand as it is now."""
    await tx.run(
        "INSERT INTO brands (environment, brand_id, name, settings, snippets, created_at, updated_at) "
        "VALUES (:environment, :brand_id, :name, :settings, :snippets, :created_at, :updated_at) "
        "ON CONFLICT (environment, brand_id) DO UPDATE SET name = excluded.name, settings = excluded.settings, "
        "snippets = excluded.snippets, updated_at = excluded.updated_at",
        environment=brand.environment,
        brand_id=brand.brand_id,
        name=brand.name,
        settings=brand.settings,
        snippets=brand.snippets,
        created_at=brand.created_at,
        updated_at=brand.updated_at,
    )


async def delete_brand(tx: Transaction, environment: str, brand_id: str) -> None:
    """Removes a brand."""
    await tx.run(
        "DELETE FROM brands WHERE environment = :environment AND brand_id = :brand_id",
        environment=environment,
        brand_id=brand_id,
    )
