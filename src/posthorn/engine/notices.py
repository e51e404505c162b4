"""What facts look like to a webhook endpoint (courier.md 7.3, 10.10): the same facts that Segment is told. Pure."""

from typing import Any

import msgspec

from posthorn.destinations.facts import AudienceFacts, PreferenceFacts
from posthorn.messages.model import Message, Transition
from posthorn.messages.record import record
from posthorn.webhooks.model import (
    AUDIENCE_MATCHED,
    AUDIENCE_UNMATCHED,
    MESSAGE_UPDATED,
    PREFERENCE_UPDATED,
    PROFILE_DELETED,
    PROFILE_UPDATED,
    Notice,
)


def message_updated(message: Message, transition: Transition) -> Notice:
    """A message reached a status, or another link in it was clicked: the message as GET /messages/{id} shows it."""
    shown = msgspec.to_builtins(record(message))
    data = {**shown, "status": transition.status, "recipientId": message.recipient}
    if transition.link:
        data["link"] = transition.link
    return Notice(type=MESSAGE_UPDATED, key=f"{message.message_id}/{transition.status}/{transition.link}", data=data)


def audience_user(facts: AudienceFacts, *, has_matched: bool) -> Notice:
    """A user entered or left an audience."""
    return Notice(
        type=AUDIENCE_MATCHED if has_matched else AUDIENCE_UNMATCHED,
        key=f"{facts.audience_id}/{facts.audience_version}/{facts.user_id}/{facts.transition}",
        data={
            "audience_id": facts.audience_id,
            "audience_version": facts.audience_version,
            "reason": facts.reason,
            "user_id": facts.user_id,
        },
    )


def preference_updated(facts: PreferenceFacts, at: int) -> Notice:
    """A user's effective choice for a topic changed at that moment (UTC milliseconds)."""
    known = {name: value for name, value in msgspec.to_builtins(facts).items() if value is not None}
    data = {name: value for name, value in known.items() if name != "change_id"}
    return Notice(type=PREFERENCE_UPDATED, key=f"{facts.change_id}/{facts.topic_id}/{at}", data=data)


def profile_updated(user_key: str, profile: dict[str, Any], event_id: str) -> Notice:
    """A user's profile is now like this. event_id: of the event that changed it."""
    return Notice(type=PROFILE_UPDATED, key=f"{user_key}/{event_id}", data={"user_id": user_key, "profile": profile})


def profile_deleted(user_key: str, event_id: str) -> Notice:
    """A user was forgotten."""
    return Notice(type=PROFILE_DELETED, key=f"{user_key}/{event_id}", data={"user_id": user_key})
