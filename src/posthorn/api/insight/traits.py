"""What changed in a profile, and which event did it."""

from typing import Any

from msgspec import UNSET, Struct, UnsetType

from posthorn.api.payloads import masked
from posthorn.events.model import Event
from posthorn.profiles.change_store import changes_of_event, changes_of_user
from posthorn.profiles.changes import ProfileChange
from posthorn.storage.database import Transaction

_LOOK_BACK = 200


class TraitDelta(Struct, frozen=True, kw_only=True):
    """One trait before and after; left out where there was, or is, none. set_by: the event that had set it before, as far as
    is known; null otherwise.
    """

    trait: str
    before: Any | UnsetType = UNSET
    after: Any | UnsetType = UNSET
    set_by: str | None = None


async def deltas_of(tx: Transaction, partition: int, event: Event) -> list[TraitDelta]:
    """What an event changed in its user's profile, by trait."""
    one = await changes_of_event(tx, partition, event.environment, event.user_key, event_id=event.id, at=event.received_at)
    if one is None:
        return []
    place = (one.changed_at, one.event_id)
    earlier = await changes_of_user(tx, partition, event.environment, event.user_key, before=place, limit=_LOOK_BACK)
    return [_delta(one, trait, earlier) for trait in sorted(one.traits)]


def deltas(change: ProfileChange, earlier: list[ProfileChange]) -> list[TraitDelta]:
    """One change, by trait. earlier: the user's changes before it, newest first."""
    return [_delta(change, trait, earlier) for trait in sorted(change.traits)]


def _delta(change: ProfileChange, trait: str, earlier: list[ProfileChange]) -> TraitDelta:
    seen = change.traits[trait]
    return TraitDelta(
        trait=trait,
        before=_shown(trait, seen.before),
        after=_shown(trait, seen.after),
        set_by=next((one.event_id for one in earlier if trait in one.traits), None),
    )


def _shown(trait: str, value: tuple[Any, ...]) -> Any:
    return masked({trait: value[0]})[trait] if value else UNSET
