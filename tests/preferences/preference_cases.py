"""Topics and choices, as short as a test wants to say them."""

from typing import Any

from posthorn.events.model import Event
from posthorn.preferences.model import Preference, Topic

NOW = 1_788_257_701_000


def topic(topic_id: str = "pt_1", default_status: Any = "OPTED_IN", **fields: Any) -> Topic:
    """A topic of the section Marketing."""
    given: dict[str, Any] = {
        "environment": "production",
        "topic_id": topic_id,
        "section_id": "ps_1",
        "section_name": "Marketing",
        "name": f"Topic {topic_id}",
        "default_status": default_status,
        "created_at": NOW,
        "created_by": "k",
        "updated_at": NOW,
        "updated_by": "k",
    }
    return Topic(**(given | fields))


def chosen(status: Any, topic_id: str = "pt_1", tenant_id: str = "", **fields: Any) -> Preference:
    """A choice of u-1."""
    return Preference(user_key="u-1", topic_id=topic_id, tenant_id=tenant_id, status=status, changed_at=NOW, **fields)


def change_event(at: int = NOW + 1_000) -> Event:
    """The event that carries a change."""
    return Event(
        id="evt_0_1_0",
        environment="production",
        source_id="",
        origin="api",
        type="preferences.changed",
        user_key="u-1",
        message_id="req-1",
        timestamp=at,
        received_at=at,
    )
