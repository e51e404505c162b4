"""What an event does to memberships and tenants. Pure."""

import msgspec

from posthorn.events.model import Event
from posthorn.tenants.model import JOINED, LEFT, Membership, Tenant, TenantJoined, TenantLeft, TenantNoted

_joined = msgspec.json.Decoder(TenantJoined).decode
_left = msgspec.json.Decoder(TenantLeft).decode

NAME_MAX = 256


def decide(memberships: tuple[Membership, ...], event: Event) -> tuple[tuple[Membership, ...], TenantNoted | None]:
    """The user's memberships after the event, in order of joining, and what a group call says of its tenant."""
    if event.type == "group" and event.group_id:
        return _with(memberships, event, TenantJoined(tenant_id=event.group_id)), _noted(event, event.group_id)
    if event.type == JOINED:
        return _with(memberships, event, _joined(event.body)), None
    if event.type == LEFT:
        tenant_id = _left(event.body).tenant_id
        return tuple(m for m in memberships if tenant_id is not None and m.tenant_id != tenant_id), None
    return memberships, None


def merged(tenant: Tenant | None, noted: TenantNoted, now: int) -> Tenant:
    """The tenant with what was noted merged in, property by property, the latest winning (courier.md 1.6)."""
    old = tenant or Tenant(
        environment=noted.environment, tenant_id=noted.tenant_id, name=noted.tenant_id, created_at=now, updated_at=now
    )
    properties, times, name = dict(old.properties), dict(old.property_times), old.name
    for key, value in noted.properties.items():
        if noted.at >= times.get(key, -1):
            properties[key], times[key] = value, noted.at
    if noted.name and noted.at >= times.get("name", -1):
        name, times["name"] = noted.name[:NAME_MAX], noted.at
    return msgspec.structs.replace(old, name=name, properties=properties, property_times=times, updated_at=now)


def _with(memberships: tuple[Membership, ...], event: Event, joined: TenantJoined) -> tuple[Membership, ...]:
    for position, membership in enumerate(memberships):
        if membership.tenant_id == joined.tenant_id:
            if joined.profile is None:
                return memberships
            changed = msgspec.structs.replace(membership, profile=joined.profile)
            return (*memberships[:position], changed, *memberships[position + 1 :])
    fresh = Membership(
        user_key=event.user_key, tenant_id=joined.tenant_id, profile=joined.profile or {}, joined_at=event.received_at
    )
    return (*memberships, fresh)


def _noted(event: Event, tenant_id: str) -> TenantNoted:
    name = event.traits.get("name")
    return TenantNoted(
        environment=event.environment,
        tenant_id=tenant_id,
        name=name if isinstance(name, str) and name else None,
        properties={key: value for key, value in event.traits.items() if key != "name"},
        at=event.timestamp,
    )
