"""Statements of the audiences that Segment Engage computes: since when each is known."""

from posthorn.lists.engage import AudienceSeen
from posthorn.storage.database import Transaction
from posthorn.storage.revision import touch


async def engage_audiences(tx: Transaction) -> dict[tuple[str, str], int]:
    """When the first event of each Engage audience was seen: (environment, computation id) → UTC milliseconds."""
    rows = await tx.all(
        AudienceSeen,
        "SELECT environment, computation_id, first_seen_at FROM engage_audiences ORDER BY environment, computation_id",
    )
    return {(row.environment, row.computation_id): row.first_seen_at for row in rows}


async def note_engage_audiences(tx: Transaction, rows: list[AudienceSeen]) -> None:
    """Notes audiences that were not known, in order of their ids; the first moment stays."""
    fresh = 0
    for row in sorted(rows, key=lambda one: (one.environment, one.computation_id, one.first_seen_at)):
        fresh += await tx.run(
            "INSERT INTO engage_audiences (environment, computation_id, first_seen_at) "
            "VALUES (:environment, :computation_id, :first_seen_at) ON CONFLICT DO NOTHING",
            environment=row.environment,
            computation_id=row.computation_id,
            first_seen_at=row.first_seen_at,
        )
    if fresh:
        await touch(tx)
