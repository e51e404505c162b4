"""Path parameters as they were meant: the path is routed while still percent-encoded, then each parameter is decoded.

So a user id may hold a slash, and `/profiles/a%2Fb` is one profile. Source: courier.md 10.2.
"""

from urllib.parse import unquote_to_bytes

from litestar.types import ASGIApp, Receive, Scope, Send

from posthorn.errors import Invalid

_MAX_CHARACTERS = 512
_MAX_TOKEN_CHARACTERS = 16_000
"""A signed token carries whole addresses (decision 0003)."""


def route_encoded(app: ASGIApp) -> ASGIApp:
    """Around the whole router: it sees the path as it came over the wire."""

    async def route(scope: Scope, receive: Receive, send: Send) -> None:
        if scope["type"] == "http":
            scope["path"] = (scope.get("raw_path") or scope["path"].encode()).decode("latin-1")
        await app(scope, receive, send)

    return route


def decode_parameters(app: ASGIApp) -> ASGIApp:
    """Middleware behind the router: decodes the parameters it found. Raises Invalid for text nobody can store."""

    async def decode(scope: Scope, receive: Receive, send: Send) -> None:
        parameters = scope["path_params"]
        if parameters:
            scope["path_params"] = {name: _decoded(name, value) for name, value in parameters.items()}
        await app(scope, receive, send)

    return decode


def _decoded(name: str, value: str) -> str:
    try:
        text = unquote_to_bytes(value.encode("latin-1")).decode("utf-8")
    except UnicodeDecodeError:
        raise Invalid(f"{name}: not UTF-8") from None
    if "\0" in text:
        raise Invalid(f"{name}: must not contain a NUL character")
    longest = _MAX_TOKEN_CHARACTERS if name == "token" else _MAX_CHARACTERS
    if len(text) > longest:
        raise Invalid(f"{name}: at most {longest} characters")
    return text
