"""What a value is to an expression: JavaScript's truth, numbers and texts over JSON values."""

import math
from typing import Any

import msgspec

_EXACT = 2**53
_encoder = msgspec.json.Encoder(decimal_format="number")


class Undefined:
    """What a path that leads nowhere gives; there is one of it, UNDEFINED, and it is false."""

    __slots__ = ()

    def __bool__(self) -> bool:
        return False

    def __repr__(self) -> str:
        return "undefined"


UNDEFINED = Undefined()


def truth(value: Any) -> bool:
    """Whether JavaScript takes the value for true: empty lists and objects are."""
    if isinstance(value, (list, tuple, dict)):
        return True
    if isinstance(value, float) and math.isnan(value):
        return False
    return bool(value)


def number(value: Any) -> float:
    """The value as a number, whole ones as int; NaN where there is no sensible one (objects, other text, undefined)."""
    if value is None:
        return 0
    if isinstance(value, bool):
        return int(value)
    if isinstance(value, int):
        return value if abs(value) <= _EXACT else _double(value)
    if isinstance(value, float):
        return value
    if isinstance(value, str):
        return _number_in(value)
    return math.nan


def _number_in(text: str) -> float:
    stripped = text.strip()
    if not stripped:
        return 0
    if len(stripped) > 400 or not stripped.isascii() or "_" in stripped or stripped.lstrip("+-")[:1].isalpha():
        return math.nan
    try:
        return float(stripped)
    except ValueError:
        return math.nan


def _double(value: int) -> float:
    try:
        return float(value)
    except OverflowError:
        return math.inf if value > 0 else -math.inf


def text(value: Any) -> str:
    """The value as it appears inside a text: nothing for null and undefined, JSON for lists and objects."""
    if isinstance(value, str):
        return value
    if value is None or value is UNDEFINED:
        return ""
    if isinstance(value, bool):
        return "true" if value else "false"
    if isinstance(value, int):
        return str(value) if abs(value) < 10**300 else _text_of_float(_double(value))
    if isinstance(value, float):
        return _text_of_float(value)
    return _json(value)


def _text_of_float(value: float) -> str:
    if math.isnan(value):
        return "NaN"
    if math.isinf(value):
        return "Infinity" if value > 0 else "-Infinity"
    if value == int(value) and abs(value) < 1e21:
        return str(int(value))
    return repr(value)


def _json(value: Any) -> str:
    try:
        return _encoder.encode(value).decode()
    except (TypeError, ValueError, OverflowError, RecursionError):
        return ""
