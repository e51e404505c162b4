"""Bulk: one message to users who are handed over in portions (courier.md 9.7)."""

from typing import Any

from litestar import get, post
from litestar.params import FromPath, FromQuery, JSONBody
from msgspec import Struct

from posthorn.api.caller import GivenCaller
from posthorn.api.context import GivenContext
from posthorn.api.paging import Paging, decode_cursor, page
from posthorn.bulk import collect, store
from posthorn.bulk.model import BulkJob
from posthorn.errors import NotFound
from posthorn.jobs import store as job_store
from posthorn.jobs.model import Job

_PAGE = 20


class BulkBody(Struct, frozen=True, kw_only=True):
    """The message: `event`, and `template` or `content` if the event is not a template's id; brand, data, override."""

    message: dict[str, Any]


class BulkMade(Struct, frozen=True, kw_only=True, rename="camel"):
    """The job."""

    job_id: str


class UsersBody(Struct, frozen=True, kw_only=True):
    """Users: each with `recipient` or `to`, and what is his own in `profile`, `data`, `preferences`."""

    users: list[dict[str, Any]]


class BulkState(Struct, frozen=True, kw_only=True):
    """How far a job is. received: users taken; failures: of those, the ones that cannot be written to."""

    definition: dict[str, Any]
    enqueued: int
    failures: int
    received: int
    status: str


class BulkAnswer(Struct, frozen=True, kw_only=True):
    """A job."""

    job: BulkState


class BulkUsersAnswer(Struct, frozen=True, kw_only=True):
    """A page of users: each as it was given, with `status`, `messageId` once there is one, and `error`."""

    items: list[dict[str, Any]]
    paging: Paging


@post("/bulk", status_code=200)
async def create_bulk_job(data: JSONBody[BulkBody], context: GivenContext, caller: GivenCaller) -> BulkMade:
    """Makes a job; users are added to it, then it is run."""
    async with context.database.transaction() as tx:
        await collect.create(tx, caller.environment, caller.request_id, data.message, context.clock.now_ms())
    return BulkMade(job_id=caller.request_id)


@post("/bulk/{job_id:str}", status_code=204)
async def add_bulk_users(job_id: FromPath[str], data: JSONBody[UsersBody], context: GivenContext, caller: GivenCaller) -> None:
    """Adds users. One that cannot be written to is shown with the reason among the users, and the others are taken."""
    async with context.database.transaction() as tx:
        await collect.add_users(tx, caller.environment, job_id, data.users)


@post("/bulk/{job_id:str}/run", status_code=204)
async def run_bulk_job(job_id: FromPath[str], context: GivenContext, caller: GivenCaller) -> None:
    """Lets the job run in the background; a second time changes nothing. The body is ignored."""
    async with context.database.transaction() as tx:
        await collect.start(tx, caller.environment, job_id, context.clock.now_ms())


@get("/bulk/{job_id:str}")
async def read_bulk_job(job_id: FromPath[str], context: GivenContext, caller: GivenCaller) -> BulkAnswer:
    """One job and how far it is."""
    async with context.database.snapshot() as tx:
        found = await store.bulk_job(tx, caller.environment, job_id)
        run = await job_store.job(tx, caller.environment, job_id)
    if found is None:
        raise NotFound("Job not found")
    state = BulkState(
        definition=found.definition,
        enqueued=run.done_count if run else 0,
        failures=found.failures,
        received=found.received,
        status=_status(found, run),
    )
    return BulkAnswer(job=state)


@get("/bulk/{job_id:str}/users")
async def list_bulk_users(
    job_id: FromPath[str], context: GivenContext, caller: GivenCaller, cursor: FromQuery[str | None] = None
) -> BulkUsersAnswer:
    """The users of a job in the order in which they were given."""
    after = decode_cursor(cursor, int) or 0
    async with context.database.snapshot() as tx:
        if await store.bulk_job(tx, caller.environment, job_id) is None:
            raise NotFound("Job not found")
        rows = await store.users_after(tx, caller.environment, job_id, after=after, limit=_PAGE + 1)
    shown, paging = page(rows, _PAGE, lambda row: row.position)
    items = [
        {
            **row.given,
            "status": row.status,
            **({"messageId": row.message_id} if row.message_id else {}),
            **({"error": row.error} if row.error else {}),
        }
        for row in shown
    ]
    return BulkUsersAnswer(items=items, paging=paging)


def _status(bulk: BulkJob, run: Job | None) -> str:
    if bulk.run_at is None:
        return "CREATED"
    if run is not None and run.status == "RUNNING":
        return "PROCESSING"
    is_failure = run is None or run.status == "FAILED" or (bulk.received > 0 and bulk.failures == bulk.received)
    return "ERROR" if is_failure else "COMPLETED"


handlers = [create_bulk_job, add_bulk_users, run_bulk_job, read_bulk_job, list_bulk_users]
