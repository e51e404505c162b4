"""Paths into JSON: `data.items[0].name`, `data["a b"].c`."""

import re
from collections.abc import Mapping
from functools import lru_cache
from typing import Any

from posthorn.expressions.values import UNDEFINED

_STEP = re.compile(r"""\.?([^.\[\]"'\s][^.\[\]"']*)|\[\s*(?:(\d+)|"([^"]*)"|'([^']*)')\s*\]""")
_MAX_LENGTH = 500


def lookup(path: str, scope: Mapping[str, Any]) -> Any:
    """The value at the path, UNDEFINED if there is none or the path makes no sense. Never raises."""
    value: Any = scope
    for key in split(path) or (None,):
        value = member(value, key)
        if value is UNDEFINED:
            break
    return value


def lookup_name(path: str, scope: Mapping[str, Any]) -> Any:
    """As `lookup`, for variables: a bare name is looked for in `data`, then at the root; a dotted path the other way.

    So `{{total}}` finds `data.total`, and `{{profile.email}}` is not hidden by a `profile` inside the data. Source:
    courier.md 6.11.
    """
    data = scope.get("data")
    inner: Mapping[str, Any] = data if isinstance(data, Mapping) else {}
    first, second = (inner, scope) if len(split(path)) == 1 else (scope, inner)
    found = lookup(path, first)
    return lookup(path, second) if found is UNDEFINED else found


def member(value: Any, key: str | None) -> Any:
    """One step: a key of an object, an index or `length` of a list, `length` of a text; UNDEFINED for anything else."""
    if key is None:
        return UNDEFINED
    if isinstance(value, Mapping):
        return value.get(key, UNDEFINED)
    if isinstance(value, (list, tuple)):
        return _item(value, key)
    if isinstance(value, str) and key == "length":
        return len(value)
    return UNDEFINED


def _item(values: list[Any] | tuple[Any, ...], key: str) -> Any:
    if key == "length":
        return len(values)
    if key.isascii() and key.isdigit() and len(key) < 10 and int(key) < len(values):
        return values[int(key)]
    return UNDEFINED


@lru_cache(maxsize=8192)
def split(path: str) -> tuple[str, ...]:
    """The keys of a path in order; none at all for something that is no path."""
    keys: list[str] = []
    position = 0
    if len(path) > _MAX_LENGTH or path.startswith("."):
        return ()
    while position < len(path):
        step = _STEP.match(path, position)
        if step is None or (step.group(1) and keys and path[position] != "."):
            return ()
        keys.append(next(group for group in step.groups() if group is not None).rstrip())
        position = step.end()
    return tuple(keys)
