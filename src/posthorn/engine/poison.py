"""Finds the one event that keeps a step from being written, by trying ever shorter beginnings of the step."""

from collections.abc import Awaitable, Callable, Iterable

from msgspec import Struct

from posthorn.engine.erasure import FORGETS
from posthorn.engine.work import Item

Poison = dict[str, str]
"""Event id → what went wrong when it was written."""


class Trial(Struct, frozen=True, kw_only=True):
    """What became of trying to write the first items of a step. identifiers: event ids of all its items, in order."""

    identifiers: tuple[str, ...] = ()
    is_written: bool = True


class TrialEnded(Exception):
    """Ends the transaction of a trial, so that nothing of it is kept."""


async def culprit(attempt: Callable[[int | None], Awaitable[Trial]]) -> str | None:
    """The first event with which a step cannot be written; None if it now can, or cannot even without events.

    attempt: tries the first so many items of the step, None for all of them.
    """
    identifiers = (whole := await attempt(None)).identifiers
    if whole.is_written or not (await attempt(0)).is_written:
        return None
    good, bad = 0, len(identifiers)
    while bad - good > 1:
        middle = (good + bad) // 2
        if (await attempt(middle)).is_written:
            good = middle
        else:
            bad = middle
    return identifiers[bad - 1] if identifiers else None


def in_order(items: Iterable[Item], poison: Poison, shut: set[tuple[str, str]]) -> list[Item]:
    """The items to decide: those of users with nothing set aside, up to where something of theirs is poison; and whatever
    forgets a user, and comes after that.
    """
    shut = set(shut)
    kept: list[Item] = []
    for item in items:
        if item.event.id in poison:
            shut.add(item.key)
        elif item.event.type in FORGETS:
            shut.discard(item.key)
        if item.key not in shut:
            kept.append(item)
    return kept
