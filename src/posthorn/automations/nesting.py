"""The lists of nodes inside a node as it was written: those of branches, cases, variants, time-outs and failures."""

from collections.abc import Callable
from typing import Any, cast

_LISTS = ("then", "else", "on_error", "default")
_GROUPS = ("paths", "cases", "variants")
_INSIDE = ("nodes", "steps")

Change = Callable[[list[Any], str], list[Any]]


def with_inner_lists(node: dict[str, Any], path: str, change: Change) -> dict[str, Any]:
    """The node with each of its inner lists replaced by what `change` makes of it; `change` is told where it stands."""
    result = dict(node)
    for name in _GROUPS:
        if isinstance(node.get(name), list):
            holders = cast("list[Any]", node[name])
            result[name] = [_inside(one, f"{path}.{name}[{index}]", change) for index, one in enumerate(holders)]
    for name in _LISTS:
        if name in node:
            result[name] = _changed(node[name], f"{path}.{name}", change)
    return result


def inner_lists(node: dict[str, Any], path: str) -> list[tuple[list[Any], str]]:
    """The inner lists of a node with the path of each."""
    found: list[tuple[list[Any], str]] = []

    def note(nodes: list[Any], where: str) -> list[Any]:
        found.append((nodes, where))
        return nodes

    with_inner_lists(node, path, note)
    return found


def _changed(held: Any, path: str, change: Change) -> Any:
    return change(cast("list[Any]", held), path) if isinstance(held, list) else _inside(held, path, change)


def _inside(holder: Any, path: str, change: Change) -> Any:
    if not isinstance(holder, dict):
        return holder
    fields = cast("dict[str, Any]", holder)
    lists = {name: change(fields[name], f"{path}.{name}") for name in _INSIDE if isinstance(fields.get(name), list)}
    return {**fields, **lists}
