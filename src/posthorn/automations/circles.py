"""Automations that invoke one another in a circle without ever waiting: they would never come to an end. Pure."""

from collections.abc import Iterable, Iterator, Mapping
from typing import Any, cast

from posthorn.automations.model import Automation
from posthorn.automations.nesting import inner_lists

_WAITS = frozenset({"delay", "wait-for-event", "add-to-batch", "batch"})


def immediate_invokes(nodes: list[Any]) -> Iterator[str]:
    """The ids and aliases that are invoked without any wait on the way there, as far as they are written out."""
    for raw in nodes:
        node = cast("dict[str, Any]", raw) if isinstance(raw, dict) else {}
        action = node.get("action") or node.get("type")
        is_sure = node.get("if") is None and node.get("conditions") is None
        if action in _WAITS and is_sure:
            return
        template = node.get("template")
        if action == "invoke" and isinstance(template, str):
            yield template
        for inner, _ in inner_lists(node, ""):
            yield from immediate_invokes(inner)


def circle(automation: Automation, others: Iterable[Automation]) -> list[str]:
    """The ids along a circle that leads from this automation back to it, without the last; empty if there is none."""
    known = {one.automation_id: one for one in others if one.automation_id != automation.automation_id}
    known[automation.automation_id] = automation
    names = {one.alias: one.automation_id for one in known.values() if one.alias} | {name: name for name in known}
    return _path_back(automation.automation_id, automation.automation_id, known, names, set())


def _path_back(at: str, goal: str, known: Mapping[str, Automation], names: Mapping[str, str], visited: set[str]) -> list[str]:
    for template in immediate_invokes(known[at].nodes):
        following = names.get(template)
        if following == goal:
            return [at]
        if following is None or following in visited:
            continue
        visited.add(following)
        rest = _path_back(following, goal, known, names, visited)
        if rest:
            return [at, *rest]
    return []
