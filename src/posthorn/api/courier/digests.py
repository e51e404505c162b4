"""Open digests, and releasing them before their time (courier.md 9.8). A schedule is called like the topic that it is for."""

from litestar import get, post
from litestar.params import FromPath, FromQuery
from msgspec import Struct, convert

from posthorn.api.caller import Caller, GivenCaller
from posthorn.api.context import Context, GivenContext
from posthorn.api.paging import clamp, decode_cursor, encode_cursor
from posthorn.automations.digesting import Digest, instance_id
from posthorn.automations.marks import Mark
from posthorn.automations.runs import open_digests
from posthorn.clock import iso
from posthorn.engine.digest_pages import KIND
from posthorn.errors import NotFound
from posthorn.jobs import store as job_store
from posthorn.jobs.model import Job

_DEFAULT, _MAXIMUM = 20, 100


class DigestInstance(Struct, frozen=True, kw_only=True):
    """What one user's digest holds so far."""

    digest_instance_id: str
    user_id: str
    event_count: int
    status: str
    created_at: str


class DigestInstances(Struct, frozen=True, kw_only=True, omit_defaults=True):
    """Open digests by user. `cursor` leads on, when there are more."""

    type: str
    items: list[DigestInstance]
    has_more: bool
    cursor: str | None = None


@get("/digests/schedules/{schedule_id:str}/instances")
async def list_instances(
    schedule_id: FromPath[str],
    context: GivenContext,
    caller: GivenCaller,
    cursor: FromQuery[str | None] = None,
    limit: FromQuery[int | None] = None,
) -> DigestInstances:
    """The digests of a topic that wait for their time."""
    _require(context, caller, schedule_id)
    size = clamp(limit, default=_DEFAULT, maximum=_MAXIMUM)
    async with context.database.snapshot() as tx:
        found = await open_digests(tx, caller.environment, schedule_id, decode_cursor(cursor, str) or "", size + 1)
    shown = found[:size]
    has_more = len(found) > size
    return DigestInstances(
        type="list",
        items=[_instance(one) for one in shown],
        has_more=has_more,
        cursor=encode_cursor(shown[-1].user_key) if has_more else None,
    )


@post("/digests/schedules/{schedule_id:str}/trigger", status_code=204)
async def release_digests(schedule_id: FromPath[str], context: GivenContext, caller: GivenCaller) -> None:
    """Releases all open digests of a topic now."""
    _require(context, caller, schedule_id)
    now = context.clock.now_ms()
    job = Job(
        job_id=caller.request_id,
        kind=KIND,
        environment=caller.environment,
        subject_id=schedule_id,
        created_at=now,
        updated_at=now,
    )
    async with context.database.transaction() as tx:
        await job_store.add(tx, job)


def _require(context: Context, caller: Caller, schedule_id: str) -> None:
    if not context.config.automations.triggers(caller.environment).links("digest", "", schedule_id):
        raise NotFound(f"Digest schedule {schedule_id[:100]} not found")


def _instance(mark: Mark) -> DigestInstance:
    held = convert(mark.body, Digest)
    return DigestInstance(
        digest_instance_id=instance_id(mark.user_key, mark.name, held),
        user_id=mark.user_key,
        event_count=held.collection.count,
        status="IN_PROGRESS",
        created_at=iso(held.opened_at),
    )


handlers = [list_instances, release_digests]
