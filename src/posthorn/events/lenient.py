"""JSON as senders really write it: parsed with all its faults, then made clean enough to store (segment.md 3.7)."""

import json
import math
import re
from typing import Any

import orjson

MAX_DEPTH = 100
MAX_KEYS = 10_000

_TOKEN = re.compile(rb'"(?:[^"\\]|\\.)*"|[\[{]|[\]}]', re.DOTALL)
_UNSTORABLE = re.compile("[\x00\ud800-\udfff]")
_LARGEST = 2**64 - 1
_SMALLEST = -(2**63)
# Far more digits than any float holds, and few enough for int() to be quick.
_LONGEST_INTEGER = 400


class NotJson(ValueError):
    """The bytes are not JSON at all; the text says where."""


def parse(raw: bytes, max_depth: int = MAX_DEPTH) -> Any:
    """The value, with NaN, infinities and unpaired surrogates still in it.

    Raises NotJson for broken JSON or UTF-8, text after the value, and more levels than `max_depth`.
    """
    if is_deep(raw, max_depth):
        raise NotJson(f"Body is nested deeper than {max_depth} levels")
    try:
        text = raw.decode("utf-8")
    except UnicodeDecodeError as error:
        raise NotJson(f"Body is not valid UTF-8 (byte {error.start})") from None
    try:
        return json.loads(text, parse_int=_integer)
    except json.JSONDecodeError as error:
        raise NotJson(f"Body is not valid JSON (line {error.lineno}, column {error.colno})") from None


def is_deep(raw: bytes, max_depth: int = MAX_DEPTH) -> bool:
    """Whether brackets outside of strings are nested more than so many levels."""
    if raw.count(b"{") + raw.count(b"[") <= max_depth:
        return False
    depth = 0
    for match in _TOKEN.finditer(raw):
        token = match[0]
        if token in (b"{", b"["):
            depth += 1
            if depth > max_depth:
                return True
        elif token in (b"}", b"]"):
            depth -= 1
    return False


class Scrubber:
    """Makes one event's values storable and remembers what it had to change.

    warnings: "non_finite_number", "text_sanitised", "properties_truncated", each once, in the order they came up.
    """

    def __init__(self, max_keys: int = MAX_KEYS) -> None:
        self.warnings: list[str] = []
        self._keys_left = max_keys

    def warn(self, warning: str) -> None:
        """Notes a warning once."""
        if warning not in self.warnings:
            self.warnings.append(warning)

    def clean(self, value: Any, depth: int = 1) -> Any:
        """A copy without non-finite numbers, U+0000, unpaired surrogates and surplus keys.

        Raises NotJson where it is nested too deep; `depth` is the level of the value, 1 for the event itself.
        """
        if not isinstance(value, dict | list):
            return self._plain(value)
        if depth > MAX_DEPTH:
            raise NotJson(f"Event is nested deeper than {MAX_DEPTH} levels")
        if isinstance(value, dict):
            return self._object(value, depth)
        return [self.clean(item, depth + 1) for item in value]

    def text(self, value: str) -> str:
        """The text without U+0000, and with U+FFFD for each unpaired surrogate."""
        if not _UNSTORABLE.search(value):
            return value
        self.warn("text_sanitised")
        return _UNSTORABLE.sub("\ufffd", value.replace("\x00", ""))

    def _plain(self, value: Any) -> Any:
        if isinstance(value, str):
            return self.text(value)
        if isinstance(value, float) and not math.isfinite(value):
            self.warn("non_finite_number")
            return None
        if isinstance(value, int) and not _SMALLEST <= value <= _LARGEST:
            return self._plain(_rounded(value))
        return value

    def _object(self, value: dict[str, Any], depth: int) -> dict[str, Any]:
        cleaned: dict[str, Any] = {}
        for key, item in value.items():
            if self._keys_left <= 0:
                self.warn("properties_truncated")
                break
            self._keys_left -= 1
            cleaned[self.text(key)] = self.clean(item, depth + 1)
        return cleaned


def encode(value: Any) -> bytes:
    """Compact UTF-8 JSON of a cleaned value."""
    return orjson.dumps(value)


def _integer(digits: str) -> float:
    return float(digits) if len(digits) > _LONGEST_INTEGER else int(digits)


def _rounded(value: int) -> float:
    try:
        return float(value)
    except OverflowError:
        return math.inf
