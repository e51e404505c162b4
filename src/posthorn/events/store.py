"""The table event_catalogue."""

from collections.abc import Iterable, Sequence

from msgspec import Struct

from posthorn.events.catalogue import SAMPLES, Sample, Sighting, merged
from posthorn.storage.database import Transaction

# An entry "<event id>@<receipt>" has at most 59 characters and a space: this many always hold SAMPLES whole ones.
_SAMPLES_LENGTH = SAMPLES * 60


class Totals(Struct, frozen=True, kw_only=True):
    """How many events were ever received in an environment, and when the last one was (UTC milliseconds.

    None for none).
    """

    event_count: int
    last_seen: int | None


class _Row(Struct, frozen=True, kw_only=True):
    environment: str
    event_key: str
    type: str
    name: str
    event_count: int
    first_seen: int
    last_seen: int
    samples: str = ""


async def add_sightings(tx: Transaction, partition: int, seen: Sequence[Sighting]) -> None:
    """Adds a block's sightings to what is there; one statement, one row for each kind of event."""
    await tx.many(
        """
        INSERT INTO event_catalogue
            (partition, environment, event_key, type, name, event_count, first_seen, last_seen, samples)
        VALUES (:partition, :environment, :event_key, :type, :name, :event_count, :first_seen, :last_seen, :samples)
        ON CONFLICT (partition, environment, event_key) DO UPDATE SET
            event_count = event_catalogue.event_count + excluded.event_count,
            first_seen = CASE WHEN excluded.first_seen < event_catalogue.first_seen
                THEN excluded.first_seen ELSE event_catalogue.first_seen END,
            last_seen = CASE WHEN excluded.last_seen > event_catalogue.last_seen
                THEN excluded.last_seen ELSE event_catalogue.last_seen END,
            samples = SUBSTR(excluded.samples || ' ' || event_catalogue.samples, 1, :samples_length)
        """,
        [_parameters(partition, sighting) for sighting in seen],
    )


async def catalogue(tx: Transaction, environment: str, event_type: str, after: str, limit: int) -> list[Sighting]:
    """Kinds of events by key, over all partitions, without samples.

    event_type: only these ("track", "page", …); "" for all. after: only keys above it; "" for the first page.
    """
    rows = await tx.all(
        _Row,
        """
        SELECT environment, event_key, MIN(type) AS type, MIN(name) AS name,
            CAST(SUM(event_count) AS BIGINT) AS event_count, MIN(first_seen) AS first_seen, MAX(last_seen) AS last_seen
        FROM event_catalogue
        WHERE environment = :environment AND event_key > :after AND (:event_type = '' OR type = :event_type)
        GROUP BY environment, event_key
        ORDER BY event_key
        LIMIT :limit
        """,
        environment=environment,
        after=after,
        event_type=event_type,
        limit=limit,
    )
    return [_read(row) for row in rows]


async def catalogue_entry(tx: Transaction, environment: str, key: str) -> Sighting | None:
    """One kind of event over all partitions, with its latest samples; None if none was ever received."""
    rows = await tx.all(
        _Row,
        """
        SELECT environment, event_key, type, name, event_count, first_seen, last_seen, samples
        FROM event_catalogue
        WHERE environment = :environment AND event_key = :event_key
        ORDER BY partition
        """,
        environment=environment,
        event_key=key,
    )
    return merged(_read(row) for row in rows)


async def catalogue_totals(tx: Transaction, environment: str) -> Totals:
    """Everything that was ever received in an environment."""
    totals = await tx.first(
        Totals,
        """
        SELECT CAST(COALESCE(SUM(event_count), 0) AS BIGINT) AS event_count, MAX(last_seen) AS last_seen
        FROM event_catalogue WHERE environment = :environment
        """,
        environment=environment,
    )
    return totals or Totals(event_count=0, last_seen=None)


def _parameters(partition: int, sighting: Sighting) -> dict[str, object]:
    return {
        "partition": partition,
        "environment": sighting.environment,
        "event_key": sighting.key,
        "type": sighting.type,
        "name": sighting.name,
        "event_count": sighting.event_count,
        "first_seen": sighting.first_seen,
        "last_seen": sighting.last_seen,
        "samples": _written(sighting.samples),
        "samples_length": _SAMPLES_LENGTH,
    }


def _written(samples: Iterable[Sample]) -> str:
    return " ".join(f"{sample.event_id}@{sample.received_at}" for sample in samples)


def _read(row: _Row) -> Sighting:
    return Sighting(
        environment=row.environment,
        key=row.event_key,
        type=row.type,
        name=row.name,
        event_count=row.event_count,
        first_seen=row.first_seen,
        last_seen=row.last_seen,
        samples=tuple(_samples(row.samples)),
    )


def _samples(text: str) -> Iterable[Sample]:
    for entry in text.split(" ")[:SAMPLES]:
        event_id, _, received_at = entry.rpartition("@")
        if event_id:
            yield Sample(event_id=event_id, received_at=int(received_at))
