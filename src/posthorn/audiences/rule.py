"""A filter made ready to be asked: who it holds for, why, and until when. Pure."""

from collections.abc import Callable, Iterator, Mapping
from typing import Any

from msgspec import Struct

from posthorn.audiences.filters import Belongs, Did, Group, Leaf, Node
from posthorn.audiences.occurrences import Occurrence

LONGEST_REASON = 2_000


class Subject(Struct, frozen=True, kw_only=True):
    """The user who is asked about. times: event name → the latest ones, newest first. now: UTC milliseconds."""

    profile: Mapping[str, Any] = {}
    tenant_ids: frozenset[str] = frozenset()
    times: Mapping[str, tuple[Occurrence, ...]] = {}
    now: int


Holds = Callable[[Subject], bool]


class _Part(Struct, frozen=True, kw_only=True):
    """holds: of the whole part. words: of a leaf. parts: of a group."""

    holds: Holds
    words: str = ""
    is_any: bool = False
    parts: tuple["_Part", ...] = ()


class Rule:
    """A filter, compiled once. holds: whether it is true of somebody.

    keys: the top-level keys of a profile that it reads. events: those it watches, each with how many of the latest it needs.
    has_choice: whether it can hold for different reasons.
    """

    def __init__(self, root: Group) -> None:
        self._root = _compiled(root)
        self.holds: Holds = self._root.holds
        nodes = list(_nodes(root))
        self.keys = frozenset(key for node in nodes if isinstance(node, Leaf) for key in _keys(node.path))
        self.reads_tenants = any(isinstance(node, Belongs) for node in nodes)
        self.has_choice = any(isinstance(node, Group) and node.is_any and len(node.parts) > 1 for node in nodes)
        self._timed = [node for node in nodes if isinstance(node, Did)]
        self.events: dict[str, int] = {}
        for node in self._timed:
            self.events[node.event] = max(self.events.get(node.event, 0), node.at_least)

    def reason(self, subject: Subject, *, holds: bool) -> str:
        """Every rule that decided: `EQ('title', 'Engineer') => true, …` (courier.md 7.3). holds: how it came out."""
        told = ", ".join(_deciding(self._root, subject, holds))
        return told if len(told) <= LONGEST_REASON else told[: LONGEST_REASON - 1] + "…"

    def flips_at(self, subject: Subject) -> int | None:
        """When it may come out differently although nothing happens, UTC milliseconds; None if never."""
        found = [at for node in self._timed if (at := _flips_at(node, subject)) is not None]
        return min(found, default=None)


def _compiled(node: Node) -> _Part:
    if isinstance(node, Group):
        parts = tuple(_compiled(part) for part in node.parts)
        holds = _any_holds([part.holds for part in parts]) if node.is_any else _all_hold([part.holds for part in parts])
        return _Part(holds=parts[0].holds if len(parts) == 1 else holds, is_any=node.is_any, parts=parts)
    if isinstance(node, Belongs):
        return _Part(holds=_belongs(node.tenant_id), words=node.words)
    if isinstance(node, Did):
        return _Part(holds=lambda subject: _did_often(node, subject) == node.is_wanted, words=node.words)
    return _Part(holds=_leaf_holds(node), words=node.words)


def _all_hold(tests: list[Holds]) -> Holds:
    def holds(subject: Subject) -> bool:
        for test in tests:  # noqa: SIM110 - a generator inside all() costs twice as much, and this is the inner loop
            if not test(subject):
                return False
        return True

    return holds


def _any_holds(tests: list[Holds]) -> Holds:
    def holds(subject: Subject) -> bool:
        for test in tests:  # noqa: SIM110 - as above
            if test(subject):
                return True
        return False

    return holds


def _belongs(tenant_id: str) -> Holds:
    return lambda subject: tenant_id in subject.tenant_ids


def _leaf_holds(leaf: Leaf) -> Holds:
    test, path = leaf.test, leaf.path
    if len(path) == 1:
        key = path[0]
        return lambda subject: test(subject.profile.get(key))
    return lambda subject: test(value_at(subject.profile, path))


def value_at(profile: Mapping[str, Any], path: tuple[str, ...]) -> Any:
    """What a profile holds at a path; None if it leads nowhere. A leading `profile` means the profile itself, unless it has
    an object of that name.
    """
    if path[0] == "profile" and len(path) > 1 and not isinstance(profile.get("profile"), dict):
        path = path[1:]
    value: Any = profile
    for key in path:
        if not isinstance(value, dict):
            return None
        value = value.get(key)
    return value


def _keys(path: tuple[str, ...]) -> tuple[str, ...]:
    return path[:2] if path[0] == "profile" else path[:1]


def _moment(node: Did, subject: Subject) -> int | None:
    """When it was done for the last time but at_least - 1; None if it was not done so often."""
    times = subject.times.get(node.event, ())
    return times[node.at_least - 1].at if len(times) >= node.at_least else None


def _did_often(node: Did, subject: Subject) -> bool:
    at = _moment(node, subject)
    if at is None:
        return False
    if node.within_ms is not None:
        return at > subject.now - node.within_ms
    return node.since is None or at >= node.since


def _flips_at(node: Did, subject: Subject) -> int | None:
    at = _moment(node, subject)
    if at is None or node.within_ms is None or at + node.within_ms <= subject.now:
        return None
    return at + node.within_ms


def _deciding(part: _Part, subject: Subject, holds: bool) -> list[str]:
    """What of a part that came out so decided that: of a group each of its parts, or the first that was enough."""
    if not part.parts:
        return [f"{part.words} => {'true' if holds else 'false'}"]
    if part.is_any != holds:
        return [words for one in part.parts for words in _deciding(one, subject, holds)]
    first = next(one for one in part.parts if one.holds(subject) == holds)
    return _deciding(first, subject, holds)


def _nodes(node: Node) -> Iterator[Node]:
    yield node
    if isinstance(node, Group):
        for part in node.parts:
            yield from _nodes(part)
