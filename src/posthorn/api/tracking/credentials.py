"""Keys as clients send them: the Authorization header in its forms, and the query (segment.md 3.2, courier.md 10.1)."""

import base64
import binascii
from functools import lru_cache
from urllib.parse import parse_qsl

_LONGEST_HEADER = 4_096  # what a caller can make us remember is bounded


def user_name(header: bytes | None) -> str:
    """The user name of a Basic header, with or without the colon behind it; "" if there is none."""
    return _basic(header)[0] if header is not None and len(header) <= _LONGEST_HEADER else ""


def bearer_or_user(header: bytes | None) -> tuple[str, ...]:
    """The keys a header may mean, most likely first: a Bearer, else the user name and the password of Basic."""
    if header is None or len(header) > _LONGEST_HEADER:
        return ()
    if header[:7].lower() == b"bearer ":
        token = header[7:].strip().decode("utf-8", "replace")
        return (token,) if token else ()
    return tuple(part for part in _basic(header) if part)


def query_write_key(query: bytes) -> str:
    """The `writeKey` of a query string, or ""."""
    if b"writeKey" not in query or len(query) > 65_536:
        return ""
    return dict(parse_qsl(query.decode("latin-1"), errors="replace")).get("writeKey", "")


@lru_cache(maxsize=512)
def _basic(header: bytes) -> tuple[str, str]:
    if header[:6].lower() != b"basic ":
        return "", ""
    try:
        decoded = base64.b64decode(header[6:].strip(), validate=True).decode("utf-8")
    except (binascii.Error, ValueError):
        return "", ""
    name, _, password = decoded.partition(":")
    return name, password
