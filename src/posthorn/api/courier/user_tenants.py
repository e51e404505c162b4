"""The tenants of one user: memberships, written as events of that user (courier.md 9.5)."""

from typing import Any

from litestar import delete, get, put
from litestar.params import FromPath, FromQuery, JSONBody
from msgspec import Struct

from posthorn.api.bodies import ApiRequest
from posthorn.api.caller import Caller, GivenCaller
from posthorn.api.commands import command_entry
from posthorn.api.context import Context, GivenContext
from posthorn.api.courier.tenants import Association, association
from posthorn.api.paging import ListPage, clamp, decode_cursor, list_page
from posthorn.api.people import person
from posthorn.errors import Invalid, NotFound
from posthorn.tenants import store
from posthorn.tenants.model import JOINED, LEFT, Membership, TenantJoined, TenantLeft

_MAX_TENANTS = 1_000


class NewAssociation(Struct, frozen=True, kw_only=True):
    """A tenant to belong to, and what is different about the user there."""

    tenant_id: str
    profile: dict[str, Any] | None = None


class AssociationsBody(Struct, frozen=True, kw_only=True):
    """Tenants to add."""

    tenants: list[NewAssociation]


class AssociationBody(Struct, frozen=True, kw_only=True):
    """What is different about the user in this tenant."""

    profile: dict[str, Any] | None = None


@get("/users/{user_id:str}/tenants")
async def list_user_tenants(
    request: ApiRequest,
    user_id: FromPath[str],
    context: GivenContext,
    caller: GivenCaller,
    limit: FromQuery[int | None] = None,
    cursor: FromQuery[str | None] = None,
) -> ListPage[Association]:
    """The user's tenants, in order of their ids."""
    size, after = clamp(limit, default=20), decode_cursor(cursor, str) or ""
    found = sorted(await _memberships(context, caller, user_id), key=lambda row: row.tenant_id)
    rows = [association(row) for row in found if row.tenant_id > after]
    return list_page(rows[: size + 1], size, request.scope["path"], lambda row: row.tenant_id)


@get("/users/{user_id:str}/tenants/{tenant_id:str}")
async def read_user_tenant(
    user_id: FromPath[str], tenant_id: FromPath[str], context: GivenContext, caller: GivenCaller
) -> Association:
    """One membership."""
    for row in await _memberships(context, caller, user_id):
        if row.tenant_id == tenant_id:
            return association(row)
    raise NotFound("Association not found")


@put("/users/{user_id:str}/tenants", status_code=204)
async def add_user_tenants(
    user_id: FromPath[str], data: JSONBody[AssociationsBody], context: GivenContext, caller: GivenCaller
) -> None:
    """Adds the user to tenants, which must exist; the others he belongs to stay."""
    if len(data.tenants) > _MAX_TENANTS:
        raise Invalid(f"tenants: at most {_MAX_TENANTS}")
    await _refuse_unknown(context, caller, tuple(one.tenant_id for one in data.tenants))
    payloads = [TenantJoined(tenant_id=one.tenant_id, profile=one.profile) for one in data.tenants]
    entries = [command_entry(caller, JOINED, user_id, payload, context, part=f"-{at}") for at, payload in enumerate(payloads)]
    if entries:
        await context.commands.append_and_wait(entries)


@put("/users/{user_id:str}/tenants/{tenant_id:str}", status_code=204)
async def add_user_tenant(
    user_id: FromPath[str],
    tenant_id: FromPath[str],
    context: GivenContext,
    caller: GivenCaller,
    data: JSONBody[AssociationBody | None] = None,
) -> None:
    """Adds the user to a tenant, which must exist. The body may be empty."""
    await _refuse_unknown(context, caller, (tenant_id,))
    payload = TenantJoined(tenant_id=tenant_id, profile=data.profile if data else None)
    await context.commands.append_and_wait([command_entry(caller, JOINED, user_id, payload, context)])


@delete("/users/{user_id:str}/tenants")
async def remove_user_tenants(user_id: FromPath[str], context: GivenContext, caller: GivenCaller) -> None:
    """Ends every membership of the user."""
    await context.commands.append_and_wait([command_entry(caller, LEFT, user_id, TenantLeft(), context)])


@delete("/users/{user_id:str}/tenants/{tenant_id:str}")
async def remove_user_tenant(
    user_id: FromPath[str], tenant_id: FromPath[str], context: GivenContext, caller: GivenCaller
) -> None:
    """Ends one membership; one that is not there has ended already."""
    payload = TenantLeft(tenant_id=tenant_id)
    await context.commands.append_and_wait([command_entry(caller, LEFT, user_id, payload, context)])


async def _memberships(context: Context, caller: Caller, user_id: str) -> list[Membership]:
    async with context.database.snapshot() as tx:
        partition, user_key = await person(tx, context, caller, user_id)
        return await store.load_memberships(tx, partition, caller.environment, (user_key,))


async def _refuse_unknown(context: Context, caller: Caller, tenant_ids: tuple[str, ...]) -> None:
    async with context.database.snapshot() as tx:
        known = {tenant.tenant_id for tenant in await store.load_tenants(tx, caller.environment, tenant_ids)}
    for tenant_id in tenant_ids:
        if tenant_id not in known:
            raise NotFound(f"Tenant not found: {tenant_id}")


handlers = [
    list_user_tenants,
    read_user_tenant,
    add_user_tenants,
    add_user_tenant,
    remove_user_tenants,
    remove_user_tenant,
]
