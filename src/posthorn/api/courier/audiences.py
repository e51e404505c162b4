"""Audiences: users chosen by a rule; who is in one, and how far its evaluation has come (courier.md 7.1, 7.2)."""

from typing import Any, Literal

from litestar import delete, get, put
from litestar.params import FromPath, FromQuery, JSONBody
from msgspec import UNSET, Struct, UnsetType

from posthorn.api.caller import GivenCaller
from posthorn.api.context import GivenContext
from posthorn.api.paging import Paging, decode_cursor, page
from posthorn.audiences import definitions
from posthorn.audiences.editing import Wanted, delete_audience, evaluation_job_id, write_audience
from posthorn.audiences.filters import normalized
from posthorn.audiences.members import Member, audiences_of_user, member_count, members
from posthorn.audiences.model import Audience
from posthorn.clock import iso
from posthorn.errors import Invalid, NotFound
from posthorn.jobs import store as job_store
from posthorn.log.model import partition_of
from posthorn.storage.database import Transaction
from posthorn.webhooks.telling import audience_updated, tell

_PAGE = 100
_LONGEST_TEXT = 512

Operator = Literal["AND", "OR"]


class AudienceBody(Struct, frozen=True, kw_only=True):
    """An audience as it shall be. What is left out stays as it is, null empties it.

    operator: that of the filter's group at the top. starts_automations: whether those who enter or leave because everybody is
    evaluated start automations too; else only those do who enter or leave by what they do or by what becomes known of them.
    """

    name: str | UnsetType | None = UNSET
    description: str | UnsetType | None = UNSET
    filter: dict[str, Any] | UnsetType | None = UNSET
    operator: Operator | None = None
    starts_automations: bool | UnsetType | None = UNSET


class Evaluation(Struct, frozen=True, kw_only=True):
    """How far everybody has been evaluated by this version. total: users in all, null until they are counted.

    job_id: for `GET /jobs/{id}`; "" once that is forgotten. status: RUNNING, FINISHED, CANCELED or FAILED.
    """

    job_id: str
    status: str
    done: int
    total: int | None
    starts_automations: bool


class AudienceAnswer(Struct, frozen=True, kw_only=True, omit_defaults=True):
    """An audience as it is. version: grows with every write. Times are ISO 8601."""

    id: str
    name: str
    description: str
    created_at: str
    updated_at: str
    version: int
    filter: dict[str, Any] | None = None
    operator: Operator | None = None
    member_count: int | None = None
    evaluation: Evaluation | None = None


class WrittenAnswer(Struct, frozen=True, kw_only=True):
    """An audience that was written."""

    audience: AudienceAnswer


class AudiencesAnswer(Struct, frozen=True, kw_only=True):
    """A page of audiences."""

    items: list[AudienceAnswer]
    paging: Paging


class MemberAnswer(Struct, frozen=True, kw_only=True):
    """One member. reason: the rules that decided. added_at: ISO 8601."""

    member_id: str
    audience_id: str
    audience_version: int
    added_at: str
    reason: str


class MembersAnswer(Struct, frozen=True, kw_only=True):
    """A page of members, or of the audiences that one user is a member of."""

    items: list[MemberAnswer]
    paging: Paging


class VersionAnswer(Struct, frozen=True, kw_only=True):
    """A version as it was written; it never changes."""

    version: int
    name: str
    description: str
    filter: dict[str, Any] | None
    created_at: str


class VersionsAnswer(Struct, frozen=True, kw_only=True):
    """Every version, newest first."""

    items: list[VersionAnswer]


@get("/audiences")
async def list_audiences(context: GivenContext, caller: GivenCaller, cursor: FromQuery[str | None] = None) -> AudiencesAnswer:
    """Audiences in order of their ids."""
    after = decode_cursor(cursor, str) or ""
    async with context.database.snapshot() as tx:
        rows = await definitions.audiences_after(tx, caller.environment, after=after, limit=_PAGE + 1)
    shown, paging = page(rows, _PAGE, lambda row: row.audience_id)
    return AudiencesAnswer(items=[_answer(row) for row in shown], paging=paging)


@get("/audiences/{audience_id:str}")
async def read_audience(audience_id: FromPath[str], context: GivenContext, caller: GivenCaller) -> AudienceAnswer:
    """One audience, with the number of its members and how far its evaluation has come."""
    async with context.database.snapshot() as tx:
        found = await _found(tx, caller.environment, audience_id)
        count = await member_count(tx, caller.environment, audience_id)
        return _answer(found, count, await _evaluation(tx, found))


@put("/audiences/{audience_id:str}")
async def put_audience(
    audience_id: FromPath[str], data: JSONBody[AudienceBody], context: GivenContext, caller: GivenCaller
) -> WrittenAnswer:
    """Creates the audience or writes its next version, and begins to evaluate everybody by it."""
    if not audience_id.strip():
        raise Invalid("audience_id: Required")
    async with context.database.transaction() as tx:
        old = await definitions.audience(tx, caller.environment, audience_id)
        now = context.clock.now_ms()
        written = await write_audience(tx, caller.environment, audience_id, _wanted(data, old), now)
        notice = audience_updated(audience_id, written.version, written.filter)
        await tell(tx, context.vault, caller.environment, notice, now)
        return WrittenAnswer(audience=_answer(written, None, await _evaluation(tx, written)))


@delete("/audiences/{audience_id:str}")
async def remove_audience(audience_id: FromPath[str], context: GivenContext, caller: GivenCaller) -> None:
    """Deletes an audience for good; nobody counts as having left it. One that is not there is no error."""
    async with context.database.transaction() as tx:
        await delete_audience(tx, caller.environment, audience_id, context.clock.now_ms())


@get("/audiences/{audience_id:str}/members")
async def list_members(
    audience_id: FromPath[str], context: GivenContext, caller: GivenCaller, cursor: FromQuery[str | None] = None
) -> MembersAnswer:
    """Who is in an audience, in order of the user ids."""
    after = decode_cursor(cursor, str) or ""
    async with context.database.snapshot() as tx:
        await _found(tx, caller.environment, audience_id)
        rows = await members(tx, caller.environment, audience_id, after=after, limit=_PAGE + 1)
    shown, paging = page(rows, _PAGE, lambda row: row.user_key)
    return MembersAnswer(items=[_member(row) for row in shown], paging=paging)


@get("/audiences/{audience_id:str}/versions")
async def list_versions(audience_id: FromPath[str], context: GivenContext, caller: GivenCaller) -> VersionsAnswer:
    """Every version of an audience, newest first."""
    async with context.database.snapshot() as tx:
        await _found(tx, caller.environment, audience_id)
        rows = await definitions.versions(tx, caller.environment, audience_id)
    return VersionsAnswer(
        items=[
            VersionAnswer(
                version=row.version,
                name=row.name,
                description=row.description,
                filter=row.filter,
                created_at=iso(row.created_at),
            )
            for row in rows
        ]
    )


@get("/profiles/{user_id:str}/audiences")
async def list_audiences_of_user(
    user_id: FromPath[str], context: GivenContext, caller: GivenCaller, cursor: FromQuery[str | None] = None
) -> MembersAnswer:
    """The audiences that a user is in, and why."""
    after = decode_cursor(cursor, str) or ""
    partition = partition_of(caller.environment, user_id, context.database.partition_count)
    async with context.database.snapshot() as tx:
        rows = await audiences_of_user(tx, partition, caller.environment, user_id, after=after, limit=_PAGE + 1)
    shown, paging = page(rows, _PAGE, lambda row: row.audience_id)
    return MembersAnswer(items=[_member(row) for row in shown], paging=paging)


async def _found(tx: Transaction, environment: str, audience_id: str) -> Audience:
    found = await definitions.audience(tx, environment, audience_id)
    if found is None:
        raise NotFound("Audience not found")
    return found


def _wanted(data: AudienceBody, old: Audience | None) -> Wanted:
    raw = (old.filter if old else None) if data.filter is UNSET else data.filter
    starts = (old.starts_automations if old else False) if data.starts_automations is UNSET else data.starts_automations
    return Wanted(
        name=_text(data.name, old.name if old else "", "name"),
        description=_text(data.description, old.description if old else "", "description"),
        filter=normalized(raw, data.operator),
        starts_automations=bool(starts),
    )


def _text(given: str | UnsetType | None, before: str, name: str) -> str:
    text = before if given is UNSET else given or ""
    if len(text) > _LONGEST_TEXT:
        raise Invalid(f"{name}: At most {_LONGEST_TEXT} characters")
    return text


async def _evaluation(tx: Transaction, audience: Audience) -> Evaluation:
    job_id = evaluation_job_id(audience.environment, audience.audience_id, audience.version)
    job = await job_store.job(tx, audience.environment, job_id)
    return Evaluation(
        job_id=job_id if job else "",
        status=job.status if job else "RUNNING" if audience.is_settling else "FINISHED",
        done=job.done_count if job else 0,
        total=job.total if job else None,
        starts_automations=audience.starts_automations,
    )


def _answer(audience: Audience, count: int | None = None, evaluation: Evaluation | None = None) -> AudienceAnswer:
    return AudienceAnswer(
        id=audience.audience_id,
        name=audience.name,
        description=audience.description,
        created_at=iso(audience.created_at),
        updated_at=iso(audience.updated_at),
        version=audience.version,
        filter=audience.filter,
        operator=audience.filter["operator"] if audience.filter else None,
        member_count=count,
        evaluation=evaluation,
    )


def _member(row: Member) -> MemberAnswer:
    return MemberAnswer(
        member_id=row.user_key,
        audience_id=row.audience_id,
        audience_version=row.version,
        added_at=iso(row.changed_at),
        reason=row.reason,
    )


handlers = [
    list_audiences,
    read_audience,
    put_audience,
    remove_audience,
    list_members,
    list_versions,
    list_audiences_of_user,
]
