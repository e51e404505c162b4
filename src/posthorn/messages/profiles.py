"""Which profile a message uses: layers, later wins. Source: courier.md 3.4, 6.4."""

from typing import Any

from posthorn.messages.model import Known, Membership
from posthorn.messages.recipients import given_profile, tenant_of
from posthorn.profiles.model import deep_merged


def tenant_for(known: Known, message: dict[str, Any], to: dict[str, Any], default: str = "") -> Membership | None:
    """The tenant in whose context the message is sent: the one that is named, else the only one the user belongs to."""
    named = tenant_of(message, to) or default
    if named:
        found = (membership for membership in known.memberships if membership.tenant_id == named)
        return next(found, Membership(tenant_id=named, is_member=False))
    own = [membership for membership in known.memberships if membership.is_member]
    return own[0] if len(own) == 1 else None


def merged_profile(known: Known, message: dict[str, Any], to: dict[str, Any], tenant: Membership | None) -> dict[str, Any]:
    """Tenant's user_profile, stored profile, the membership's, the step's `profile`, the recipient object; later wins."""
    layers: list[Any] = [known.profile, message.get("profile"), given_profile(to)]
    if tenant is not None:
        layers[:1] = [tenant.user_profile, known.profile, tenant.profile]
    merged: dict[str, Any] = {}
    for layer in layers:
        if isinstance(layer, dict) and layer:
            merged = deep_merged(merged, layer)
    return merged
