"""Texts with variables in them: `{{data.total}}`, `{{{total}}}` and the designer's `{total}`."""

import re
from collections.abc import Callable, Mapping
from functools import lru_cache
from typing import Any, TypeAlias

from msgspec import Struct

from posthorn.expressions.paths import lookup_name, split
from posthorn.expressions.values import UNDEFINED, text
from posthorn.templates.links import safe_address

# A brace of JSON or CSS is no variable: alone, it must hold nothing but a dotted name.
_VARIABLE = re.compile(
    r"\{\{\{?([^{}\n]{1,300})\}\}\}?|(?<![{$\\])\{((?:\$(?=\.)|[A-Za-z_]\w{0,99})(?:\.\w{1,99}){0,20})\}(?!\})",
    re.ASCII,
)
_ADDRESS = re.compile(
    r"""\b(?:href|src|action|formaction|background|poster|srcset)\s{0,9}=\s{0,9}["']?\s{0,9}$""", re.IGNORECASE
)
_NAME = re.compile(r"[A-Za-z_$@][\w$@ -]*(?:[.\[].*)?")


class Variable(Struct, frozen=True):
    """A place for the value at a path; `otherwise` stands there if it is missing. `is_address`: begins one."""

    path: str
    otherwise: str = ""
    is_address: bool = False


Phrase: TypeAlias = tuple[str | Variable, ...]


@lru_cache(maxsize=4096)
def phrase(source: str) -> Phrase:
    """The pieces of a text in order."""
    pieces: list[str | Variable] = []
    position = 0
    for found in _VARIABLE.finditer(source):
        path = (found[1] or found[2]).strip()
        if not _NAME.fullmatch(path) or not split(path):
            continue
        if found.start() > position:
            pieces.append(source[position : found.start()])
        pieces.append(Variable(path))
        position = found.end()
    if position < len(source):
        pieces.append(source[position:])
    return tuple(pieces)


@lru_cache(maxsize=1024)
def markup_phrase(source: str) -> Phrase:
    """As `phrase`, for HTML: `{x}` may be a style or script and stays as it is if there is no such variable."""
    pieces: list[str | Variable] = []
    for piece in phrase(source):
        if isinstance(piece, Variable):
            is_address = bool(pieces) and isinstance(pieces[-1], str) and _ADDRESS.search(pieces[-1]) is not None
            single = f"{{{piece.path}}}"
            is_single = single in source and f"{{{single}}}" not in source
            pieces.append(Variable(piece.path, single if is_single else "", is_address))
        else:
            pieces.append(piece)
    return tuple(pieces)


def beginning(pieces: Phrase) -> str:
    """What the author wrote before the first variable."""
    return pieces[0] if pieces and isinstance(pieces[0], str) else ""


def fill(pieces: Phrase, scope: Mapping[str, Any], escape: Callable[[str], str] | None = None) -> str:
    """The text with the values in their places, each passed through `escape`. Lists and objects appear as JSON."""
    return "".join([piece if isinstance(piece, str) else shown(piece, scope, escape) for piece in pieces])


def shown(variable: Variable, scope: Mapping[str, Any], escape: Callable[[str], str] | None) -> str:
    """What stands for one variable."""
    value = lookup_name(variable.path, scope)
    if value is UNDEFINED:
        return variable.otherwise
    written = value if isinstance(value, str) else text(value)
    if variable.is_address:
        written = safe_address(written, "")
    return escape(written) if escape else written
