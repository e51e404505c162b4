"""What members of a tenant get of a topic unless they chose otherwise, topic by topic (courier.md 9.5)."""

from typing import Any, Literal

from litestar import delete, put
from litestar.params import FromPath, JSONBody
from msgspec import Struct, to_builtins
from msgspec.structs import replace

from posthorn.api.caller import GivenCaller
from posthorn.api.context import GivenContext
from posthorn.api.courier.tenants import DefaultPreference
from posthorn.errors import NotFound
from posthorn.storage.database import Transaction
from posthorn.tenants import store
from posthorn.tenants.model import Tenant


class DefaultBody(Struct, frozen=True, kw_only=True):
    """The default for one topic."""

    status: Literal["OPTED_OUT", "OPTED_IN", "REQUIRED"]
    has_custom_routing: bool | None = None
    custom_routing: list[Literal["direct_message", "email", "push", "sms", "webhook", "inbox"]] | None = None


@put("/tenants/{tenant_id:str}/default_preferences/items/{topic_id:str}", status_code=204)
async def write_default(
    tenant_id: FromPath[str], topic_id: FromPath[str], data: JSONBody[DefaultBody], context: GivenContext, caller: GivenCaller
) -> None:
    """Sets the default of one topic; those of the others stay."""
    item = DefaultPreference(
        id=topic_id,
        status=data.status,
        has_custom_routing=data.has_custom_routing,
        custom_routing=list(data.custom_routing) if data.custom_routing is not None else None,
    )
    async with context.database.transaction() as tx:
        tenant = await _tenant(tx, caller.environment, tenant_id)
        others = [one for one in _items(tenant) if one["id"] != topic_id]
        await _save(tx, tenant, [*others, to_builtins(item)], context.clock.now_ms())


@delete("/tenants/{tenant_id:str}/default_preferences/items/{topic_id:str}")
async def delete_default(tenant_id: FromPath[str], topic_id: FromPath[str], context: GivenContext, caller: GivenCaller) -> None:
    """Takes the default of one topic away; one that is not there is no error."""
    async with context.database.transaction() as tx:
        tenant = await _tenant(tx, caller.environment, tenant_id)
        await _save(tx, tenant, [one for one in _items(tenant) if one["id"] != topic_id], context.clock.now_ms())


async def _tenant(tx: Transaction, environment: str, tenant_id: str) -> Tenant:
    found = await store.tenant(tx, environment, tenant_id)
    if found is None:
        raise NotFound("Tenant not found")
    return found


def _items(tenant: Tenant) -> list[dict[str, Any]]:
    return tenant.default_preferences.get("items", [])


async def _save(tx: Transaction, tenant: Tenant, items: list[dict[str, Any]], now: int) -> None:
    await store.save_tenants(tx, [replace(tenant, default_preferences={"items": items} if items else {}, updated_at=now)])


handlers = [write_default, delete_default]
