"""Which templates the sending steps and nodes name. Source: courier.md 4.5, 5.2, 5.3."""

from collections.abc import Iterator
from typing import Any, cast

from posthorn.automations.fields import is_reference
from posthorn.automations.nesting import inner_lists

_SENDING = frozenset({"send", "send-list"})


def named_templates(nodes: Any, path: str = "nodes") -> Iterator[tuple[str, str]]:
    """(path of the field, id or alias) of every template that is named as it is, not by a reference; branches included."""
    for index, raw in enumerate(_list(nodes)):
        node, place = _dict(raw), f"{path}[{index}]"
        if (node.get("type") or node.get("action")) in _SENDING:
            yield from _of_send(node, place)
        for inner, where in inner_lists(node, place):
            yield from named_templates(inner, where)


def _of_send(node: dict[str, Any], place: str) -> Iterator[tuple[str, str]]:
    named = [(f"{place}.template", node.get("template"))] if node.get("action") else []
    named.append((f"{place}.message.template", _dict(node.get("message")).get("template")))
    for number, variant in enumerate(_list(_dict(node.get("experiment")).get("variants"))):
        named.append((f"{place}.experiment.variants[{number}].templateId", _dict(variant).get("templateId")))
    for path, template in named:
        if isinstance(template, str) and template and not is_reference(template):
            yield path, template


def _dict(value: Any) -> dict[str, Any]:
    return cast("dict[str, Any]", value) if isinstance(value, dict) else {}


def _list(value: Any) -> list[Any]:
    return cast("list[Any]", value) if isinstance(value, list) else []
