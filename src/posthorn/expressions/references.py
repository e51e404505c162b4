"""References inside the fields of automation steps and journey nodes, replaced by what they point at."""

import re
from collections.abc import Mapping
from typing import Any, cast

from posthorn.errors import Invalid
from posthorn.expressions.paths import lookup, lookup_name
from posthorn.expressions.values import UNDEFINED, text

_WHOLE_REF = re.compile(r"refs\.[A-Za-z_$][^\s{}]*")
_WHOLE_MUSTACHE = re.compile(r"\{\{([^{}]{1,500})\}\}")
_ROOTS = frozenset({"data", "profile", "recipient", "brand", "template"})
_MARK = re.compile(r"\{\{([^{}]{1,500})\}\}|\$\{")
_MAX_DEPTH = 64
_MAX_NESTED = 8
_MAX_CHARACTERS = 4_000_000


def resolve(value: Any, scope: Mapping[str, Any]) -> Any:
    """The value with every reference in it, at any depth, replaced; what it is replaced by is not looked at again.

    `refs.data.x` as a whole text and `{"$ref": "data.x"}`: the value, null if missing. `{{data.x}}` as a whole
    text: the value, "" if missing. `${data.x}`, `` ${`a-${data.x}`} `` and `{{data.x}}` inside a text: its text, ""
    if missing. The scope has data, profile, recipient, brand, template, ids of nodes, and `refs` with the steps by
    their ref. Raises Invalid for a value nested more than 64 levels deep or a result that is too large. Source:
    courier.md 4.4, 5.3.
    """
    return _Resolver(scope).of(value, _MAX_DEPTH)


class _Resolver:
    def __init__(self, scope: Mapping[str, Any]) -> None:
        self._scope = scope
        self._left = _MAX_CHARACTERS

    def of(self, value: Any, depth: int) -> Any:
        if depth == 0:
            raise Invalid(f"A field is nested at most {_MAX_DEPTH} levels deep.")
        if isinstance(value, str):
            return self._text(value)
        if isinstance(value, dict):
            fields = cast("dict[str, Any]", value)
            path = fields.get("$ref")
            if len(fields) == 1 and isinstance(path, str):
                return _referred(path, self._scope)
            return {key: self.of(item, depth - 1) for key, item in fields.items()}
        if isinstance(value, list):
            return [self.of(item, depth - 1) for item in cast("list[Any]", value)]
        return value

    def _text(self, source: str) -> Any:
        if "{" not in source:
            return _referred(source, self._scope) if _WHOLE_REF.fullmatch(source) else source
        whole = _WHOLE_MUSTACHE.fullmatch(source.strip())
        if whole:
            found = lookup_name(whole[1].strip(), self._scope)
            return "" if found is UNDEFINED else found
        return self._interpolated(source, 0)

    def _interpolated(self, source: str, nesting: int) -> str:
        parts: list[str] = []
        position = 0
        while True:
            mark = _MARK.search(source, position)
            if mark is None:
                parts.append(source[position:])
                return "".join(parts)
            parts.append(source[position : mark.start()])
            if mark[1]:
                piece, position = self._shown(mark[1]), mark.end()
            else:
                piece, position = self._placed(source, mark.end(), nesting)
            parts.append(piece)

    def _placed(self, source: str, start: int, nesting: int) -> tuple[str, int]:
        """What stands for `${...}` whose inside begins at `start`, and where the text goes on."""
        end = _closing(source, start)
        if end < 0:
            return "${" + source[start:], len(source)
        inside = source[start:end].strip()
        if len(inside) > 1 and inside[0] == inside[-1] == "`":
            if nesting == _MAX_NESTED:
                raise Invalid(f"Interpolation is nested at most {_MAX_NESTED} levels deep.")
            return self._interpolated(inside[1:-1], nesting + 1), end + 1
        return self._shown(inside), end + 1

    def _shown(self, path: str) -> str:
        shown = text(_value_at(path, self._scope))
        self._left -= len(shown)
        if self._left < 0:
            raise Invalid(f"References put in more than {_MAX_CHARACTERS} characters.")
        return shown


def _closing(source: str, start: int) -> int:
    """Where the `}` is that closes what was opened before `start`; -1 if there is none."""
    open_count = 1
    for position in range(start, len(source)):
        if source[position] == "{":
            open_count += 1
        elif source[position] == "}":
            open_count -= 1
            if open_count == 0:
                return position
    return -1


def _referred(path: str, scope: Mapping[str, Any]) -> Any:
    found = _value_at(path, scope)
    return None if found is UNDEFINED else found


def _value_at(path: str, scope: Mapping[str, Any]) -> Any:
    path = path.strip()
    inner = path.removeprefix("refs.")
    if inner != path and re.split(r"[.\[]", inner, maxsplit=1)[0] not in _ROOTS:
        return lookup(path, scope)
    found = lookup_name(inner, scope) if inner == path else lookup(inner, scope)
    return lookup(f"refs.{inner}", scope) if found is UNDEFINED else found
