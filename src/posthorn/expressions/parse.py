"""Reads the JavaScript subset of courier.md 4.4 into nodes."""

from functools import lru_cache

from posthorn.errors import Invalid
from posthorn.expressions.nodes import Arrow, Call, Chain, Choice, Items, Literal, Member, Name, Node, Sign, Today, Walk
from posthorn.expressions.tokens import Token, tokens_of, unquoted
from posthorn.expressions.values import UNDEFINED

MAX_LENGTH = 4_000
_MAX_DEPTH = 24
_RANKS = (
    frozenset({"||"}),
    frozenset({"&&"}),
    frozenset({"===", "!==", "==", "!="}),
    frozenset({"<", "<=", ">", ">="}),
    frozenset({"+", "-"}),
    frozenset({"*", "/", "%"}),
)
_CONSTANTS = {"true": True, "false": False, "null": None, "undefined": UNDEFINED}
_WITH_ARROW = frozenset({"some", "every", "map", "filter"})
_KEYWORDS = frozenset(
    {"arguments", "await", "break", "case", "catch", "class", "const", "continue", "debugger", "default", "delete"}
    | {"do", "else", "eval", "export", "extends", "finally", "for", "function", "if", "import", "in", "instanceof"}
    | {
        "let",
        "new",
        "return",
        "super",
        "switch",
        "this",
        "throw",
        "try",
        "typeof",
        "var",
        "void",
        "while",
        "with",
        "yield",
    }
)


@lru_cache(maxsize=4096)
def parse(source: str) -> Node:
    """The nodes of an expression. Raises Invalid for what lies outside the subset, is too long or too deeply nested."""
    if len(source) > MAX_LENGTH:
        raise Invalid(f"An expression has at most {MAX_LENGTH} characters.")
    cursor = _Cursor(tokens_of(source))
    node = _Reader(cursor).expression()
    cursor.finish()
    return node


class _Cursor:
    """The tokens, and how far they have been read."""

    def __init__(self, tokens: list[Token]) -> None:
        self._tokens = tokens
        self._next = 0

    def current(self) -> Token:
        return self._tokens[self._next]

    def finish(self) -> None:
        if self.current().kind != "end":
            raise self.unexpected()

    def word(self) -> str:
        token = self.advance()
        if token.kind != "name":
            raise self.unexpected(token)
        return token.written

    def advance(self) -> Token:
        token = self.current()
        if token.kind == "end":
            raise Invalid("The expression ends too early.")
        self._next += 1
        return token

    def peek_sign(self) -> str:
        token = self.current()
        return token.written if token.kind == "sign" else ""

    def take(self, sign: str) -> bool:
        if self.peek_sign() != sign:
            return False
        self._next += 1
        return True

    def expect(self, sign: str) -> None:
        if not self.take(sign):
            raise self.unexpected()

    def unexpected(self, token: Token | None = None) -> Invalid:
        found = token or self.current()
        if found.kind == "end":
            return Invalid("The expression ends too early.")
        return Invalid(f'The expression does not allow "{found.written[:40]}" at character {found.at + 1}.')


class _Reader:
    def __init__(self, cursor: _Cursor) -> None:
        self._cursor = cursor
        self._depth = 0

    def expression(self) -> Node:
        self._deeper()
        condition = self._chain(0)
        if self._cursor.take("?"):
            then = self.expression()
            self._cursor.expect(":")
            condition = Choice(condition, then, self.expression())
        self._depth -= 1
        return condition

    def _chain(self, rank: int) -> Node:
        if rank == len(_RANKS):
            return self._signed()
        first = self._chain(rank + 1)
        rest: list[tuple[str, Node]] = []
        while self._cursor.peek_sign() in _RANKS[rank]:
            operator = self._cursor.advance().written
            rest.append((operator, self._chain(rank + 1)))
        return Chain(first, tuple(rest)) if rest else first

    def _signed(self) -> Node:
        token = self._cursor.current()
        is_sign = token.kind == "sign" and token.written in {"!", "-", "+"}
        if not is_sign and (token.kind, token.written) != ("name", "typeof"):
            return self._walk()
        self._deeper()
        self._cursor.advance()
        node = Sign(token.written, self._signed())
        self._depth -= 1
        return node

    def _walk(self) -> Node:
        base = self._base()
        steps: list[Member | Call] = []
        while True:
            if self._cursor.take("["):
                steps.append(Member(self.expression()))
                self._cursor.expect("]")
            elif self._cursor.take("."):
                steps.append(self._dotted())
            else:
                return Walk(base, tuple(steps)) if steps else base

    def _dotted(self) -> Member | Call:
        key = self._cursor.word()
        if not self._cursor.take("("):
            return Member(Literal(key))
        if key in _WITH_ARROW:
            argument = self._arrow()
        elif key == "includes":
            argument = self.expression()
        elif key == "getTime":
            argument = None
        else:
            raise Invalid(f'The expression may not call "{key}"; it may call includes, some, every, map, filter and getTime.')
        self._cursor.expect(")")
        return Call(key, argument)

    def _arrow(self) -> Arrow:
        enclosed = self._cursor.take("(")
        parameter = self._identifier()
        if enclosed:
            self._cursor.expect(")")
        self._cursor.expect("=>")
        return Arrow(parameter, self.expression())

    def _base(self) -> Node:
        token = self._cursor.advance()
        if token.kind == "number":
            return Literal(_number(token.written))
        if token.kind == "text":
            return Literal(unquoted(token.written))
        if token.kind == "name":
            return self._named(token)
        if token.written == "(" and token.kind == "sign":
            inner = self.expression()
            self._cursor.expect(")")
            return inner
        if token.written == "[" and token.kind == "sign":
            return self._items()
        raise self._cursor.unexpected(token)

    def _named(self, token: Token) -> Node:
        word = token.written
        if word in _CONSTANTS:
            return Literal(_CONSTANTS[word])
        if word == "new":
            return self._new_date()
        if word == "Date":
            return self._date_now()
        if word in _KEYWORDS:
            raise Invalid(f'The word "{word}" is not part of expressions.')
        if self._cursor.peek_sign() == "(":
            raise Invalid(f'The expression may not call "{word}".')
        return Name(word)

    def _new_date(self) -> Node:
        if self._cursor.word() != "Date":
            raise Invalid("The only thing an expression can make with new is a Date.")
        self._cursor.expect("(")
        if self._cursor.take(")"):
            return Today(None, is_number=False)
        argument = self.expression()
        self._cursor.expect(")")
        return Today(argument, is_number=False)

    def _date_now(self) -> Node:
        self._cursor.expect(".")
        if self._cursor.word() != "now":
            raise Invalid("Of Date, an expression knows Date.now() and new Date(x).getTime().")
        self._cursor.expect("(")
        self._cursor.expect(")")
        return Today(None, is_number=True)

    def _items(self) -> Items:
        items: list[Node] = []
        while not self._cursor.take("]"):
            items.append(self.expression())
            if not self._cursor.take(","):
                self._cursor.expect("]")
                break
        return Items(tuple(items))

    def _deeper(self) -> None:
        self._depth += 1
        if self._depth > _MAX_DEPTH:
            raise Invalid(f"An expression is nested at most {_MAX_DEPTH} levels deep.")

    def _identifier(self) -> str:
        word = self._cursor.word()
        if word in _CONSTANTS or word in _KEYWORDS:
            raise Invalid(f'The word "{word}" cannot be the name of a parameter.')
        return word


def _number(written: str) -> float:
    return int(written) if written.isdigit() and len(written) < 16 else float(written)
