"""What automations remember of a user, or of a key that users share, between runs."""

from collections.abc import Mapping, Sequence
from typing import Any

from msgspec import Struct

from posthorn.ids import digest

SHARED = "posthorn:"
"""How the keys begin that belong to no user: what is counted or collected for all of them has its own place in the log."""


class Mark(Struct, frozen=True, kw_only=True):
    """One thing remembered. kind: which rule it is for; name: what of it. body: as the rule wrote it; None: forget it.

    expires_at: when it means nothing any more (UTC milliseconds); None: never.
    """

    user_key: str
    kind: str
    name: str
    expires_at: int | None = None
    body: dict[str, Any] | None


Marks = Mapping[tuple[str, str], Mark]
"""Of one user, by (kind, name)."""

NO_MARKS: Marks = {}


def with_marks(known: Marks, changed: Sequence[Mark]) -> Marks:
    """The marks after these changes."""
    if not changed:
        return known
    both = {**known, **{(mark.kind, mark.name): mark for mark in changed}}
    return {key: mark for key, mark in both.items() if mark.body is not None}


def shared_key(kind: str, *parts: str) -> str:
    """The key in whose place something is counted or collected for all users."""
    return f"{SHARED}{kind}:{digest(*parts).hex()}"
