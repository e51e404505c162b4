"""Elements found and changed by their ids."""

import hashlib
from collections.abc import Iterator
from typing import Any

import msgspec

from posthorn.ids import digest
from posthorn.templates.elemental import normal_form

_ordered = msgspec.json.Encoder(order="sorted")


def identified(content: dict[str, Any], seed: bytes) -> dict[str, Any]:
    """Checked content in its normal form, an id derived from the seed given to every element that has none."""
    normal = normal_form(content)
    return {**normal, "elements": _identified(normal["elements"], seed, "")}


def checksum(element: dict[str, Any]) -> str:
    """MD5 (hex) of the element without its checksum, whatever the order of its fields."""
    kept = {name: value for name, value in element.items() if name != "checksum"}
    return hashlib.md5(_ordered.encode(kept), usedforsecurity=False).hexdigest()


def with_element(elements: list[dict[str, Any]], element_id: str, element: dict[str, Any]) -> list[dict[str, Any]] | None:
    """The elements with the one of that id replaced; None if there is none."""
    if not any(found.get("id") == element_id for found in walk(elements)):
        return None
    return [_replaced(each, element_id, {**element, "id": element_id}) for each in elements]


def with_locale(elements: list[dict[str, Any]], locale: str, changes: dict[str, dict[str, Any]]) -> list[dict[str, Any]]:
    """The elements with the partial elements of one locale, by id, put in; ids that do not occur are passed over."""
    return [_translated(each, locale, changes) for each in elements]


def walk(elements: list[dict[str, Any]]) -> Iterator[dict[str, Any]]:
    """Every element at any depth, parents first."""
    for element in elements:
        yield element
        yield from walk(element.get("elements") or [])


def outline(elements: list[dict[str, Any]]) -> list[dict[str, Any]]:
    """The elements as `GET …/content` shows them: type, checksum, id, and the same of children and locales."""
    return [_outlined(element) for element in elements]


def _identified(elements: list[dict[str, Any]], seed: bytes, path: str) -> list[dict[str, Any]]:
    result: list[dict[str, Any]] = []
    for index, element in enumerate(elements):
        place = f"{path}/{index}"
        kept = {name: value for name, value in element.items() if name != "checksum"}
        if not isinstance(kept.get("id"), str) or not kept["id"]:
            kept["id"] = "elem_" + digest(seed.hex(), place)[:13].hex()
        if isinstance(kept.get("elements"), list):
            kept["elements"] = _identified(kept["elements"], seed, place)
        result.append(kept)
    return result


def _replaced(element: dict[str, Any], element_id: str, new: dict[str, Any]) -> dict[str, Any]:
    if element.get("id") == element_id:
        return new
    children = element.get("elements")
    return {**element, "elements": [_replaced(child, element_id, new) for child in children]} if children else element


def _translated(element: dict[str, Any], locale: str, changes: dict[str, dict[str, Any]]) -> dict[str, Any]:
    children = element.get("elements")
    if children:
        element = {**element, "elements": [_translated(child, locale, changes) for child in children]}
    change = changes.get(element.get("id", ""))
    if change is None:
        return element
    return {**element, "locales": {**(element.get("locales") or {}), locale: change}}


def _outlined(element: dict[str, Any]) -> dict[str, Any]:
    shown: dict[str, Any] = {"type": element["type"], "checksum": checksum(element)}
    if "id" in element:
        shown["id"] = element["id"]
    if element.get("elements"):
        shown["elements"] = outline(element["elements"])
    if element.get("locales"):
        shown["locales"] = {name: {"checksum": checksum(part)} for name, part in element["locales"].items()}
    return shown
