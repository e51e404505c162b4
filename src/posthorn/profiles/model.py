"""What a profile is, and the payloads of the events that change one through the API."""

from typing import Any

from msgspec import Struct

MERGED = "profile.merged"
REPLACED = "profile.replaced"
PATCHED = "profile.patched"
DELETED = "profile.deleted"


class Consent(Struct, frozen=True, kw_only=True):
    """What a user agreed to: category → true or false, as said at `at` (UTC milliseconds). Source: segment.md 6.8."""

    preferences: dict[str, Any]
    at: int


class Profile(Struct, frozen=True, kw_only=True):
    """What is known of one user (courier.md 3.1). Times are UTC milliseconds.

    profile: trait → value, as the API shows it. trait_times: trait → when its value was true; the latest wins (segment.md 6.5).
    A trait that was removed keeps its time, so that an older event does not bring it back. Derived contact fields have none.
    consent: what the user last said of it, None if nothing; never shown among the traits, never replaced with them.
    """

    user_key: str
    profile: dict[str, Any]
    trait_times: dict[str, int]
    created_at: int
    updated_at: int
    consent: Consent | None = None


class ProfileMerged(Struct, frozen=True, kw_only=True):
    """Payload of "profile.merged": a deep merge (courier.md 3.2)."""

    profile: dict[str, Any]


class ProfileReplaced(Struct, frozen=True, kw_only=True):
    """Payload of "profile.replaced": exactly this from now on."""

    profile: dict[str, Any]


class ProfilePatched(Struct, frozen=True, kw_only=True):
    """Payload of "profile.patched": a list of RFC 6902 operations, all or none."""

    patch: list[dict[str, Any]]


def deep_merged(old: dict[str, Any], new: dict[str, Any]) -> dict[str, Any]:
    """`new` over `old`: objects key by key, everything else replaced, null included (courier.md 3.2)."""
    merged = dict(old)
    for key, value in new.items():
        before = merged.get(key)
        merged[key] = deep_merged(before, value) if isinstance(before, dict) and isinstance(value, dict) else value
    return merged
