"""What the deciders may see of a user and of the configuration beside the event itself. Pure."""

import hashlib
from typing import Any

from posthorn.automations.freshness import CONSENT, INTEGRATIONS, barrier
from posthorn.automations.model import View
from posthorn.engine.config import Config
from posthorn.engine.state import UserState
from posthorn.events.model import SEGMENT_TYPES, Event
from posthorn.lists.engage import AudienceSeen, audience_of

OWN_EVENT = "own_event"


def refusal(user: UserState, event: Event, config: Config) -> str:
    """Why the event must not even be learned from, in a word; "" if it may."""
    if event.type not in SEGMENT_TYPES:
        return ""
    if _has_passed_through_us(event, config):
        return OWN_EVENT
    found = barrier(event, config.directory.source(event.source_id), _consent(user))
    return found if found in (CONSENT, INTEGRATIONS) else ""


def _has_passed_through_us(event: Event, config: Config) -> bool:
    """Whether a repeater between Segment sources has sent it to the one we write to, so that it goes round (segment.md 7.6)."""
    chain = event.context.get("repeatChain")
    installed = config.segment.get(event.environment)
    if not isinstance(chain, list) or installed is None:
        return False
    return hashlib.md5(installed.settings.write_key.encode(), usedforsecurity=False).hexdigest() in chain


def may_write_contacts(event: Event, config: Config) -> bool:
    """Whether the event may overwrite an address that a trusted source gave (segment.md 10)."""
    source = config.directory.source(event.source_id)
    return is_trusted(event, config) or (source is not None and source.allow_profile_writes == "contacts")


def is_trusted(event: Event, config: Config) -> bool:
    """Whether the event came with a key that is not in the hands of every visitor."""
    source = config.directory.source(event.source_id)
    return source is None or source.kind not in ("web", "mobile")


def view_of(user: UserState, event: Event, config: Config) -> View:
    """What runs see."""
    audience = audience_of(event)
    return View(
        profile=user.profile.profile if user.profile else {},
        source=config.directory.source(event.source_id),
        consent=_consent(user),
        marks=user.marks,
        audience_seen_at=config.engage_audiences.get((event.environment, audience.computation_id)) if audience else None,
    )


def new_audience(event: Event, config: Config) -> AudienceSeen | None:
    """The Engage audience that the event speaks of, if it is the first to do so."""
    audience = audience_of(event)
    if audience is None or (event.environment, audience.computation_id) in config.engage_audiences:
        return None
    return AudienceSeen(environment=event.environment, computation_id=audience.computation_id, first_seen_at=event.received_at)


def _consent(user: UserState) -> dict[str, Any] | None:
    return user.profile.consent.preferences if user.profile and user.profile.consent else None
