"""What an event does to a profile. Pure."""

from typing import Any

import jsonpatch
import jsonpointer
import msgspec
from msgspec.structs import replace

from posthorn.events.model import Event
from posthorn.events.vocabulary import CONSENT_EVENT
from posthorn.profiles.model import (
    DELETED,
    MERGED,
    PATCHED,
    REPLACED,
    Consent,
    Profile,
    ProfileMerged,
    ProfilePatched,
    ProfileReplaced,
    deep_merged,
)

CONTACTS = frozenset({"email", "phone", "phone_number", "sms", "tokens"})
MERGED_BY_KEY = frozenset({"address", "company"})
VERIFIED = "verified."

_merged = msgspec.json.Decoder(ProfileMerged).decode
_replaced = msgspec.json.Decoder(ProfileReplaced).decode
_patched = msgspec.json.Decoder(ProfilePatched).decode


def decide(profile: Profile | None, event: Event, *, may_write_contacts: bool) -> Profile | None:
    """The profile after the event: the same object if nothing changed, None if there is none (any more).

    `may_write_contacts` is False for events of a public write key: those never overwrite an address that a trusted source gave
    (segment.md 10).
    """
    if event.type == "identify":
        traits = event.traits or _object(event.context.get("traits"))
        return _identified(profile, event, traits, may_write_contacts=may_write_contacts)
    if event.type == "track":
        return _tracked(profile, event)
    if event.type == MERGED:
        return written(profile, event, deep_merged(profile.profile if profile else {}, _merged(event.body).profile))
    if event.type == REPLACED:
        return written(profile, event, _replaced(event.body).profile)
    if event.type == PATCHED:
        return _with_patch(profile, event)
    if event.type == DELETED:
        return None
    return profile


def _tracked(profile: Profile | None, event: Event) -> Profile | None:
    """A track call leaves the profile alone, but for consent, and for a trait that Segment Engage computed."""
    if event.name == CONSENT_EVENT:
        return _with_consent(profile, event)
    personas = event.context.get("personas") if event.origin == "segment" else None
    if not isinstance(personas, dict) or personas.get("computation_class") != "trait":
        return profile
    key: Any = event.properties.get("trait_key") or personas.get("computation_key")
    if not isinstance(key, str) or key not in event.properties:
        return profile
    return _identified(profile, event, {key: event.properties[key]}, may_write_contacts=True)


def _with_consent(profile: Profile | None, event: Event) -> Profile | None:
    preferences = _object(event.context.get("consent")).get("categoryPreferences")
    old = profile or _fresh(event)
    if not isinstance(preferences, dict) or (old.consent is not None and event.timestamp < old.consent.at):
        return profile
    consent = Consent(preferences=preferences, at=event.timestamp)
    return replace(old, consent=consent, updated_at=event.received_at)


def _identified(profile: Profile | None, event: Event, traits: dict[str, Any], *, may_write_contacts: bool) -> Profile:
    old = profile or _fresh(event)
    values, times = dict(old.profile), dict(old.trait_times)
    for key, value in traits.items():
        if event.timestamp < times.get(key, -1) or _is_protected(key, value, old, may_write_contacts):
            continue
        values[key] = _merged_by_key(values.get(key), value) if key in MERGED_BY_KEY else value
        times[key] = event.timestamp
        if key in CONTACTS and may_write_contacts:
            times[VERIFIED + key] = event.timestamp
    _derive(values, times, traits, event)
    if profile is not None and (values, times) == (old.profile, old.trait_times):
        return profile
    return replace(old, profile=values, trait_times=times, updated_at=event.received_at)


def _object(value: Any) -> dict[str, Any]:
    return value if isinstance(value, dict) else {}


def _is_protected(key: str, value: Any, old: Profile, may_write_contacts: bool) -> bool:
    if may_write_contacts or key not in CONTACTS or not old.profile.get(key):
        return False
    return value != old.profile[key] and (VERIFIED + key in old.trait_times or old.profile.get(f"{key}_verified") is True)


def _merged_by_key(old: Any, new: Any) -> Any:
    return {**old, **new} if isinstance(old, dict) and isinstance(new, dict) else new


def _derive(values: dict[str, Any], times: dict[str, int], traits: dict[str, Any], event: Event) -> None:
    """Contact fields beside the traits (courier.md 1.4): never over a trait of that very name."""
    for derived, names in _DERIVED:
        source = next((traits[name] for name in names if isinstance(traits.get(name), str)), None)
        if source is not None and derived not in times and event.timestamp >= times.get("derived." + derived, -1):
            values[derived] = source
            times["derived." + derived] = event.timestamp
    zone, locale = event.context.get("timezone"), event.context.get("locale")
    if isinstance(zone, str) and "timezone" not in times and event.timestamp >= times.get("derived.timezone", -1):
        values["timezone"] = zone
        times["derived.timezone"] = event.timestamp
    if isinstance(locale, str) and locale and "locale" not in values:
        values["locale"] = locale.split("@")[0].split(".")[0]


_DERIVED = (
    ("phone_number", ("phone", "sms")),
    ("given_name", ("firstName", "first_name")),
    ("family_name", ("lastName", "last_name")),
    ("picture", ("avatar",)),
)


def _with_patch(profile: Profile | None, event: Event) -> Profile | None:
    old = profile.profile if profile else {}
    try:
        new = jsonpatch.apply_patch(old, _patched(event.body).patch)
    except (jsonpatch.JsonPatchException, jsonpointer.JsonPointerException):
        return profile
    return written(profile, event, new) if isinstance(new, dict) else profile


def written(profile: Profile | None, event: Event, values: dict[str, Any]) -> Profile:
    """Written by the API: every key that changed or went is as new as the request."""
    old = profile or _fresh(event)
    times = dict(old.trait_times)
    for key in old.profile.keys() | values.keys():
        if key not in values or key not in old.profile or values[key] != old.profile[key]:
            times[key] = event.timestamp
            if key in CONTACTS:
                times[VERIFIED + key] = event.timestamp
    return replace(old, profile=values, trait_times=times, updated_at=event.received_at)


def _fresh(event: Event) -> Profile:
    return Profile(
        user_key=event.user_key, profile={}, trait_times={}, created_at=event.received_at, updated_at=event.received_at
    )
