"""What an event teaches about ids: who is known by a user id, and which other ids are his (segment.md 6.7). Pure."""

import re

from msgspec.structs import replace

from posthorn.events.model import SEGMENT_TYPES, Event
from posthorn.identities.model import SEPARATOR, Identity

MOST_IDS = 100
"""Ids merged into one user. Whoever has more is not one person but a test account or a shared screen."""

_NOBODY = re.compile(
    r"[0\-]*|-1|null|nil|none|undefined|unknown|anonymous|guest|visitor|user|test|true|false"
    r"|n/?a|not available|\[object object\]",
    re.IGNORECASE,
)
_BY_NAME = ("profile.", "tenant.")


def decide(identity: Identity, event: Event) -> tuple[Identity, tuple[str, ...]]:
    """The identity after the event, the same object if it taught nothing, and the ids that are to be merged into it now."""
    if event.type not in SEGMENT_TYPES:
        is_known = identity.is_known or (event.origin == "api" and event.type.startswith(_BY_NAME))
        return (identity if is_known == identity.is_known else replace(identity, is_known=True)), ()
    if event.user_id is None or _is_nothing_new(identity, event):
        return identity, ()
    fresh = [one for one in _other_ids(event) if _is_new(one, identity, event)]
    if not fresh and identity.is_known:
        return identity, ()
    room = max(0, MOST_IDS - len(identity.merged_ids))
    taken = tuple(fresh[:room])
    return replace(identity, is_known=True, merged_ids=(*identity.merged_ids, *taken)), taken


def is_somebody(user_key: str) -> bool:
    """Whether an id can be one person's: not one of the words that programs send when they have none."""
    return SEPARATOR not in user_key and _NOBODY.fullmatch(user_key.strip()) is None


def _is_nothing_new(identity: Identity, event: Event) -> bool:
    # Nearly every event comes this way.
    is_merged = event.anonymous_id is None or event.anonymous_id in identity.merged_ids
    return is_merged and identity.is_known and event.type != "alias"


def _other_ids(event: Event) -> list[str]:
    wanted = (event.previous_id if event.type == "alias" else None, event.anonymous_id)
    return list(dict.fromkeys(one for one in wanted if one))


def _is_new(one: str, identity: Identity, event: Event) -> bool:
    return one != event.user_key and one not in identity.merged_ids and is_somebody(one)
