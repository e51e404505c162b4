"""Statements of the jobs."""

from msgspec import Struct

from posthorn.jobs.model import Job
from posthorn.storage.database import Transaction


class DueAt(Struct, frozen=True, kw_only=True):
    """When the next page is due, UTC milliseconds."""

    due_at: int | None


async def add(tx: Transaction, job: Job) -> None:
    """Adds a job. One that is there already stays as it is, however far it has come."""
    await tx.run(
        "INSERT INTO jobs (job_id, kind, environment, subject_id, body, cursor, due_at, total, done_count, failed_count, "
        "status, attempt_count, error, created_at, updated_at) VALUES (:job_id, :kind, :environment, :subject_id, :body, "
        ":cursor, :due_at, :total, :done_count, :failed_count, :status, :attempt_count, :error, :created_at, :updated_at) "
        "ON CONFLICT (job_id) DO NOTHING",
        job_id=job.job_id,
        kind=job.kind,
        environment=job.environment,
        subject_id=job.subject_id,
        body=job.body,
        cursor=job.cursor,
        due_at=job.due_at,
        total=job.total,
        done_count=job.done_count,
        failed_count=job.failed_count,
        status=job.status,
        attempt_count=job.attempt_count,
        error=job.error,
        created_at=job.created_at,
        updated_at=job.updated_at,
    )


async def job(tx: Transaction, environment: str, job_id: str) -> Job | None:
    """One job, or None."""
    return await tx.first(
        Job,
        "SELECT job_id, kind, environment, subject_id, body, cursor, due_at, total, done_count, failed_count, status, "
        "attempt_count, error, created_at, updated_at FROM jobs WHERE environment = :environment AND job_id = :job_id",
        environment=environment,
        job_id=job_id,
    )


async def next_job(tx: Transaction, *, after: str, now: int) -> Job | None:
    """The first job behind an id that can be worked now; its row is locked, and those that others have are passed over."""
    return await tx.first(
        Job,
        "SELECT job_id, kind, environment, subject_id, body, cursor, due_at, total, done_count, failed_count, status, "
        "attempt_count, error, created_at, updated_at FROM jobs "
        f"WHERE status = 'RUNNING' AND due_at <= :now AND job_id > :after ORDER BY job_id LIMIT 1{tx.sql.skip_locked}",
        after=after,
        now=now,
    )


async def next_due_at(tx: Transaction) -> int | None:
    """When the next job wants a page, UTC milliseconds; None if there is none."""
    row = await tx.first(DueAt, "SELECT MIN(due_at) AS due_at FROM jobs WHERE status = 'RUNNING'")
    return row.due_at if row else None


async def save(tx: Transaction, job: Job) -> None:
    """Writes how far a job has come."""
    await tx.run(
        "UPDATE jobs SET cursor = :cursor, due_at = :due_at, total = :total, done_count = :done_count, "
        "failed_count = :failed_count, status = :status, attempt_count = :attempt_count, error = :error, "
        "updated_at = :updated_at WHERE job_id = :job_id",
        job_id=job.job_id,
        cursor=job.cursor,
        due_at=job.due_at,
        total=job.total,
        done_count=job.done_count,
        failed_count=job.failed_count,
        status=job.status,
        attempt_count=job.attempt_count,
        error=job.error,
        updated_at=job.updated_at,
    )


async def save_failure(tx: Transaction, job: Job) -> None:
    """Notes that a page failed, unless somebody canceled the job meanwhile."""
    await tx.run(
        "UPDATE jobs SET due_at = :due_at, status = :status, attempt_count = :attempt_count, error = :error, "
        "updated_at = :updated_at WHERE job_id = :job_id AND status = 'RUNNING' AND cursor = :cursor",
        job_id=job.job_id,
        cursor=job.cursor,
        due_at=job.due_at,
        status=job.status,
        attempt_count=job.attempt_count,
        error=job.error,
        updated_at=job.updated_at,
    )


async def cancel(tx: Transaction, environment: str, job_id: str, now: int) -> bool:
    """Stops a job before its next page; False if it was not running. What it has done stays done."""
    touched = await tx.run(
        "UPDATE jobs SET status = 'CANCELED', updated_at = :now "
        "WHERE environment = :environment AND job_id = :job_id AND status = 'RUNNING'",
        environment=environment,
        job_id=job_id,
        now=now,
    )
    return touched > 0


async def cancel_unbegun(tx: Transaction, environment: str, job_id: str, now: int) -> bool:
    """Stops a job of which no page is done yet; False if one is, or the job has ended."""
    touched = await tx.run(
        "UPDATE jobs SET status = 'CANCELED', updated_at = :now "
        "WHERE environment = :environment AND job_id = :job_id AND status = 'RUNNING' AND cursor = ''",
        environment=environment,
        job_id=job_id,
        now=now,
    )
    return touched > 0


async def prune(tx: Transaction, *, before: int, limit: int) -> int:
    """Forgets at most `limit` jobs that ended before a moment; how many."""
    return await tx.run(
        "DELETE FROM jobs WHERE job_id IN (SELECT job_id FROM jobs WHERE status <> 'RUNNING' AND updated_at < :before "
        "ORDER BY job_id LIMIT :limit)",
        before=before,
        limit=limit,
    )
