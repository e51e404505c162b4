"""Statements of the bulk jobs."""

from collections.abc import Sequence

from posthorn.bulk.model import BulkJob, BulkUser
from posthorn.storage.database import Transaction


async def insert_job(tx: Transaction, job: BulkJob) -> None:
    """Adds a job; one that is there stays."""
    await tx.run(
        "INSERT INTO bulk_jobs (environment, job_id, definition, received, failures, run_at, created_at) "
        "VALUES (:environment, :job_id, :definition, 0, 0, NULL, :created_at) ON CONFLICT DO NOTHING",
        environment=job.environment,
        job_id=job.job_id,
        definition=job.definition,
        created_at=job.created_at,
    )


async def bulk_job(tx: Transaction, environment: str, job_id: str) -> BulkJob | None:
    """One job, or None."""
    return await tx.first(
        BulkJob,
        "SELECT environment, job_id, definition, received, failures, run_at, created_at FROM bulk_jobs "
        "WHERE environment = :environment AND job_id = :job_id",
        environment=environment,
        job_id=job_id,
    )


async def locked_job(tx: Transaction, environment: str, job_id: str) -> BulkJob | None:
    """The same, its row locked until the transaction ends."""
    return await tx.first(
        BulkJob,
        "SELECT environment, job_id, definition, received, failures, run_at, created_at FROM bulk_jobs "
        f"WHERE environment = :environment AND job_id = :job_id{tx.sql.for_update}",
        environment=environment,
        job_id=job_id,
    )


async def save_job(tx: Transaction, job: BulkJob) -> None:
    """Writes the counts of a job and whether it has been run."""
    await tx.run(
        "UPDATE bulk_jobs SET received = :received, failures = :failures, run_at = :run_at "
        "WHERE environment = :environment AND job_id = :job_id",
        environment=job.environment,
        job_id=job.job_id,
        received=job.received,
        failures=job.failures,
        run_at=job.run_at,
    )


async def insert_users(tx: Transaction, job: BulkJob, users: Sequence[BulkUser]) -> None:
    """Adds users to a job."""
    await tx.many(
        "INSERT INTO bulk_users (environment, job_id, position, user_key, given, recipient, status, message_id, error) "
        "VALUES (:environment, :job_id, :position, :user_key, :given, :recipient, :status, '', :error)",
        [
            {
                "environment": job.environment,
                "job_id": job.job_id,
                "position": one.position,
                "user_key": one.user_key,
                "given": one.given,
                "recipient": one.recipient,
                "status": one.status,
                "error": one.error,
            }
            for one in users
        ],
    )


async def users_after(tx: Transaction, environment: str, job_id: str, *, after: int, limit: int) -> list[BulkUser]:
    """Users of a job behind a position, in order."""
    return await tx.all(
        BulkUser,
        "SELECT position, user_key, given, recipient, status, message_id, error FROM bulk_users "
        "WHERE environment = :environment AND job_id = :job_id AND position > :after ORDER BY position LIMIT :limit",
        environment=environment,
        job_id=job_id,
        after=after,
        limit=limit,
    )


async def note_enqueued(tx: Transaction, environment: str, job_id: str, ids: Sequence[tuple[int, str]]) -> None:
    """Notes the message that each user gets: (position, message id)."""
    await tx.many(
        "UPDATE bulk_users SET status = 'ENQUEUED', message_id = :message_id "
        "WHERE environment = :environment AND job_id = :job_id AND position = :position",
        [
            {"environment": environment, "job_id": job_id, "position": position, "message_id": message_id}
            for position, message_id in ids
        ],
    )


async def prune_one(tx: Transaction, *, before: int) -> int:
    """Forgets the oldest bulk job that was made before a moment, with its users; 0 if there is none."""
    old = await tx.first(
        BulkJob,
        "SELECT environment, job_id, definition, received, failures, run_at, created_at FROM bulk_jobs "
        "WHERE created_at < :before ORDER BY created_at, job_id LIMIT 1",
        before=before,
    )
    if old is None:
        return 0
    key = {"environment": old.environment, "job_id": old.job_id}
    await tx.run("DELETE FROM bulk_users WHERE environment = :environment AND job_id = :job_id", **key)
    return await tx.run("DELETE FROM bulk_jobs WHERE environment = :environment AND job_id = :job_id", **key)


async def erase_user(tx: Transaction, environment: str, user_key: str) -> None:
    """Takes one user out of every job."""
    await tx.run(
        "DELETE FROM bulk_users WHERE environment = :environment AND user_key = :user_key",
        environment=environment,
        user_key=user_key,
    )
