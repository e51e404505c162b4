"""Tenants: organisations with their own defaults, and who belongs to them (courier.md 9.5)."""

from typing import Any, Literal

from litestar import delete, get, put
from litestar.params import FromPath, FromQuery, JSONBody
from msgspec import Struct

from posthorn.api.bodies import ApiRequest
from posthorn.api.caller import GivenCaller
from posthorn.api.context import GivenContext
from posthorn.api.paging import ListPage, clamp, decode_cursor, list_page
from posthorn.errors import NotFound
from posthorn.preferences.model import Channel
from posthorn.tenants import store
from posthorn.tenants.hierarchy import refuse_cycle
from posthorn.tenants.model import Membership, Tenant


class DefaultPreference(Struct, frozen=True, kw_only=True, omit_defaults=True):
    """What members get of a topic unless they chose otherwise."""

    id: str
    status: Literal["OPTED_OUT", "OPTED_IN", "REQUIRED"]
    has_custom_routing: bool | None = None
    custom_routing: list[Channel] | None = None


class DefaultPreferences(Struct, frozen=True, kw_only=True):
    """The set of them."""

    items: list[DefaultPreference] = []


class TenantBody(Struct, frozen=True, kw_only=True):
    """A tenant as it shall be. Members that are left out are emptied, except the default preferences, which stay."""

    name: str
    parent_tenant_id: str | None = None
    brand_id: str | None = None
    default_preferences: DefaultPreferences | None = None
    properties: dict[str, Any] | None = None
    user_profile: dict[str, Any] | None = None


class TenantAnswer(Struct, frozen=True, kw_only=True, omit_defaults=True):
    """A tenant as it is."""

    id: str
    name: str
    parent_tenant_id: str | None = None
    brand_id: str | None = None
    default_preferences: dict[str, Any] | None = None
    properties: dict[str, Any] | None = None
    user_profile: dict[str, Any] | None = None


class Association(Struct, frozen=True, kw_only=True, omit_defaults=True):
    """One user in one tenant."""

    user_id: str
    tenant_id: str
    type: Literal["user"]
    profile: dict[str, Any] | None = None


@put("/tenants/{tenant_id:str}")
async def write_tenant(
    tenant_id: FromPath[str], data: JSONBody[TenantBody], context: GivenContext, caller: GivenCaller
) -> TenantAnswer:
    """Creates the tenant or replaces it."""
    async with context.database.transaction() as tx:
        if data.parent_tenant_id:
            await refuse_cycle(tx, caller.environment, tenant_id, data.parent_tenant_id)
        old = await store.tenant(tx, caller.environment, tenant_id)
        tenant = _written(caller.environment, tenant_id, data, old, context.clock.now_ms())
        await store.save_tenants(tx, [tenant])
    return _answer(tenant)


@get("/tenants/{tenant_id:str}")
async def read_tenant(tenant_id: FromPath[str], context: GivenContext, caller: GivenCaller) -> TenantAnswer:
    """One tenant."""
    async with context.database.snapshot() as tx:
        found = await store.tenant(tx, caller.environment, tenant_id)
    if found is None:
        raise NotFound("Tenant not found")
    return _answer(found)


@get("/tenants")
async def list_tenants(
    request: ApiRequest,
    context: GivenContext,
    caller: GivenCaller,
    limit: FromQuery[int | None] = None,
    cursor: FromQuery[str | None] = None,
    parent_tenant_id: FromQuery[str | None] = None,
) -> ListPage[TenantAnswer]:
    """Tenants in order of their ids, those of one parent if it is given."""
    size = clamp(limit, default=20)
    async with context.database.snapshot() as tx:
        rows = await store.tenants(
            tx,
            caller.environment,
            parent_tenant_id=parent_tenant_id,
            after=decode_cursor(cursor, str) or "",
            limit=size + 1,
        )
    filters = {"parent_tenant_id": parent_tenant_id}
    return list_page([_answer(row) for row in rows], size, request.scope["path"], lambda tenant: tenant.id, filters)


@delete("/tenants/{tenant_id:str}")
async def delete_tenant(tenant_id: FromPath[str], context: GivenContext, caller: GivenCaller) -> None:
    """Removes the tenant and its memberships; the users stay."""
    async with context.database.transaction() as tx:
        await store.delete_tenant(tx, caller.environment, tenant_id)


@get("/tenants/{tenant_id:str}/users")
async def list_members(
    request: ApiRequest,
    tenant_id: FromPath[str],
    context: GivenContext,
    caller: GivenCaller,
    limit: FromQuery[int | None] = None,
    cursor: FromQuery[str | None] = None,
) -> ListPage[Association]:
    """The users of a tenant, in order of their ids."""
    size = clamp(limit, default=20)
    async with context.database.snapshot() as tx:
        if await store.tenant(tx, caller.environment, tenant_id) is None:
            raise NotFound("Tenant not found")
        rows = await store.members(tx, caller.environment, tenant_id, after=decode_cursor(cursor, str) or "", limit=size + 1)
    return list_page([association(row) for row in rows], size, request.scope["path"], lambda row: row.user_id)


def association(membership: Membership) -> Association:
    """A membership as the wire has it."""
    return Association(
        user_id=membership.user_key, tenant_id=membership.tenant_id, type="user", profile=membership.profile or None
    )


def _written(environment: str, tenant_id: str, body: TenantBody, old: Tenant | None, now: int) -> Tenant:
    properties = body.properties or {}
    known = old.properties.keys() if old else set[str]()
    # what is written or removed here is newer than any group call that is still on its way
    times = {**(old.property_times if old else {}), **dict.fromkeys({*known, *properties, "name"}, now)}
    preferences = old.default_preferences if old else {}
    if body.default_preferences is not None:
        preferences = {"items": body.default_preferences.items}
    return Tenant(
        environment=environment,
        tenant_id=tenant_id,
        name=body.name,
        parent_tenant_id=body.parent_tenant_id,
        brand_id=body.brand_id,
        properties=properties,
        property_times=times,
        user_profile=body.user_profile or {},
        default_preferences=preferences,
        created_at=old.created_at if old else now,
        updated_at=now,
    )


def _answer(tenant: Tenant) -> TenantAnswer:
    return TenantAnswer(
        id=tenant.tenant_id,
        name=tenant.name,
        parent_tenant_id=tenant.parent_tenant_id,
        brand_id=tenant.brand_id,
        default_preferences=tenant.default_preferences or None,
        properties=tenant.properties or None,
        user_profile=tenant.user_profile or None,
    )


handlers = [write_tenant, read_tenant, list_tenants, delete_tenant, list_members]
