"""The forms an expression is made of once it has been read."""

from typing import TypeAlias

from msgspec import Struct


class Literal(Struct, frozen=True):
    """A constant."""

    value: object


class Name(Struct, frozen=True):
    """A word that stands for something in the scope."""

    name: str


class Items(Struct, frozen=True):
    """A list written out."""

    items: "tuple[Node, ...]"


class Sign(Struct, frozen=True):
    """One of `! - + typeof` before an operand."""

    operator: str
    operand: "Node"


class Chain(Struct, frozen=True):
    """Operands of one rank, from left to right: (operator, operand) after the first."""

    first: "Node"
    rest: "tuple[tuple[str, Node], ...]"


class Choice(Struct, frozen=True):
    """`condition ? then : otherwise`."""

    condition: "Node"
    then: "Node"
    otherwise: "Node"


class Arrow(Struct, frozen=True):
    """`parameter => body`, as the argument of a list method."""

    parameter: str
    body: "Node"


class Member(Struct, frozen=True):
    """`.key` or `[key]`."""

    key: "Node"


class Call(Struct, frozen=True):
    """`.method(argument)`; getTime has no argument."""

    method: str
    argument: "Node | Arrow | None"


class Walk(Struct, frozen=True):
    """A base and the members and calls after it, in order."""

    base: "Node"
    steps: tuple[Member | Call, ...]


class Today(Struct, frozen=True):
    """`Date.now()` (as a number) or `new Date(argument)`; without an argument, now."""

    argument: "Node | None"
    is_number: bool


Node: TypeAlias = Literal | Name | Items | Sign | Chain | Choice | Walk | Today
