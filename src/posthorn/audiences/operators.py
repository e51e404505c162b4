"""The operators that compare what a profile holds at a path with a value (courier.md 7.3). Pure.

What is compared is None where the path leads nowhere or to null. All comparisons are case-sensitive.
"""

import math
import operator
import re
from collections.abc import Callable
from functools import lru_cache
from typing import Any

from posthorn.errors import Invalid
from posthorn.expressions.moments import timestamp
from posthorn.expressions.values import text

Test = Callable[[Any], bool]

_NUMBER = re.compile(r"[+-]?\d{1,40}(\.\d{1,40})?([eE][+-]?\d{1,2})?", re.ASCII)
_DATE = re.compile(r"\d{4}-?\d\d")


def comparison(word: str, value: tuple[str, ...]) -> Test:
    """The test of a leaf. value: the given values, exactly one for all but INCLUDES and OMIT. Raises Invalid."""
    if word in ("INCLUDES", "OMIT"):
        return _includes(frozenset(value), is_wanted=word == "INCLUDES")
    return _OPERATORS[word](value[0])


def number(value: Any) -> float | None:
    """The value as a number: a number, or a text that is one; None for anything else."""
    if isinstance(value, int):
        return None if isinstance(value, bool) else value
    if isinstance(value, float):
        return value if math.isfinite(value) else None
    if isinstance(value, str) and len(value) <= 90 and _NUMBER.fullmatch(value):
        return int(value) if value.lstrip("+-").isdigit() else float(value)
    return None


def scalar_text(value: Any) -> str | None:
    """A text, number or boolean as text; None for anything else."""
    if isinstance(value, str):
        return value
    return text(value) if isinstance(value, (bool, int, float)) else None


def date(value: Any) -> int | None:
    """UTC milliseconds of an ISO 8601 text, in UTC where it names no offset; None for anything else."""
    return _date(value) if isinstance(value, str) and len(value) <= 40 else None


@lru_cache(maxsize=4096)  # many audiences ask for the same date of one profile
def _date(value: str) -> int | None:
    if not _DATE.match(value):
        return None
    try:
        return timestamp(value)
    except Invalid:
        return None


def _equals(wanted: str) -> Test:
    return lambda value: value == wanted if isinstance(value, str) else scalar_text(value) == wanted


def _differs(wanted: str) -> Test:
    return lambda value: value != wanted if isinstance(value, str) else scalar_text(value) != wanted


def _ordered(is_so: Callable[[Any, Any], bool]) -> Callable[[str], Test]:
    def of(wanted: str) -> Test:
        limit = number(wanted)
        if limit is None:
            raise Invalid(f'Expected a number, not "{wanted[:60]}"')

        def test(value: Any) -> bool:
            found = number(value)
            return found is not None and is_so(found, limit)

        return test

    return of


def _exists(wanted: str) -> Test:
    if wanted not in ("true", "false"):
        raise Invalid('Expected "true" or "false"')
    is_wanted = wanted == "true"
    return lambda value: (value is not None) == is_wanted


def _includes(wanted: frozenset[str], *, is_wanted: bool) -> Test:
    def test(value: Any) -> bool:
        if not isinstance(value, list):
            return (scalar_text(value) in wanted) == is_wanted
        return (not wanted.isdisjoint(map(scalar_text, value))) == is_wanted

    return test


def _starts(wanted: str) -> Test:
    return lambda value: (found := scalar_text(value)) is not None and found.startswith(wanted)


def _ends(wanted: str) -> Test:
    return lambda value: (found := scalar_text(value)) is not None and found.endswith(wanted)


def _dated(is_so: Callable[[Any, Any], bool]) -> Callable[[str], Test]:
    def of(wanted: str) -> Test:
        limit = date(wanted)
        if limit is None:
            raise Invalid(f'Expected a date such as "2026-04-08T08:09:10Z", not "{wanted[:60]}"')

        def test(value: Any) -> bool:
            found = date(value)
            return found is not None and is_so(found, limit)

        return test

    return of


_OPERATORS: dict[str, Callable[[str], Test]] = {
    "EQ": _equals,
    "NEQ": _differs,
    "GT": _ordered(operator.gt),
    "GTE": _ordered(operator.ge),
    "LT": _ordered(operator.lt),
    "LTE": _ordered(operator.le),
    "EXISTS": _exists,
    "STARTS_WITH": _starts,
    "ENDS_WITH": _ends,
    "IS_BEFORE": _dated(operator.lt),
    "IS_AFTER": _dated(operator.gt),
}

COMPARISONS = (
    "EQ",
    "NEQ",
    "GT",
    "GTE",
    "LT",
    "LTE",
    "EXISTS",
    "INCLUDES",
    "OMIT",
    "STARTS_WITH",
    "ENDS_WITH",
    "IS_BEFORE",
    "IS_AFTER",
)
