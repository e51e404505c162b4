"""What a topic, a section and a choice are, and the payload of the event that changes a user's choices."""

from typing import Any, Literal

from msgspec import Struct

CHANGED = "preferences.changed"

Status = Literal["OPTED_IN", "OPTED_OUT", "REQUIRED"]
Choice = Literal["OPTED_IN", "OPTED_OUT"]
Channel = Literal["direct_message", "email", "push", "sms", "webhook", "inbox"]
Allowed = Literal["snooze", "channel_preferences"]
Cause = Literal["api", "preference_page", "unsubscribe_link", "list_unsubscribe"]


class Edit(Struct, frozen=True, kw_only=True):
    """Who changes the configuration, and when (UTC milliseconds)."""

    now: int
    editor: str


class Section(Struct, frozen=True, kw_only=True):
    """Topics that belong together (courier.md 8.2). routing_options: the channels offered for topics that name none."""

    environment: str
    section_id: str
    name: str
    description: str | None = None
    has_custom_routing: bool = False
    routing_options: tuple[Channel, ...] = ()
    created_at: int
    created_by: str
    updated_at: int
    updated_by: str


class Topic(Struct, frozen=True, kw_only=True):
    """Something that can be opted out of. section_name: of its section, "" if that is gone.

    archived_at: since when nobody is shown it; what was chosen for it still counts, for the messages that name it.
    """

    environment: str
    topic_id: str
    section_id: str
    name: str
    default_status: Status
    description: str | None = None
    allowed_preferences: tuple[Allowed, ...] = ()
    includes_unsubscribe_header: bool = False
    routing_options: tuple[Channel, ...] = ()
    topic_data: dict[str, Any] = {}
    created_at: int
    created_by: str
    updated_at: int
    updated_by: str
    archived_at: int | None = None
    section_name: str = ""


class Preference(Struct, frozen=True, kw_only=True):
    """One user's choice for one topic. tenant_id: in whose context it counts, "" for everywhere else.

    custom_routing: the channels he wants, if has_custom_routing. digest_schedule: how often, "" for the topic's default.
    changed_at: UTC milliseconds.
    """

    user_key: str
    tenant_id: str = ""
    topic_id: str
    status: Choice
    has_custom_routing: bool = False
    custom_routing: tuple[Channel, ...] = ()
    digest_schedule: str = ""
    changed_at: int = 0


class Default(Struct, frozen=True, kw_only=True):
    """What a tenant gives its members of one topic."""

    status: Status
    has_custom_routing: bool = False
    custom_routing: tuple[Channel, ...] = ()


class Change(Struct, frozen=True, kw_only=True, omit_defaults=True):
    """What shall become of one choice. status None: back to the default. The other fields: None leaves them as they are."""

    topic_id: str
    status: Choice | None = None
    has_custom_routing: bool | None = None
    custom_routing: tuple[Channel, ...] | None = None
    digest_schedule: str | None = None


class PreferencesChanged(Struct, frozen=True, kw_only=True, omit_defaults=True):
    """Payload of "preferences.changed". replaces: topics of this context that are not listed go back to their defaults.

    is_address: the recipient is no user but an address of his own.
    """

    changes: tuple[Change, ...] = ()
    tenant_id: str = ""
    replaces: bool = False
    cause: Cause = "api"
    is_address: bool = False


class StatusChanged(Struct, frozen=True, kw_only=True):
    """That a user is in where he was out, or out where he was in: what Segment is told (courier.md 2.3)."""

    topic: Topic
    tenant_id: str
    status: Status
    previous_status: Status
    has_custom_routing: bool
    custom_routing: tuple[Channel, ...]
    cause: Cause
    is_address: bool = False


class DigestSchedule(Struct, frozen=True, kw_only=True):
    """How often the messages of a topic may come together, one of the choices that a reader has."""

    id: str
    name: str


class PublishedTopic(Struct, frozen=True, kw_only=True):
    """A topic as the hosted page shows it. channels: to choose from, () if there is no choice."""

    topic_id: str
    name: str
    description: str = ""
    channels: tuple[Channel, ...] = ()
    schedules: tuple[DigestSchedule, ...] = ()


class PublishedSection(Struct, frozen=True, kw_only=True):
    """A section as the hosted page shows it."""

    section_id: str
    name: str
    description: str = ""
    topics: tuple[PublishedTopic, ...] = ()


class PublishedPage(Struct, frozen=True, kw_only=True):
    """The hosted page at one version, which is when it was published (UTC milliseconds); it never changes.

    brand_id: whose colours it has; "default" for the workspace's, "none" for ours.
    """

    environment: str
    version: int
    brand_id: str = "default"
    heading: str | None = None
    description: str | None = None
    sections: tuple[PublishedSection, ...] = ()
    published_by: str = ""
