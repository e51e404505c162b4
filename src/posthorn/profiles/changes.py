"""What an event changed in a profile, trait by trait. Pure."""

from typing import Any

import msgspec
from msgspec import Struct

from posthorn.events.model import Event
from posthorn.profiles.model import Profile

_LONGEST = 500
_MOST_TRAITS = 200


class TraitChange(Struct, frozen=True, array_like=True):
    """before, after: the value alone in a tuple, nothing for none; as text, cut, where it is long."""

    before: tuple[Any, ...]
    after: tuple[Any, ...]


class ProfileChange(Struct, frozen=True, kw_only=True):
    """What one event changed. changed_at: its receipt, UTC milliseconds. traits: by name."""

    environment: str
    user_key: str
    event_id: str
    changed_at: int
    traits: dict[str, TraitChange]


def change_of(before: Profile | None, after: Profile | None, event: Event) -> ProfileChange | None:
    """The difference between the profiles before and behind an event; None if there is none."""
    if before is after:
        return None
    old, new = before.profile if before else {}, after.profile if after else {}
    changed = [name for name in {**old, **new} if name not in old or name not in new or old[name] != new[name]]
    if not changed:
        return None
    return ProfileChange(
        environment=event.environment,
        user_key=event.user_key,
        event_id=event.id,
        changed_at=event.received_at,
        traits={name: TraitChange(_kept(old, name), _kept(new, name)) for name in changed[:_MOST_TRAITS]},
    )


def _kept(values: dict[str, Any], name: str) -> tuple[Any, ...]:
    if name not in values:
        return ()
    value = values[name]
    if isinstance(value, int | float | bool) or value is None or (isinstance(value, str) and len(value) <= _LONGEST):
        return (value,)
    text = value if isinstance(value, str) else msgspec.json.encode(value).decode()
    return (value,) if len(text) <= _LONGEST else (text[: _LONGEST - 1] + "…",)
