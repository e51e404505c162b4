import pytest

from posthorn.errors import Invalid
from posthorn.storage.database import Database
from posthorn.tenants import store
from posthorn.tenants.hierarchy import next_below, refuse_cycle
from posthorn.tenants.model import Tenant

pytestmark = pytest.mark.anyio

TREE = {"a": None, "a1": "a", "a2": "a", "a11": "a1", "b": None, "x": "y", "y": "x"}


async def _fill(database: Database) -> None:
    tenants = [
        Tenant(environment=environment, tenant_id=one, name=one, parent_tenant_id=parent, created_at=1, updated_at=1)
        for environment in ("production", "test")
        for one, parent in TREE.items()
    ]
    async with database.transaction() as tx:
        await store.save_tenants(tx, tenants)


async def _below(database: Database, root: str) -> list[str]:
    found: list[str] = []
    async with database.snapshot() as tx:
        while (one := await next_below(tx, "production", root, found[-1] if found else "")) is not None:
            found.append(one)
    return found


async def test_a_tenant_and_all_below_it_come_in_order(database: Database) -> None:
    await _fill(database)

    assert await _below(database, "a") == ["a", "a1", "a11", "a2"]
    assert await _below(database, "a11") == ["a11"]
    assert await _below(database, "unknown") == []


async def test_a_cycle_that_is_there_already_does_not_hang(database: Database) -> None:
    await _fill(database)

    assert await _below(database, "x") == ["x", "y"]


@pytest.mark.parametrize(
    ("tenant", "parent", "way"), [("a", "a", "(a)"), ("a", "a1", "(a > a1)"), ("a", "a11", "(a > a1 > a11)")]
)
async def test_whoever_lies_below_cannot_be_the_parent(sqlite: Database, tenant: str, parent: str, way: str) -> None:
    await _fill(sqlite)

    with pytest.raises(Invalid) as refused:
        async with sqlite.snapshot() as tx:
            await refuse_cycle(tx, "production", tenant, parent)

    assert refused.value.message == f"parent_tenant_id: {parent} lies below {tenant} {way}; a tenant cannot be above itself"


@pytest.mark.parametrize(("tenant", "parent"), [("a2", "a1"), ("b", "a"), ("new", "a11"), ("a", "unknown"), ("b", "x")])
async def test_any_other_parent_will_do(sqlite: Database, tenant: str, parent: str) -> None:
    await _fill(sqlite)

    async with sqlite.snapshot() as tx:
        await refuse_cycle(tx, "production", tenant, parent)
