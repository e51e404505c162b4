"""Statements of the broadcasts."""

from posthorn.broadcasts.model import Broadcast
from posthorn.storage.database import Transaction


async def save(tx: Transaction, broadcast: Broadcast) -> None:
    """Writes a broadcast as it is now."""
    await tx.run(
        "INSERT INTO broadcasts (environment, broadcast_id, name, channel, template_id, job_id, schedule, created_at, "
        "created_by, updated_at, updated_by, archived_at, archived_by) VALUES (:environment, :broadcast_id, :name, :channel, "
        ":template_id, :job_id, :schedule, :created_at, :created_by, :updated_at, :updated_by, :archived_at, :archived_by) "
        "ON CONFLICT (environment, broadcast_id) DO UPDATE SET name = excluded.name, job_id = excluded.job_id, "
        "schedule = excluded.schedule, updated_at = excluded.updated_at, updated_by = excluded.updated_by, "
        "archived_at = excluded.archived_at, archived_by = excluded.archived_by",
        environment=broadcast.environment,
        broadcast_id=broadcast.broadcast_id,
        name=broadcast.name,
        channel=broadcast.channel,
        template_id=broadcast.template_id,
        job_id=broadcast.job_id,
        schedule=broadcast.schedule,
        created_at=broadcast.created_at,
        created_by=broadcast.created_by,
        updated_at=broadcast.updated_at,
        updated_by=broadcast.updated_by,
        archived_at=broadcast.archived_at,
        archived_by=broadcast.archived_by,
    )


async def broadcast(tx: Transaction, environment: str, broadcast_id: str) -> Broadcast | None:
    """One broadcast that is not archived, with the state of its job; None if there is none."""
    return await tx.first(
        Broadcast,
        "SELECT b.environment, b.broadcast_id, b.name, b.channel, b.template_id, b.job_id, b.schedule, b.created_at, "
        "b.created_by, b.updated_at, b.updated_by, b.archived_at, b.archived_by, j.status AS job_status, "
        "j.cursor AS job_cursor, j.due_at AS job_due_at FROM broadcasts b LEFT JOIN jobs j ON j.job_id = b.job_id "
        "WHERE b.environment = :environment AND b.broadcast_id = :broadcast_id AND b.archived_at IS NULL",
        environment=environment,
        broadcast_id=broadcast_id,
    )


async def broadcasts(tx: Transaction, environment: str, *, before: str, limit: int) -> list[Broadcast]:
    """Broadcasts that are not archived, newest first; with `before` only those older than that id."""
    return await tx.all(
        Broadcast,
        "SELECT b.environment, b.broadcast_id, b.name, b.channel, b.template_id, b.job_id, b.schedule, b.created_at, "
        "b.created_by, b.updated_at, b.updated_by, b.archived_at, b.archived_by, j.status AS job_status, "
        "j.cursor AS job_cursor, j.due_at AS job_due_at FROM broadcasts b LEFT JOIN jobs j ON j.job_id = b.job_id "
        "WHERE b.environment = :environment AND b.archived_at IS NULL "
        "AND (CAST(:before AS TEXT) = '' OR b.broadcast_id < :before) "
        "ORDER BY b.broadcast_id DESC LIMIT :limit",
        environment=environment,
        before=before,
        limit=limit,
    )
