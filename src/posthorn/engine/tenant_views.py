"""Tenants as a message to somebody sees them: which ones a step needs, and what each inherits (courier.md 6.4)."""

from collections.abc import Iterable, Mapping
from typing import Any

import msgspec
from msgspec import Struct

from posthorn.events.model import Event
from posthorn.messages.model import REQUESTED, Contents
from posthorn.messages.model import Membership as TenantView
from posthorn.messages.recipients import tenant_of
from posthorn.preferences.decide import read_change
from posthorn.preferences.effective import Line
from posthorn.preferences.model import CHANGED
from posthorn.profiles.model import deep_merged
from posthorn.storage.database import Transaction
from posthorn.tenants import store
from posthorn.tenants.model import Membership, Tenant

ANCESTORS = 4


class _Place(Struct, frozen=True, kw_only=True):
    """Where a request may name a tenant; the rest of it is passed over."""

    context: Any = None
    tenant_id: Any = None
    account_id: Any = None


class _Request(Struct, frozen=True, kw_only=True):
    """The part of a request for a message that can name a tenant."""

    message: _Place = _Place()
    to: _Place = _Place()


_request = msgspec.json.Decoder(_Request).decode


def named_tenants(events: Iterable[Event], contents: Iterable[Contents]) -> set[str]:
    """The tenants that requests for messages and changes of preferences name, those of this step and those of delayed
    messages.
    """
    fresh = {_named_by(event) for event in events if event.type in (REQUESTED, CHANGED)}
    return {named for named in fresh | {tenant_of(one.request, one.to) for one in contents} if named}


def _named_by(event: Event) -> str:
    return _named(_request(event.body)) if event.type == REQUESTED else read_change(event.body).tenant_id


def _named(request: _Request) -> str:
    to = {"context": request.to.context, "tenant_id": request.to.tenant_id, "account_id": request.to.account_id}
    return tenant_of({"context": request.message.context}, to)


async def load_tenants(tx: Transaction, environment: str, wanted: set[str]) -> dict[str, Tenant]:
    """These tenants and their ancestors, by id."""
    found: dict[str, Tenant] = {}
    for _ in range(ANCESTORS):
        missing = tuple(sorted(wanted - found.keys()))
        if not missing:
            break
        for tenant in await store.load_tenants(tx, environment, missing):
            found[tenant.tenant_id] = tenant
        wanted = {one.parent_tenant_id for one in found.values() if one.parent_tenant_id}
    return found


def member_view(membership: Membership, tenants: Mapping[str, Tenant]) -> TenantView:
    """The tenant of a member."""
    properties, user_profile = _inherited(membership.tenant_id, tenants)
    return TenantView(
        tenant_id=membership.tenant_id,
        properties=properties,
        user_profile=user_profile,
        profile=membership.profile,
        defaults=defaults_line(membership.tenant_id, tenants),
        brand_id=brand_of(membership.tenant_id, tenants),
    )


def guest_view(tenant_id: str, tenants: Mapping[str, Tenant]) -> TenantView:
    """The tenant of somebody who is no member, but written to in its name."""
    properties, user_profile = _inherited(tenant_id, tenants)
    return TenantView(
        tenant_id=tenant_id,
        properties=properties,
        user_profile=user_profile,
        is_member=False,
        defaults=defaults_line(tenant_id, tenants),
        brand_id=brand_of(tenant_id, tenants),
    )


def defaults_line(tenant_id: str, tenants: Mapping[str, Tenant]) -> Line:
    """What a tenant and its ancestors give their members of each topic, the nearest first; () for no tenant."""
    return tuple(one.default_preferences for one in _line(tenant_id, tenants) if one.default_preferences)


def brand_of(tenant_id: str, tenants: Mapping[str, Tenant]) -> str:
    """The brand of a tenant, or of its nearest ancestor that has one; "" for none."""
    return next((one.brand_id for one in _line(tenant_id, tenants) if one.brand_id), "")


def _line(tenant_id: str, tenants: Mapping[str, Tenant]) -> list[Tenant]:
    line: list[Tenant] = []
    at = tenants.get(tenant_id)
    while at is not None and len(line) < ANCESTORS and at not in line:
        line.append(at)
        at = tenants.get(at.parent_tenant_id) if at.parent_tenant_id else None
    return line


def _inherited(tenant_id: str, tenants: Mapping[str, Tenant]) -> tuple[dict[str, Any], dict[str, Any]]:
    """Properties and user profile of a tenant over those of its ancestors, the nearest winning."""
    line = _line(tenant_id, tenants)
    properties: dict[str, Any] = {}
    user_profile: dict[str, Any] = {}
    for tenant in reversed(line):
        properties = deep_merged(properties, tenant.properties)
        user_profile = deep_merged(user_profile, tenant.user_profile)
    return properties, user_profile
