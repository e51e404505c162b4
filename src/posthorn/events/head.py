"""The members of an event that ingest must know, read from its bytes without building the rest."""

import re
from typing import Any

import msgspec
from msgspec import UNSET, Struct, UnsetType

from posthorn.events.lenient import is_deep


class Anything(Struct, gc=False):
    """Any JSON object; what is in it is checked for its syntax and skipped."""


class Named(Struct, frozen=True, gc=False):
    """A library or an integration."""

    name: str | None = None


class ContextHead(Struct, frozen=True, gc=False):
    """What ingest must know of `context`."""

    library: Named | None = None
    integration: Named | None = None
    direct: bool | None = None
    consent: Any = None


class Head(Struct, frozen=True, rename="camel", gc=False):
    """One event in its expected shape; any other shape makes decoding fail and is looked at slowly."""

    type: str | None = None
    event: str | None = None
    user_id: str | None = None
    anonymous_id: str | None = None
    group_id: str | None = None
    previous_id: str | None = None
    message_id: str | None = None
    name: str | None = None
    category: str | None = None
    properties: Anything | None = None
    traits: Anything | None = None
    context: ContextHead | None = None
    integrations: Anything | None = None
    write_key: str | UnsetType = UNSET
    email: msgspec.Raw | UnsetType = UNSET


EMPTY_HEAD = Head()

_DECODER = msgspec.json.Decoder(Head)

# U+0000, or a surrogate without its other half.
_UNSTORABLE_ESCAPE = re.compile(
    rb"\\u(?:0000|[dD][89abAB]..(?!\\u[dD][c-fC-F])|(?<!\\u[dD][89abAB]..\\u)[dD][c-fC-F])", re.DOTALL
)
_SURROGATE_ESCAPE = re.compile(rb"\\u[dD][89a-fA-F]")


def read_head(raw: bytes) -> Head | None:
    """The head of an event whose bytes may be stored as they are; None if it must be looked at slowly."""
    if is_deep(raw) or not _is_storable(raw):
        return None
    try:
        return _DECODER.decode(raw)
    except (msgspec.DecodeError, UnicodeDecodeError):
        return None


def _is_storable(raw: bytes) -> bool:
    if not raw.isascii():
        try:
            raw.decode("utf-8")
        except UnicodeDecodeError:
            return False
    if b"\\" not in raw or b"\\u" not in raw:  # looking for one byte alone takes a tenth of the time
        return True
    if _UNSTORABLE_ESCAPE.search(raw):
        return False
    # Behind an escaped backslash the pattern above may take text for half of a pair.
    return b"\\\\" not in raw or not _SURROGATE_ESCAPE.search(raw)
