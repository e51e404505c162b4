"""What a subscription to a list is, and the payloads of the events that change one."""

from msgspec import Struct

SUBSCRIBED = "list.subscribed"
UNSUBSCRIBED = "list.unsubscribed"


class Subscription(Struct, frozen=True, kw_only=True):
    """One user and one list. `changed_at` (UTC milliseconds) decides between two answers: the later one counts."""

    user_key: str
    list_id: str
    is_subscribed: bool
    changed_at: int


class ListChanged(Struct, frozen=True, kw_only=True):
    """Payload of "list.subscribed" and "list.unsubscribed"."""

    list_id: str
