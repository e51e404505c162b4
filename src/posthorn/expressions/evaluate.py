"""Computes the JavaScript subset of courier.md 4.4.

Literals, member access, comparison, logic, arithmetic, the ternary, lists, includes, length, some, every, map, filter,
typeof, new Date(x).getTime(), Date.now() and MessageStatus.

`==` and `!=` are the strict ones. Missing members are undefined and never an error.
"""

import math
from collections.abc import Callable, Mapping
from typing import Any

from msgspec import Struct

from posthorn.errors import Invalid
from posthorn.expressions.moments import timestamp
from posthorn.expressions.nodes import Arrow, Call, Chain, Choice, Items, Literal, Member, Name, Node, Sign, Today, Walk
from posthorn.expressions.parse import parse
from posthorn.expressions.paths import member
from posthorn.expressions.values import UNDEFINED, number, text, truth

_MAX_STEPS = 20_000
_MAX_TEXT = 100_000
_RANKS = {
    "Enqueued": 0,
    "Routed": 1,
    "Delayed": 1,
    "Sent": 2,
    "Simulated": 2,
    "Delivered": 3,
    "Opened": 4,
    "Clicked": 5,
    "Unmapped": -1,
    "Unroutable": -1,
    "Undeliverable": -1,
    "Filtered": -1,
    "Throttled": -1,
    "Digested": -1,
    "Canceled": -1,
}


class Status(Struct, frozen=True):
    """A word of MessageStatus. It compares by rank with others and with the texts that message records carry."""

    name: str


class Date(Struct, frozen=True):
    """`new Date(x)`: milliseconds since 1970, NaN for something that is no date."""

    at: float


_STATUSES = {name: Status(name.upper()) for name in _RANKS}
_RANK_OF = {name.upper(): rank for name, rank in _RANKS.items()}


def evaluate(source: str, scope: Mapping[str, Any], *, now: int) -> Any:
    """The value of the expression over the scope: JSON, or UNDEFINED. `now`: milliseconds, for Date.now().

    A name is looked for at the root of the scope, then in `data`. Raises Invalid for anything outside the subset
    and for one that takes too many steps. Source: courier.md 4.4.
    """
    return _plain(_Run(scope, now).value(parse(source)))


def _plain(value: Any) -> Any:
    if isinstance(value, Status):
        return value.name
    if isinstance(value, Date):
        return value.at
    return [_plain(item) for item in value] if isinstance(value, list) else value


class _Run:
    """One evaluation: the scope, the parameters of the arrows around, and the steps that are left."""

    def __init__(self, scope: Mapping[str, Any], now: int) -> None:
        self._scope = scope
        self._now = now
        self._parameters: dict[str, Any] = {}
        self._steps_left = _MAX_STEPS

    def value(self, node: Node) -> Any:
        self._spend(1)
        return _FORMS[type(node)](self, node)

    def literal(self, node: Literal) -> Any:
        return node.value

    def name(self, node: Name) -> Any:
        for place in (self._parameters, self._scope, self._scope.get("data")):
            if isinstance(place, Mapping) and node.name in place:
                return place[node.name]
        return _STATUSES if node.name == "MessageStatus" else UNDEFINED

    def items(self, node: Items) -> Any:
        return [self.value(item) for item in node.items]

    def sign(self, node: Sign) -> Any:
        operand = self.value(node.operand)
        if node.operator == "!":
            return not truth(operand)
        if node.operator == "typeof":
            return _type_of(operand)
        amount = _amount(operand)
        return amount if node.operator == "+" else -amount

    def chain(self, node: Chain) -> Any:
        result = self.value(node.first)
        for operator, operand in node.rest:
            if operator == "&&":
                result = self.value(operand) if truth(result) else result
            elif operator == "||":
                result = result if truth(result) else self.value(operand)
            else:
                result = _OPERATORS[operator](result, self.value(operand))
        return result

    def choice(self, node: Choice) -> Any:
        return self.value(node.then if truth(self.value(node.condition)) else node.otherwise)

    def today(self, node: Today) -> Any:
        if node.is_number:
            return self._now
        return Date(self._now if node.argument is None else _date(self.value(node.argument)))

    def walk(self, node: Walk) -> Any:
        value = self.value(node.base)
        for step in node.steps:
            value = _member(value, self.value(step.key)) if isinstance(step, Member) else self._called(value, step)
        return value

    def _called(self, value: Any, call: Call) -> Any:
        if call.method == "getTime":
            return value.at if isinstance(value, Date) else UNDEFINED
        if isinstance(call.argument, Arrow):
            return self._over(value, call.method, call.argument) if isinstance(value, list) else UNDEFINED
        wanted = self.value(call.argument) if call.argument is not None else UNDEFINED
        if isinstance(value, str):
            self._spend(len(value) // 1000)
            return text(wanted) in value
        if isinstance(value, list):
            self._spend(len(value) // 10)
            return any(_same(item, wanted) for item in value)
        return UNDEFINED

    def _over(self, values: list[Any], method: str, arrow: Arrow) -> Any:
        outside = self._parameters
        results: list[Any] = []
        for item in values:
            self._parameters = {**outside, arrow.parameter: item}
            results.append(self.value(arrow.body))
        self._parameters = outside
        if method == "some":
            return any(truth(result) for result in results)
        if method == "every":
            return all(truth(result) for result in results)
        if method == "map":
            return results
        return [item for item, result in zip(values, results, strict=True) if truth(result)]

    def _spend(self, steps: int) -> None:
        self._steps_left -= steps
        if self._steps_left < 0:
            raise Invalid(f"The expression takes more than {_MAX_STEPS} steps.")


_FORMS: dict[type, Callable[[_Run, Any], Any]] = {
    Literal: _Run.literal,
    Name: _Run.name,
    Items: _Run.items,
    Sign: _Run.sign,
    Chain: _Run.chain,
    Choice: _Run.choice,
    Walk: _Run.walk,
    Today: _Run.today,
}


def _member(value: Any, key: Any) -> Any:
    return member(value, key if isinstance(key, str) else text(key))


def _type_of(value: Any) -> str:
    if value is UNDEFINED:
        return "undefined"
    if isinstance(value, bool):
        return "boolean"
    if isinstance(value, (int, float, Status)):
        return "number"
    return "string" if isinstance(value, str) else "object"


def _amount(value: Any) -> float:
    if isinstance(value, Date):
        return value.at
    return _RANK_OF[value.name] if isinstance(value, Status) else number(value)


def _date(value: Any) -> float:
    if not isinstance(value, str):
        return _amount(value)
    try:
        return timestamp(value)
    except Invalid:
        return math.nan


def _same(left: Any, right: Any) -> bool:
    if isinstance(left, Status) or isinstance(right, Status):
        names = [side.name if isinstance(side, Status) else side for side in (left, right)]
        return all(isinstance(name, str) for name in names) and names[0].upper() == names[1].upper()
    if isinstance(left, (list, dict, Date)) or isinstance(right, (list, dict, Date)):
        return left is right
    if isinstance(left, bool) or isinstance(right, bool):
        return left is right
    return left == right


def _ordered(left: Any, right: Any, holds: Callable[[Any, Any], bool]) -> bool:
    if isinstance(left, str) and isinstance(right, str):
        return holds(left, right)
    sides = (left, right)
    if any(isinstance(side, Status) for side in sides):
        left, right = (_RANK_OF.get(side.upper(), math.nan) if isinstance(side, str) else side for side in sides)
    return holds(_amount(left), _amount(right))


def _sum(left: Any, right: Any) -> Any:
    if any(isinstance(side, (str, list, dict)) for side in (left, right)):
        joined = _shown(left) + _shown(right)
        if len(joined) > _MAX_TEXT:
            raise Invalid(f"The expression makes a text of more than {_MAX_TEXT} characters.")
        return joined
    return _tidy(_amount(left) + _amount(right))


def _shown(value: Any) -> str:
    # JavaScript spells these out when it joins texts; only templates leave them away.
    if value is None or value is UNDEFINED:
        return "null" if value is None else "undefined"
    return text(_plain(value))


def _quotient(left: float, right: float) -> float:
    if right == 0:
        return math.nan if left == 0 or math.isnan(left) else math.copysign(math.inf, left)
    return left / right


def _remainder(left: float, right: float) -> float:
    return math.nan if right == 0 or math.isinf(left) else math.fmod(left, right)


def _tidy(amount: float) -> float:
    # Whole numbers are kept as int as long as a double holds them exactly, so that they are written without a point.
    return int(amount) if abs(amount) <= 2**53 and amount == math.trunc(amount) else float(amount)


_OPERATORS: dict[str, Callable[[Any, Any], Any]] = {
    "===": _same,
    "==": _same,
    "!==": lambda left, right: not _same(left, right),
    "!=": lambda left, right: not _same(left, right),
    "<": lambda left, right: _ordered(left, right, lambda a, b: a < b),
    "<=": lambda left, right: _ordered(left, right, lambda a, b: a <= b),
    ">": lambda left, right: _ordered(left, right, lambda a, b: a > b),
    ">=": lambda left, right: _ordered(left, right, lambda a, b: a >= b),
    "+": _sum,
    "-": lambda left, right: _tidy(_amount(left) - _amount(right)),
    "*": lambda left, right: _tidy(_amount(left) * _amount(right)),
    "/": lambda left, right: _tidy(_quotient(_amount(left), _amount(right))),
    "%": lambda left, right: _tidy(_remainder(_amount(left), _amount(right))),
}
