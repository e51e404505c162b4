"""What was changed by whom (courier.md 9.12)."""

from litestar import get
from litestar.params import FromPath, FromQuery
from msgspec import Struct

from posthorn.access.audit import AuditEvent, audit_event, audit_events
from posthorn.api.caller import GivenCaller
from posthorn.api.context import GivenContext
from posthorn.api.paging import Paging, clamp, decode_cursor, page
from posthorn.clock import iso
from posthorn.errors import NotFound


class AuditActor(Struct, frozen=True, kw_only=True, omit_defaults=True):
    """Who did it: a user's id with his address, or a key's."""

    id: str
    email: str = ""


class AuditRecord(Struct, frozen=True, kw_only=True, rename="camel"):
    """One change. source: "studio" or "api". target: what it was done to. timestamp: ISO 8601. type: in kebab case."""

    audit_event_id: str
    actor: AuditActor
    source: str
    target: str
    timestamp: str
    type: str


class AuditPage(Struct, frozen=True, kw_only=True):
    """Changes, newest first."""

    paging: Paging
    results: list[AuditRecord]


@get("/audit-events")
async def list_audit_events(
    context: GivenContext,
    caller: GivenCaller,
    cursor: FromQuery[str | None] = None,
    limit: FromQuery[int | None] = None,
) -> AuditPage:
    """What was changed in this environment, and what concerns both, newest first."""
    size = clamp(limit, default=20)
    before = decode_cursor(cursor, tuple[int, str]) or (2**62, "")
    async with context.database.snapshot() as tx:
        rows = await audit_events(tx, caller.environment, before=before, limit=size + 1)
    shown, paging = page(rows, size, lambda row: (row.at, row.audit_event_id))
    return AuditPage(paging=paging, results=[_record(one) for one in shown])


@get("/audit-events/{audit_event_id:str}")
async def read_audit_event(audit_event_id: FromPath[str], context: GivenContext, caller: GivenCaller) -> AuditRecord:
    """One change."""
    async with context.database.snapshot() as tx:
        found = await audit_event(tx, caller.environment, audit_event_id)
    if found is None:
        raise NotFound("Audit event not found.")
    return _record(found)


def _record(one: AuditEvent) -> AuditRecord:
    return AuditRecord(
        audit_event_id=one.audit_event_id,
        actor=AuditActor(id=one.actor_id, email=one.actor_email),
        source=one.source,
        target=one.target,
        timestamp=iso(one.at),
        type=one.type,
    )


handlers = [list_audit_events, read_audit_event]
