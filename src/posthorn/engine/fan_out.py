"""Fan-out: the job that turns one request into a message for everybody in its groups."""

from typing import Any

import msgspec
from msgspec import Raw, Struct
from msgspec.structs import replace

from posthorn.engine.backfill import PAGE_USERS
from posthorn.engine.groups import Member, count, members, next_part
from posthorn.engine.own_events import engine_entry
from posthorn.events.model import Entry
from posthorn.jobs.model import Job, Page
from posthorn.messages.groups import Group
from posthorn.messages.many import message_id_for
from posthorn.messages.model import REQUESTED, Origin, SendRequested
from posthorn.storage.database import Transaction
from posthorn.tenants.store import members_among

MOST_LOOKS = 100
"""Lists and tenants that a page looks into at most: thousands may be empty."""


class Place(Struct, frozen=True, kw_only=True, array_like=True):
    """Where the next page begins: which group, which part of it, behind which user. is_inside: of that part, not behind it."""

    group: int = 0
    part: str = ""
    user_key: str = ""
    is_inside: bool = False


class _Requested(Struct, frozen=True, kw_only=True, omit_defaults=True):
    """MessageRequested, its message as bytes, since that is the same for all."""

    message_id: str
    request_id: str
    to: dict[str, Any]
    message: Raw
    run: Origin | None = None
    job_id: str = ""
    list_id: str = ""
    list_message_id: str = ""
    audience_id: str = ""
    draft: bool = False


class _Found(Struct, frozen=True, kw_only=True):
    """Somebody who gets the message, and as whose member."""

    group: Group
    part: str
    member: Member


_encode = msgspec.json.Encoder().encode
_place = msgspec.json.Decoder(Place).decode


async def fan_out_page(tx: Transaction, job: Job, now: int) -> Page:
    """Does a page: at most 500 users, the next ones in the order of groups, parts and user keys."""
    request = msgspec.convert(job.body, SendRequested)
    place = _place(job.cursor.encode()) if job.cursor else Place()
    found, after = await _gather(tx, job.environment, request.groups, place)
    message = Raw(_encode(request.message))
    entries = tuple(_entry(job.environment, request, message, one, now) for one in found)
    return Page(
        entries=entries,
        cursor=_encode(after).decode(),
        done_count=len(entries),
        total=await _total(tx, job, request, after, len(entries)),
        is_finished=after.group == len(request.groups),
    )


async def _total(tx: Transaction, job: Job, request: SendRequested, after: Place, done: int) -> int | None:
    if after.group == len(request.groups):
        return job.done_count + done
    return None if job.cursor else await count(tx, job.environment, request.groups)


async def _gather(tx: Transaction, environment: str, groups: tuple[Group, ...], place: Place) -> tuple[list[_Found], Place]:
    found: list[_Found] = []
    for _ in range(MOST_LOOKS):
        limit = PAGE_USERS - len(found)
        if place.group == len(groups) or limit <= 0:
            break
        group = groups[place.group]
        if not place.is_inside:
            part = await next_part(tx, environment, group, place.part)
            place = Place(group=place.group + 1) if part is None else Place(group=place.group, part=part, is_inside=True)
            continue
        rows = await members(tx, environment, group, (place.part, place.user_key, limit))
        kept = await _filtered(tx, environment, group, rows)
        found += [_Found(group=group, part=place.part, member=one) for one in kept]
        place = replace(place, user_key=rows[-1].user_key) if len(rows) == limit else Place(group=place.group, part=place.part)
    return found, place


async def _filtered(tx: Transaction, environment: str, group: Group, rows: list[Member]) -> list[Member]:
    for tenant_id in group.member_of:
        among = await members_among(tx, environment, tenant_id, tuple(one.user_key for one in rows))
        rows = [one for one in rows if one.user_key in among]
    return rows


def _entry(environment: str, request: SendRequested, message: Raw, found: _Found, now: int) -> Entry:
    group, user_key = found.group, found.member.user_key
    message_id = message_id_for(request.request_id, user_key)
    is_list = bool(group.list_id or group.list_pattern)
    requested = _Requested(
        message_id=message_id,
        request_id=request.request_id,
        to=_recipient(found),
        message=message,
        run=request.run,
        job_id=request.job_id,
        list_id=found.part if is_list else "",
        list_message_id=request.request_id if is_list else "",
        audience_id=group.audience_id,
        draft=request.draft,
    )
    return engine_entry(environment, REQUESTED, user_key, message_id, _encode(requested), now)


def _recipient(found: _Found) -> dict[str, Any]:
    to: dict[str, Any] = {"user_id": found.member.user_key}
    if found.group.data:
        to["data"] = found.group.data
    if found.group.tenant_id:
        to["tenant_id"] = found.part
    if found.member.preferences:
        to["preferences"] = found.member.preferences
    return to
