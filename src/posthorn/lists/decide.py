"""What an event says about lists: the API's commands, and Segment Engage's audiences (segment.md 5.6). Pure."""

import msgspec

from posthorn.events.model import Event
from posthorn.lists.engage import audience_of
from posthorn.lists.model import SUBSCRIBED, UNSUBSCRIBED, ListChanged, Subscription

_changed = msgspec.json.Decoder(ListChanged).decode


def decide(event: Event) -> Subscription | None:
    """The subscription as the event has it, or None if it speaks of no list."""
    if event.type in (SUBSCRIBED, UNSUBSCRIBED):
        return _commanded(event, _changed(event.body))
    return _from_engage(event)


def _commanded(event: Event, changed: ListChanged) -> Subscription:
    return Subscription(
        user_key=event.user_key,
        list_id=changed.list_id,
        is_subscribed=event.type == SUBSCRIBED,
        changed_at=event.timestamp,
        preferences=changed.preferences,
    )


def _from_engage(event: Event) -> Subscription | None:
    audience = audience_of(event)
    if audience is None:
        return None
    value = (event.traits if event.type == "identify" else event.properties).get(audience.key)
    if value is None and audience.is_journey_step:
        value = True
    if value not in (True, "true", False, "false"):
        return None
    is_subscribed = value in (True, "true")
    list_id = f"{audience.key}-{audience.computation_id}"
    return Subscription(user_key=event.user_key, list_id=list_id, is_subscribed=is_subscribed, changed_at=event.timestamp)
