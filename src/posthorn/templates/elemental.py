"""Elemental: what content may look like. Source: courier.md 6.11."""

import re
from typing import Any, cast

import msgspec
from msgspec import Struct

from posthorn.errors import Invalid
from posthorn.expressions.parse import parse

VERSION = "2022-01-01"
MAX_BYTES = 512_000
_MAX_ELEMENTS = 1_000
_MAX_DEPTH = 10
_MAX_PROBLEMS = 20
_ANYWHERE = "anywhere"
_PATH = re.compile(r"[\w$-]+(?:\.[\w$-]+|\[\d+\])*", re.ASCII)
_INLINE = frozenset({"string", "link", "img"})
_CONTAINERS = frozenset({"group", "columns", "column", "list", "list-item", "channel", "text"})
_REQUIRED: dict[str, tuple[str, ...]] = {
    "meta": (),
    "text": (),
    "action": ("content", "href"),
    "image": ("src",),
    "divider": (),
    "quote": ("content",),
    "channel": ("channel",),
    "group": ("elements",),
    "columns": ("elements",),
    "column": ("elements",),
    "list": ("elements",),
    "list-item": (),
    "html": ("content",),
    "jsonnet": ("content",),
    "comment": (),
    "string": ("content",),
    "link": ("content", "href"),
    "img": ("src",),
}
_TEXTS = frozenset({"content", "href", "src", "title", "color", "background_color", "border_color", "borderColor"}) | frozenset(
    {"alt_text", "altText", "align", "text_style", "format", "style", "action_id", "list_type", "ref", "id", "channel"}
)
_CHOICES: dict[str, frozenset[str]] = {
    "align": frozenset({"left", "center", "right", "full"}),
    "text_style": frozenset({"text", "h1", "h2", "subtext"}),
    "style": frozenset({"button", "link"}),
    "list_type": frozenset({"ordered", "unordered"}),
}


class _Finding(Struct):
    """What a check has seen so far."""

    problems: list[str]
    ids: set[str]
    count: int = 0


def check_content(content: Any, where: str = "content") -> None:
    """Refuses what is neither `{title, body}` nor `{version, elements}`. Raises Invalid: each problem, its place."""
    if not isinstance(content, dict):
        raise Invalid(f"{where}: Required" if content is None else f"{where}: Expected an object")
    fields = cast("dict[str, Any]", content)
    finding = _Finding(problems=[], ids=set())
    if "elements" in fields or not fields.keys() & {"title", "body"}:
        _check_elements(fields.get("elements"), f"{where}.elements", None, finding)
    else:
        finding.problems += [f"{where}.{name}: Required" for name in ("title", "body") if not isinstance(fields.get(name), str)]
    if not finding.problems and len(msgspec.json.encode(fields)) > MAX_BYTES:
        finding.problems.append(f"{where}: Larger than {MAX_BYTES} bytes")
    if finding.problems:
        raise Invalid("; ".join(finding.problems[:_MAX_PROBLEMS]))


def check_element(element: Any) -> None:
    """Refuses what is no element of a template. Raises Invalid; places are told from the element on: `type: Required`."""
    finding = _Finding(problems=[], ids=set())
    _check_element(element, "element", _ANYWHERE, finding)
    if finding.problems:
        raise Invalid("; ".join(problem.removeprefix("element.") for problem in finding.problems[:_MAX_PROBLEMS]))


def elements_of(content: dict[str, Any]) -> list[dict[str, Any]]:
    """The elements of checked content; `{title, body}` means a meta and a text."""
    if "elements" in content:
        return content["elements"]
    return [{"type": "meta", "title": content["title"]}, {"type": "text", "content": content["body"]}]


def normal_form(content: dict[str, Any]) -> dict[str, Any]:
    """`{version, elements}` of checked content."""
    kept = {name: content[name] for name in ("scope",) if name in content}
    return {"version": content.get("version") or VERSION, "elements": elements_of(content), **kept}


def loop_path(source: str) -> str:
    """The path that a `loop` names, braces around it taken away; "" if it is an expression."""
    path = source.strip("{} ")
    return path if _PATH.fullmatch(path) else ""


def _check_elements(elements: Any, where: str, parent: str | None, finding: _Finding, depth: int = 1) -> None:
    if not isinstance(elements, list):
        finding.problems.append(f"{where}: Required" if elements is None else f"{where}: Expected a list of elements")
        return
    if depth > _MAX_DEPTH:
        finding.problems.append(f"{where}: Nested more than {_MAX_DEPTH} levels deep")
        return
    members = cast("list[Any]", elements)
    for index, element in enumerate(members):
        if len(finding.problems) >= _MAX_PROBLEMS:
            return
        _check_element(element, f"{where}[{index}]", parent, finding, depth)
    kinds = {cast("dict[str, Any]", member).get("type") == "channel" for member in members if isinstance(member, dict)}
    if parent is None and len(kinds) > 1:
        finding.problems.append(f"{where}: Where one element is of type channel, all must be")


def _check_element(element: Any, where: str, parent: str | None, finding: _Finding, depth: int = 1) -> None:
    finding.count += 1
    if finding.count > _MAX_ELEMENTS:
        finding.problems.append(f"{where}: More than {_MAX_ELEMENTS} elements")
        return
    if not isinstance(element, dict):
        finding.problems.append(f"{where}: Expected an object")
        return
    fields = cast("dict[str, Any]", element)
    kind = fields.get("type")
    if not isinstance(kind, str) or kind not in _REQUIRED:
        finding.problems.append(
            f"{where}.type: " + ("Required" if kind is None else f'Unknown element type "{str(kind)[:40]}"')
        )
        return
    finding.problems += _misplaced(kind, parent, where)
    finding.problems += _wrong_fields(kind, fields, where)
    finding.problems += _wrong_rules(fields, where)
    identity = fields.get("id")
    if isinstance(identity, str):
        if identity in finding.ids:
            finding.problems.append(f'{where}.id: "{identity[:40]}" is used twice')
        finding.ids.add(identity)
    if kind in _CONTAINERS and fields.get("elements") is not None:
        _check_elements(fields["elements"], f"{where}.elements", kind, finding, depth + 1)


def _misplaced(kind: str, parent: str | None, where: str) -> list[str]:
    if parent == _ANYWHERE:
        return []
    if kind == "channel" and parent is not None:
        return [f"{where}.type: A channel element belongs at the top level"]
    if parent == "text" and kind not in _INLINE:
        return [f"{where}.type: Inside a text only string, link and img are possible"]
    if parent == "list" and kind not in {"list-item", "list"}:
        return [f"{where}.type: Inside a list only list-item is possible"]
    if kind in _INLINE and parent not in {"text", "list-item"}:
        return [f"{where}.type: {kind} belongs inside a text"]
    return []


def _wrong_fields(kind: str, fields: dict[str, Any], where: str) -> list[str]:
    problems = [f"{where}.{name}: Required" for name in _REQUIRED[kind] if fields.get(name) is None]
    if kind in {"text", "list-item"} and fields.get("content") is None and fields.get("elements") is None:
        problems.append(f"{where}.content: Required")
    for name, value in fields.items():
        if value is None:
            continue
        if name in _TEXTS and not isinstance(value, str):
            problems.append(f"{where}.{name}: Expected a text")
        elif name in _CHOICES and value not in _CHOICES[name] and "{" not in value:
            problems.append(f"{where}.{name}: Expected one of {', '.join(sorted(_CHOICES[name]))}")
    if kind == "channel" and fields.get("raw") is not None and not isinstance(fields["raw"], dict):
        problems.append(f"{where}.raw: Expected an object")
    return problems


def _wrong_rules(fields: dict[str, Any], where: str) -> list[str]:
    problems: list[str] = []
    channels = fields.get("channels")
    if channels is not None and not (
        isinstance(channels, list) and all(isinstance(name, str) for name in cast("list[Any]", channels))
    ):
        problems.append(f"{where}.channels: Expected a list of texts")
    locales = fields.get("locales")
    if locales is not None and not (
        isinstance(locales, dict) and all(isinstance(part, dict) for part in cast("dict[str, Any]", locales).values())
    ):
        problems.append(f"{where}.locales: Expected an object of partial elements")
    for name in ("if", "loop"):
        problems += _wrong_expression(fields.get(name), f"{where}.{name}")
    return problems


def _wrong_expression(source: Any, where: str) -> list[str]:
    if source is None:
        return []
    if not isinstance(source, str):
        return [f"{where}: Expected a text"]
    try:
        if not (where.endswith(".loop") and loop_path(source)):
            parse(source)
    except Invalid as error:
        return [f"{where}: {error.message}"]
    return []
