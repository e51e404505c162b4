"""The table event_schemas."""

from collections.abc import Sequence

from msgspec import Struct

from posthorn.events.schema import FieldSeen, KindSchema, merged
from posthorn.storage.database import Transaction


class _Row(Struct, frozen=True, kw_only=True):
    environment: str
    event_key: str
    event_count: int
    is_cut: bool
    fields: dict[str, FieldSeen]


async def add_schemas(tx: Transaction, partition: int, seen: Sequence[KindSchema]) -> None:
    """Adds what a step has seen to what is known, set by set: one statement reads an environment's kinds, one writes them."""
    for environment in sorted({one.environment for one in seen}):
        some = {one.key: one for one in seen if one.environment == environment}
        known = {one.key: one for one in await _load(tx, partition, environment, tuple(some))}
        await _save(tx, partition, [merged(known[key], one) if key in known else one for key, one in some.items()])


async def kind_schema(tx: Transaction, environment: str, key: str) -> KindSchema | None:
    """What is known of one kind over all partitions; None if none was looked at."""
    rows = await tx.all(
        _Row,
        "SELECT environment, event_key, event_count, is_cut, fields FROM event_schemas "
        "WHERE environment = :environment AND event_key = :event_key ORDER BY partition",
        environment=environment,
        event_key=key,
    )
    found: KindSchema | None = None
    for row in rows:
        found = _read(row) if found is None else merged(found, _read(row))
    return found


async def _load(tx: Transaction, partition: int, environment: str, keys: tuple[str, ...]) -> list[KindSchema]:
    rows = await tx.all(
        _Row,
        "SELECT environment, event_key, event_count, is_cut, fields FROM event_schemas "
        f"WHERE partition = :partition AND environment = :environment AND {tx.sql.is_any('event_key', 'keys')}",
        partition=partition,
        environment=environment,
        keys=keys,
    )
    return [_read(row) for row in rows]


async def _save(tx: Transaction, partition: int, known: Sequence[KindSchema]) -> None:
    await tx.many(
        """
        INSERT INTO event_schemas (partition, environment, event_key, event_count, is_cut, fields)
        VALUES (:partition, :environment, :event_key, :event_count, :is_cut, :fields)
        ON CONFLICT (partition, environment, event_key) DO UPDATE SET
            event_count = excluded.event_count, is_cut = excluded.is_cut, fields = excluded.fields
        """,
        [
            {
                "partition": partition,
                "environment": one.environment,
                "event_key": one.key,
                "event_count": one.event_count,
                "is_cut": one.is_cut,
                "fields": one.fields,
            }
            for one in known
        ],
    )


def _read(row: _Row) -> KindSchema:
    return KindSchema(
        environment=row.environment, key=row.event_key, event_count=row.event_count, fields=row.fields, is_cut=row.is_cut
    )
