"""What happened, in plain values, for those who tell a destination about it. Times are UTC milliseconds.

None is not known.
"""

from typing import Literal

from msgspec import Struct


class MessageFacts(Struct, frozen=True, kw_only=True):
    """What is known of a message when its status moves (courier.md 2.3).

    recipient: user id or address. user_id, anonymous_id: as Segment knows the recipient; without both one is derived of
    the address. notification: template id. event: event id used on the send. link: the clicked URL. trigger_event,
    trigger_message_id: the Segment event that started the run. ip, user_agent: of the one who opened or clicked.
    traits: email and the like, used only if the settings say so.
    """

    message_id: str
    status: str
    recipient: str
    request_id: str | None = None
    reason: str | None = None
    error: str | None = None
    user_id: str | None = None
    anonymous_id: str | None = None
    notification: str | None = None
    notification_name: str | None = None
    event: str | None = None
    channel: str | None = None
    provider: str | None = None
    link: str | None = None
    tenant_id: str | None = None
    list_id: str | None = None
    list_name: str | None = None
    list_message_id: str | None = None
    audience_id: str | None = None
    job_id: str | None = None
    automation_run_id: str | None = None
    journey_id: str | None = None
    automation_template_id: str | None = None
    trigger_event: str | None = None
    trigger_message_id: str | None = None
    topic_id: str | None = None
    tags: tuple[str, ...] = ()
    trace_id: str | None = None
    utm: dict[str, str] = {}
    enqueued_at: int | None = None
    sent_at: int | None = None
    delivered_at: int | None = None
    opened_at: int | None = None
    clicked_at: int | None = None
    email_subject: str | None = None
    ip: str | None = None
    user_agent: str | None = None
    traits: dict[str, str] = {}


class AudienceFacts(Struct, frozen=True, kw_only=True):
    """A user entered or left an audience.

    transition: number of this change for user and version, so that each has its own id. anonymous_id: given in place of the
    user_id where Segment knows him by that.
    """

    audience_id: str
    audience_version: int
    user_id: str
    transition: int
    anonymous_id: str | None = None
    audience_name: str | None = None
    reason: str | None = None


class PreferenceFacts(Struct, frozen=True, kw_only=True):
    """A user's effective choice for a topic changed. status, previous_status: OPTED_IN, OPTED_OUT, REQUIRED.

    change_id: of what changed it, so that two changes in one millisecond have each its own id. user_id, anonymous_id: one
    of them.
    """

    change_id: str
    user_id: str | None = None
    anonymous_id: str | None = None
    topic_id: str
    status: str
    previous_status: str
    topic_name: str | None = None
    section_id: str | None = None
    section_name: str | None = None
    has_custom_routing: bool = False
    custom_routing: tuple[str, ...] = ()
    tenant_id: str | None = None
    source: Literal["api", "preference_page", "unsubscribe_link", "list_unsubscribe"] = "api"
