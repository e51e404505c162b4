"""Jobs: how far work over many users has come."""

from litestar import get, post
from litestar.params import FromPath
from msgspec import Struct

from posthorn.api.caller import GivenCaller
from posthorn.api.context import GivenContext
from posthorn.clock import iso
from posthorn.errors import Conflict, NotFound
from posthorn.jobs import store
from posthorn.jobs.model import Job


class JobAnswer(Struct, frozen=True, kw_only=True, rename="camel"):
    """A job. total: null until it is known. error: why its last page failed; it is tried again. Times are ISO 8601."""

    id: str
    kind: str
    status: str
    total: int | None
    done: int
    failed: int
    error: str
    created_at: str
    updated_at: str


@get("/jobs/{job_id:str}")
async def read_job(job_id: FromPath[str], context: GivenContext, caller: GivenCaller) -> JobAnswer:
    """One job; that of a request to many is called like the request."""
    async with context.database.snapshot() as tx:
        found = await store.job(tx, caller.environment, job_id)
    if found is None:
        raise NotFound("Job not found")
    return _answer(found)


@post("/jobs/{job_id:str}/cancel", status_code=200)
async def cancel_job(job_id: FromPath[str], context: GivenContext, caller: GivenCaller) -> JobAnswer:
    """Stops a job before its next page. What it has done stays done."""
    async with context.database.transaction() as tx:
        was_running = await store.cancel(tx, caller.environment, job_id, context.clock.now_ms())
        found = await store.job(tx, caller.environment, job_id)
    if found is None:
        raise NotFound("Job not found")
    if not was_running:
        raise Conflict(f"The job is {found.status} and cannot be canceled any more.")
    return _answer(found)


def _answer(job: Job) -> JobAnswer:
    return JobAnswer(
        id=job.job_id,
        kind=job.kind,
        status=job.status,
        total=job.total,
        done=job.done_count,
        failed=job.failed_count,
        error=job.error,
        created_at=iso(job.created_at),
        updated_at=iso(job.updated_at),
    )


handlers = [read_job, cancel_job]
