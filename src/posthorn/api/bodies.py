"""Reads JSON bodies strictly into the struct a handler asks for, and says what is wrong with them in one sentence."""

import re
from collections.abc import Iterable
from functools import lru_cache
from typing import Any, cast

import msgspec
from litestar import Request
from msgspec.inspect import (
    CollectionType,
    DictType,
    Field,
    ListType,
    Metadata,
    StructType,
    Type,
    UnionType,
    VarTupleType,
    type_info,
)

from posthorn.errors import Invalid

MAX_BYTES = 6 * 1024 * 1024
"""Largest request body. Source: courier.md 10.2."""

MAX_DEPTH = 100
"""Levels of nesting, as for an event (segment.md 3.4)."""

_TOO_DEEP = f"The body is nested too deeply: at most {MAX_DEPTH} levels."
_UNREADABLE = (msgspec.DecodeError, UnicodeDecodeError, RecursionError)
_NUL = re.compile(rb"(?<!\\)(?:\\\\)*\\u0000")
_AT = re.compile(r"^(?P<what>.*?)(?: - at `\$\.?(?P<path>.*)`)?$", re.DOTALL)


class ApiRequest(Request[Any, Any, Any]):
    """A request whose body is decoded into the type of the handler's parameter `data`."""

    async def json(self) -> Any:
        """The body as that type; as plain values where a handler has no such parameter. Raises Invalid."""
        field = self.route_handler.parsed_data_field
        return decode(await self.body(), Any if field is None else field.raw)


def decode(body: bytes, wanted: Any) -> Any:
    """The body as the wanted type; unknown members are ignored.

    Raises Invalid, its message in the style `notification.name: Required; notification.content: Required`.
    Source: courier.md 10.3.
    """
    if _NUL.search(body):
        raise Invalid("The body must not contain the character \\u0000.")
    if body.count(b"[") + body.count(b"{") > MAX_DEPTH:
        refuse_deep(_plain(body))
    try:
        return _decoder(wanted).decode(body)
    except msgspec.ValidationError as error:
        wrong = str(error)
    except _UNREADABLE as error:
        raise _unreadable(error) from None
    raise Invalid(_complaint(_plain(body), wanted, wrong))


def refuse_deep(value: Any) -> None:
    """Raises Invalid for a value of JSON in which objects and arrays are nested more than MAX_DEPTH levels deep."""
    level = [value]
    for _ in range(MAX_DEPTH):
        level = [item for container in level for item in _members(container)]
        if not level:
            return
    if any(isinstance(item, dict | list) for item in level):
        raise Invalid(_TOO_DEEP)


def _members(value: Any) -> Iterable[Any]:
    if isinstance(value, dict):
        return value.values()
    return value if isinstance(value, list) else ()


@lru_cache(maxsize=512)
def _decoder(wanted: Any) -> msgspec.json.Decoder[Any]:
    return msgspec.json.Decoder(wanted)


def _plain(body: bytes) -> Any:
    # a struct's decoder stops at the first member of a wrong type: what follows may not even be JSON
    try:
        return msgspec.json.decode(body)
    except _UNREADABLE as error:
        raise _unreadable(error) from None


def _unreadable(error: Exception) -> Invalid:
    if isinstance(error, RecursionError):
        return Invalid(_TOO_DEEP)
    return Invalid(f"The body is not valid JSON: {error}")


def _complaint(value: Any, wanted: Any, message: str) -> str:
    missing = _missing(type_info(wanted), value, "")
    if missing:
        return "; ".join(f"{path}: Required" for path in missing[:20])
    found = cast("re.Match[str]", _AT.match(message))
    path, what = found["path"], found["what"]
    return f"{path}: {what}" if path else what


def _missing(kind: Type, value: Any, path: str) -> list[str]:
    if isinstance(kind, Metadata):
        return _missing(kind.type, value, path)
    if isinstance(kind, UnionType):
        structured = [member for member in kind.types if isinstance(member, StructType | CollectionType | DictType)]
        return _missing(structured[0], value, path) if len(structured) == 1 else []
    if isinstance(kind, StructType) and isinstance(value, dict):
        return [name for field in kind.fields for name in _missing_field(field, value, path)]
    if isinstance(kind, ListType | VarTupleType) and isinstance(value, list):
        return [name for at, item in enumerate(value) for name in _missing(kind.item_type, item, f"{path}[{at}]")]
    if isinstance(kind, DictType) and isinstance(value, dict):
        return [name for key, item in value.items() for name in _missing(kind.value_type, item, _join(path, key))]
    return []


def _missing_field(field: Field, value: dict[str, Any], path: str) -> list[str]:
    here = _join(path, field.encode_name)
    if field.encode_name in value:
        return _missing(field.type, value[field.encode_name], here)
    return [here] if field.required else []


def _join(path: str, name: str) -> str:
    return f"{path}.{name}" if path else name
