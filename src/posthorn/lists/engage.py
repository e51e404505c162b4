"""Segment Engage marks what it computed in `context.personas`: audiences, journey steps, traits (segment.md 5.6). Pure."""

from typing import Any

from msgspec import Struct

from posthorn.events.model import Event

_AUDIENCES = ("audience", "journey_step")


class Audience(Struct, frozen=True, kw_only=True):
    """The audience, or the step of an Engage journey, that an event speaks of.

    key: of the trait or property that says whether the user is a member.
    """

    key: str
    computation_id: str
    is_journey_step: bool


class AudienceSeen(Struct, frozen=True, kw_only=True):
    """When the first event of an Engage audience was seen, UTC milliseconds."""

    environment: str
    computation_id: str
    first_seen_at: int


def audience_of(event: Event) -> Audience | None:
    """The audience that a call of Segment's destination speaks of; None for any other event."""
    personas: Any = event.context.get("personas") if event.origin == "segment" else None
    if not isinstance(personas, dict) or event.type not in ("identify", "track"):
        return None
    key, computation_id = personas.get("computation_key"), personas.get("computation_id")
    computed: Any = personas.get("computation_class")
    if computed not in _AUDIENCES or not isinstance(key, str) or not isinstance(computation_id, str):
        return None
    return Audience(key=key, computation_id=computation_id, is_journey_step=computed == "journey_step")
