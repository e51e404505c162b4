"""An endpoint, what it may be told, and one thing that it is told."""

from typing import Any, Literal

from msgspec import Struct

MESSAGE_UPDATED = "message:updated"
NOTIFICATION_PUBLISHED = "notification:published"
AUDIENCE_UPDATED = "audiences:updated"
AUDIENCE_CALCULATED = "audiences:calculated"
AUDIENCE_MATCHED = "audiences:user:matched"
AUDIENCE_UNMATCHED = "audiences:user:unmatched"
PREFERENCE_UPDATED = "preferences:updated"
PROFILE_UPDATED = "profiles:updated"
PROFILE_DELETED = "profiles:deleted"
TEST = "webhook:test"

EVENTS = (
    MESSAGE_UPDATED,
    NOTIFICATION_PUBLISHED,
    AUDIENCE_UPDATED,
    AUDIENCE_CALCULATED,
    AUDIENCE_MATCHED,
    AUDIENCE_UNMATCHED,
    PREFERENCE_UPDATED,
    PROFILE_UPDATED,
    PROFILE_DELETED,
)
"""What an endpoint may ask for. Those about preferences and profiles are ours, Courier has none."""

State = Literal["ok", "off", "disabled"]
"""Whether it is called: "off" by hand, "disabled" by us because it has not answered for days."""


class Endpoint(Struct, frozen=True, kw_only=True):
    """An address that is told. secret: for the signature, open. events: what it asks for; none means everything.

    state_reason: why it is disabled. failing_since: of the first call that failed since the last that did not, None if the
    last one went well. Times are UTC milliseconds.
    """

    environment: str
    endpoint_id: str
    url: str
    secret: str
    events: tuple[str, ...] = ()
    description: str = ""
    state: State = "ok"
    state_reason: str = ""
    failing_since: int | None = None
    last_error: str = ""
    created_at: int
    updated_at: int

    @property
    def lane(self) -> str:
        """Each endpoint has its own, so that one that does not answer keeps no other waiting."""
        return f"webhook:{self.environment}:{self.endpoint_id}"

    def wants(self, event: str) -> bool:
        """Whether it is to be told of that."""
        return self.state == "ok" and (not self.events or event in self.events)


class Notice(Struct, frozen=True, kw_only=True):
    """One thing to be told. type: one of EVENTS. key: what makes this fact this fact; told twice under one key is told once."""

    type: str
    key: str
    data: dict[str, Any]
