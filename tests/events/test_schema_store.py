"""Schemas, kept."""

import pytest
from msgspec.structs import replace

from posthorn.events.schema import FieldSeen, KindSchema
from posthorn.events.schema_store import add_schemas, kind_schema
from posthorn.storage.database import Database

pytestmark = pytest.mark.anyio
ONE = KindSchema(
    environment="production", key="track/Bought", event_count=2, fields={"properties.plan": FieldSeen(16, 1, 10, 20)}
)
OTHER = replace(ONE, event_count=3, fields={"properties.plan": FieldSeen(1, 3, 5, 30), "properties.n": FieldSeen(4, 1, 5, 5)})


async def test_what_is_seen_later_is_added(database: Database) -> None:
    async with database.transaction() as tx:
        await add_schemas(tx, 0, [ONE, replace(ONE, environment="test"), replace(ONE, key="identify")])
        await add_schemas(tx, 0, [OTHER])
        found = await kind_schema(tx, "production", "track/Bought")
        untouched = await kind_schema(tx, "test", "track/Bought")

    assert found is not None
    assert found.event_count == 5
    assert found.fields == {"properties.plan": FieldSeen(17, 4, 5, 30), "properties.n": FieldSeen(4, 1, 5, 5)}
    assert untouched == replace(ONE, environment="test")


async def test_partitions_are_told_as_one(postgres: Database) -> None:
    async with postgres.transaction() as tx:
        await add_schemas(tx, 0, [ONE])
        await add_schemas(tx, 7, [OTHER])
        found = await kind_schema(tx, "production", "track/Bought")

    assert found is not None
    assert found.event_count == 5


async def test_a_kind_that_was_never_looked_at_has_none(sqlite: Database) -> None:
    async with sqlite.snapshot() as tx:
        assert await kind_schema(tx, "production", "track/Never") is None
