"""Conditions that look at places of the data which no event of the kind that starts the automation has ever had. Pure."""

import re
from collections.abc import Iterable, Iterator
from typing import Any, cast

from posthorn.automations.context import event_data
from posthorn.automations.model import Automation
from posthorn.automations.nesting import inner_lists
from posthorn.events.model import Event
from posthorn.expressions.paths import lookup
from posthorn.expressions.values import UNDEFINED

_PATH = re.compile(r"(?<![\w.$])data(?:\.[A-Za-z_$][\w$]*)+")
_CONDITIONS = ("if", "conditions", "condition")
_HOLDERS = ("paths", "cases")
_CALLS = (".includes", ".length", ".some", ".every", ".map", ".filter", ".getTime")
_CHANGES_DATA = frozenset({"fetch-data", "fetch", "add-to-batch", "batch", "get-profile"})


def unseen_paths(automation: Automation, events: Iterable[Event]) -> list[str]:
    """A sentence for each place that none of these events has; nothing if there are none, or a step changes the data."""
    known = [event_data(event) for event in events]
    if not known or _changes_data(automation.nodes):
        return []
    word = "nodes" if automation.kind == "journey" else "steps"
    found = [("trigger", one.conditions) for one in automation.triggers if one.conditions is not None]
    found += list(_conditions(automation.nodes, word))
    told: dict[str, str] = {}
    for place, condition in found:
        for path in _paths(condition):
            if all(lookup(path, {"data": data}) is UNDEFINED for data in known):
                told.setdefault(path, f"{place}: None of the latest events had {path}.")
    return list(told.values())


def _conditions(nodes: list[Any], path: str) -> Iterator[tuple[str, Any]]:
    for index, raw in enumerate(nodes):
        node = cast("dict[str, Any]", raw) if isinstance(raw, dict) else {}
        place = f"{path}[{index}]"
        holders = [node, *(one for name in _HOLDERS for one in node.get(name) or [] if isinstance(one, dict))]
        for holder in holders:
            yield from ((place, holder[name]) for name in _CONDITIONS if holder.get(name) is not None)
        for inner, where in inner_lists(node, place):
            yield from _conditions(inner, where)


def _paths(condition: Any) -> Iterator[str]:
    if isinstance(condition, str):
        for found in _PATH.findall(condition):
            yield next((found.removesuffix(call) for call in _CALLS if found.endswith(call)), found)
    elif isinstance(condition, dict):
        for inner in cast("dict[str, Any]", condition).values():
            yield from _paths_of_group(inner)
    elif isinstance(condition, list) and condition and isinstance(condition[0], str) and condition[0].startswith("data."):
        yield condition[0]


def _paths_of_group(inner: Any) -> Iterator[str]:
    for one in cast("list[Any]", inner) if isinstance(inner, list) else []:
        yield from _paths(one)


def _changes_data(nodes: list[Any]) -> bool:
    for raw in nodes:
        node = cast("dict[str, Any]", raw) if isinstance(raw, dict) else {}
        if (node.get("action") or node.get("type")) in _CHANGES_DATA:
            return True
        if any(_changes_data(inner) for inner, _ in inner_lists(node, "")):
            return True
    return False
