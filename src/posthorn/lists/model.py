"""What a list and a subscription to it are, and the payloads of the events that change one."""

from typing import Any

from msgspec import Struct

SUBSCRIBED = "list.subscribed"
UNSUBSCRIBED = "list.unsubscribed"


class ListRecord(Struct, frozen=True, kw_only=True):
    """A list (courier.md 7.5). archived_at: when it was deleted; its subscriptions wait for it to be restored."""

    environment: str
    list_id: str
    name: str
    preferences: dict[str, Any] | None = None
    created_at: int
    updated_at: int
    archived_at: int | None = None


class Subscription(Struct, frozen=True, kw_only=True):
    """One user and one list, or with an empty list_id the end of all his subscriptions.

    changed_at (UTC milliseconds) decides between two answers: the later one counts. preferences: what he wants of the list,
    None to leave that as it is.
    """

    user_key: str
    list_id: str
    is_subscribed: bool
    changed_at: int
    preferences: dict[str, Any] | None = None


class Subscriber(Struct, frozen=True, kw_only=True):
    """Somebody on a list, since `created_at` (UTC milliseconds)."""

    user_key: str
    created_at: int
    preferences: dict[str, Any] | None = None


class Subscribed(Struct, frozen=True, kw_only=True):
    """A list that one user is on."""

    list_id: str
    name: str
    created_at: int
    updated_at: int
    preferences: dict[str, Any] | None = None


class ListChanged(Struct, frozen=True, kw_only=True, omit_defaults=True):
    """Payload of "list.subscribed" and "list.unsubscribed". An empty list_id ends every subscription of the user."""

    list_id: str = ""
    preferences: dict[str, Any] | None = None
