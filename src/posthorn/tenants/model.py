"""What a tenant and a membership are, and the payloads of the events that change them through the API."""

from typing import Any

from msgspec import Struct

JOINED = "tenant.joined"
LEFT = "tenant.left"


class Tenant(Struct, frozen=True, kw_only=True):
    """An organisation (courier.md 9.5). property_times: property → when it was true (UTC milliseconds); the latest wins."""

    environment: str
    tenant_id: str
    name: str
    parent_tenant_id: str | None = None
    brand_id: str | None = None
    properties: dict[str, Any] = {}
    property_times: dict[str, int] = {}
    user_profile: dict[str, Any] = {}
    default_preferences: dict[str, Any] = {}
    created_at: int
    updated_at: int


class Membership(Struct, frozen=True, kw_only=True):
    """One user in one tenant; `profile` is what is different about him there."""

    user_key: str
    tenant_id: str
    profile: dict[str, Any] = {}
    joined_at: int


class TenantNoted(Struct, frozen=True, kw_only=True):
    """What a group call says of a tenant, to be merged into it by time. `name` is None where the call has none."""

    environment: str
    tenant_id: str
    name: str | None
    properties: dict[str, Any]
    at: int


class TenantJoined(Struct, frozen=True, kw_only=True):
    """Payload of "tenant.joined": the user becomes a member, or his profile there is replaced."""

    tenant_id: str
    profile: dict[str, Any] | None = None


class TenantLeft(Struct, frozen=True, kw_only=True):
    """Payload of "tenant.left"; without a tenant: of all."""

    tenant_id: str | None = None
