"""Whether what a journey is invoked with has the types that its trigger's JSON Schema says (courier.md 5.3). Pure."""

from typing import Any, cast

_DEEPEST = 20
_TYPES: dict[str, tuple[type, ...]] = {
    "string": (str,),
    "number": (int, float),
    "integer": (int,),
    "boolean": (bool,),
    "object": (dict,),
    "array": (list,),
    "null": (type(None),),
}


def mismatch(schema: dict[str, Any], value: Any, path: str = "data", depth: int = 0) -> str:
    """The first place whose type is another one, as a sentence; "" if there is none. What is missing is no mismatch."""
    wanted = schema.get("type")
    names = [wanted] if isinstance(wanted, str) else wanted if isinstance(wanted, list) else []
    known = [name for name in names if name in _TYPES]
    if known and not any(_is(value, name) for name in known):
        return f"{path}: Expected {' or '.join(known)}."
    if depth < _DEEPEST:
        for inner, held, place in _inside(schema, value, path):
            found = mismatch(inner, held, place, depth + 1)
            if found:
                return found
    return ""


def _inside(schema: dict[str, Any], value: Any, path: str) -> list[tuple[dict[str, Any], Any, str]]:
    properties, items = schema.get("properties"), schema.get("items")
    if isinstance(value, dict) and isinstance(properties, dict):
        fields = cast("dict[str, Any]", value)
        pairs = [(name, inner) for name, inner in cast("dict[str, Any]", properties).items() if name in fields]
        return [(inner, fields[name], f"{path}.{name}") for name, inner in pairs if isinstance(inner, dict)]
    if isinstance(value, list) and isinstance(items, dict):
        each = cast("dict[str, Any]", items)
        return [(each, one, f"{path}[{index}]") for index, one in enumerate(cast("list[Any]", value))]
    return []


def _is(value: Any, name: str) -> bool:
    if isinstance(value, bool):
        return name == "boolean"
    if name == "integer" and isinstance(value, float):
        return value.is_integer()
    return isinstance(value, _TYPES[name])
