"""What is known of an id, and the payloads of the events by which one id is merged into another (decision 0014)."""

from msgspec import Struct

REQUESTED = "merge.requested"
HANDED = "merge.handed"
QUESTIONED = "merge.questioned"
REFUSED = "merge.refused"
ERASED = "merge.erased"
MESSAGE_MOVED = "merge.message_moved"


SEPARATOR = "\x1f"
"""Stands between ids where they are kept, so no id that holds it is merged."""


class Identity(Struct, frozen=True, kw_only=True):
    """What is known of one id.

    is_known: somebody was called by it as a user, so only an alias of a trusted source merges it.
    merged_into: the id that has its state now, "" for none. is_shared: several users carried it, so what still comes under it
    is nobody's and is not passed on. merged_ids: those that were merged into this one, oldest first.
    """

    user_key: str = ""
    is_known: bool = False
    is_shared: bool = False
    merged_into: str = ""
    merged_ids: tuple[str, ...] = ()

    @property
    def passes_to(self) -> str:
        """Where events of this id belong; "" if they belong here."""
        return "" if self.is_shared else self.merged_into


class MergeRequested(Struct, frozen=True, kw_only=True, omit_defaults=True):
    """Payload of "merge.requested", for the old id: its state belongs to `into`. is_alias: said so by a trusted source."""

    into: str
    is_alias: bool = False


class MergeQuestioned(Struct, frozen=True, kw_only=True):
    """Payload of "merge.questioned", for the user an id was merged into: another id wants it, is that you, too?"""

    previous_id: str
    into: str


class MergeRefused(Struct, frozen=True, kw_only=True):
    """Payload of "merge.refused", for an id: another user carried it too, so it is nobody's."""

    into: str


class MergeErased(Struct, frozen=True, kw_only=True):
    """Payload of "merge.erased", for a merged id: the user it was merged into is forgotten. suppresses: for good."""

    by: str
    suppresses: bool


class MessageMoved(Struct, frozen=True, kw_only=True):
    """Payload of "merge.message_moved", for the new id: a message that was sent under the old one has this status."""

    message_id: str
    status: str
