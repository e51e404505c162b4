"""The words of an expression."""

import re

from msgspec import Struct

from posthorn.errors import Invalid

_TOKEN = re.compile(
    r"""\s*(?:
    (?P<number>(?:\d+(?:\.\d+)?|\.\d+)(?:[eE][+-]?\d{1,4})?(?![\w$.]))
  | (?P<text>'(?:[^'\\\n]|\\.)*'|"(?:[^"\\\n]|\\.)*")
  | (?P<name>[A-Za-z_$][\w$]*)
  | (?P<sign>===|!==|==|!=|<=|>=|=>|&&|\|\||[<>!+\-*/%?:.,()\[\]])
    )""",
    re.VERBOSE | re.ASCII,
)
_ESCAPE = re.compile(r"\\(?:u([0-9a-fA-F]{4})|x([0-9a-fA-F]{2})|(.))", re.DOTALL)
_ESCAPES = {"n": "\n", "t": "\t", "r": "\r", "b": "\b", "f": "\f", "v": "\v", "0": "\0"}


class Token(Struct, frozen=True):
    """One word: its kind (number, text, name, sign, end), what was written, and where (characters from the start)."""

    kind: str
    written: str
    at: int


def tokens_of(source: str) -> list[Token]:
    """The words of the source, ended by one of kind "end". Raises Invalid at a character no expression knows."""
    tokens: list[Token] = []
    position = 0
    length = len(source.rstrip())
    while position < length:
        found = _TOKEN.match(source, position)
        if found is None or found.lastgroup is None:
            raise Invalid(
                f"The expression cannot be read from character {position + 1} on: {source[position : position + 20]!r}."
            )
        tokens.append(Token(found.lastgroup, found[found.lastgroup], found.start(found.lastgroup)))
        position = found.end()
    tokens.append(Token("end", "", length))
    return tokens


def unquoted(written: str) -> str:
    """The text inside quotes, its escapes taken out."""
    return _ESCAPE.sub(_unescaped, written[1:-1])


def _unescaped(found: re.Match[str]) -> str:
    code = found[1] or found[2]
    return chr(int(code, 16)) if code else _ESCAPES.get(found[3], found[3])
