"""Tenants below and above each other."""

from msgspec import Struct

from posthorn.errors import Invalid
from posthorn.storage.database import Transaction


class TenantId(Struct, frozen=True, kw_only=True):
    """One tenant's id."""

    tenant_id: str


async def next_below(tx: Transaction, environment: str, root: str, after: str) -> str | None:
    """The first tenant behind an id among a tenant and all those below it, at any depth; None behind the last."""
    row = await tx.first(
        TenantId,
        "WITH RECURSIVE below(tenant_id) AS (SELECT tenant_id FROM tenants WHERE environment = :environment "
        "AND tenant_id = :root UNION SELECT t.tenant_id FROM tenants t JOIN below b ON t.parent_tenant_id = b.tenant_id "
        "WHERE t.environment = :environment) "
        "SELECT tenant_id FROM below WHERE tenant_id > :after ORDER BY tenant_id LIMIT 1",
        environment=environment,
        root=root,
        after=after,
    )
    return row.tenant_id if row else None


async def refuse_cycle(tx: Transaction, environment: str, tenant_id: str, parent_tenant_id: str) -> None:
    """Raises Invalid if the parent is the tenant itself or lies below it."""
    line = await _line_above(tx, environment, parent_tenant_id)
    if tenant_id == parent_tenant_id or tenant_id in line:
        way = " > ".join([tenant_id, *reversed(line[: line.index(tenant_id)])] if tenant_id in line else [tenant_id])
        raise Invalid(f"parent_tenant_id: {parent_tenant_id} lies below {tenant_id} ({way}); a tenant cannot be above itself")


async def _line_above(tx: Transaction, environment: str, tenant_id: str) -> list[str]:
    """A tenant and those above it, the nearest first."""
    line: list[str] = []
    at: str | None = tenant_id
    while at is not None and at not in line:
        line.append(at)
        row = await tx.first(
            _Parent,
            "SELECT parent_tenant_id FROM tenants WHERE environment = :environment AND tenant_id = :tenant_id",
            environment=environment,
            tenant_id=at,
        )
        at = row.parent_tenant_id if row else None
    return line


class _Parent(Struct, frozen=True, kw_only=True):
    parent_tenant_id: str | None
