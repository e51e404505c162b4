"""Between structs and rows: one way for both databases, so that JSON, booleans and times arrive as the same Python
values.
"""

import types
from collections.abc import Callable, Mapping, Sequence
from functools import lru_cache
from typing import Any, Union, get_args, get_origin

import msgspec
from msgspec import Struct

from posthorn.storage.database import Row

PLAIN = frozenset({str, int, float, bytes, bool, type(None)})
"""Types of parameters that go to the database as they are: looked up before anything is asked, since most are."""

_SCALARS = (str, int, float, bytes)
_encode_json = msgspec.json.Encoder().encode


def json_bytes(value: object) -> bytes:
    """A dict, list or struct as JSON."""
    return _encode_json(value)


def is_json(value: object) -> bool:
    """Whether a parameter goes to the database as JSON."""
    return isinstance(value, (dict, list, Struct))


def read_rows(row: type[Row], columns: Sequence[str], values: Sequence[Sequence[Any]]) -> list[Row]:
    """Structs from rows, filled by column name."""
    readers = _readers(row, tuple(columns))
    return [
        row(**{name: read(value) if read else value for (name, read), value in zip(readers, line, strict=True)})
        for line in values
    ]


@lru_cache(maxsize=1024)
def _readers(row: type[Struct], columns: tuple[str, ...]) -> tuple[tuple[str, Callable[[Any], Any] | None], ...]:
    kinds: Mapping[str, Any] = {field.name: field.type for field in msgspec.structs.fields(row)}
    return tuple((name, _reader(kinds[name])) for name in columns)


def _reader(kind: Any) -> Callable[[Any], Any] | None:
    inner = _without_none(kind)
    if inner is bool:
        return lambda value: None if value is None else bool(value)
    if inner in _SCALARS or inner is Any or (get_origin(inner) not in (dict, list, tuple) and not _is_struct(inner)):
        return None
    decode = msgspec.json.Decoder(inner).decode
    return lambda value: None if value is None else decode(value)


def _without_none(kind: Any) -> Any:
    if get_origin(kind) not in (Union, types.UnionType):
        return kind
    members = [member for member in get_args(kind) if member is not type(None)]
    return members[0] if len(members) == 1 else Any


def _is_struct(kind: Any) -> bool:
    return kind in (dict, list, tuple) or (isinstance(kind, type) and issubclass(kind, Struct))
