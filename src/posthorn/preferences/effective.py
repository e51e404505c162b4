"""What counts: the user's own choice, else his tenant's default, else the topic's. Pure. Source: courier.md 8.4."""

from collections.abc import Iterable, Mapping
from typing import Any

import msgspec
from msgspec import Struct

from posthorn.preferences.model import Channel, Default, Preference, Status, Topic

Line = tuple[Mapping[str, Any], ...]
"""The `default_preferences` of a tenant and its ancestors as they are stored (courier.md 9.5), nearest first."""


class Effective(Struct, frozen=True, kw_only=True):
    """What counts for one user and topic. own: the choice of his that decides, None if a default does."""

    status: Status
    default_status: Status
    has_custom_routing: bool = False
    custom_routing: tuple[Channel, ...] = ()
    own: Preference | None = None

    @property
    def is_in(self) -> bool:
        """Whether messages of the topic go to this user."""
        return self.status != "OPTED_OUT"


def effective(topic: Topic, preferences: Iterable[Preference], tenant_id: str = "", line: Line = ()) -> Effective:
    """What counts in the context of a tenant, "" for none. `line`: of that tenant.

    First hit: 1. REQUIRED by topic or tenant, 2. own choice in that context, 3. own choice elsewhere, 4. the tenant's default,
    5. the topic's.
    """
    default = default_of(topic, line)
    if default.status == "REQUIRED":
        return Effective(status="REQUIRED", default_status="REQUIRED")
    own = _own(topic.topic_id, preferences, tenant_id)
    decides = own or default
    return Effective(
        status=decides.status,
        default_status=default.status,
        has_custom_routing=decides.has_custom_routing,
        custom_routing=decides.custom_routing,
        own=own,
    )


def default_of(topic: Topic, line: Line) -> Default:
    """What counts for somebody who chose nothing. A topic that is REQUIRED is so for every tenant."""
    of_topic = Default(status=topic.default_status)
    if topic.default_status == "REQUIRED":
        return of_topic
    found = (read_default(stored, topic.topic_id) for stored in line)
    return next((one for one in found if one is not None), of_topic)


def read_default(stored: Mapping[str, Any], topic_id: str) -> Default | None:
    """A tenant's default for one topic; None if it has none, or one that cannot be read."""
    items = stored.get("items")
    for item in items if isinstance(items, list) else ():
        if isinstance(item, dict) and item.get("id") == topic_id:
            try:
                return msgspec.convert({name: value for name, value in item.items() if value is not None}, Default)
            except msgspec.ValidationError:
                return None
    return None


def _own(topic_id: str, preferences: Iterable[Preference], tenant_id: str) -> Preference | None:
    of_topic = {one.tenant_id: one for one in preferences if one.topic_id == topic_id}
    return of_topic.get(tenant_id) or of_topic.get("")
