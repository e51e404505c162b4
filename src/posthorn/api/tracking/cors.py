"""Answers to browsers on other origins (segment.md 3.6)."""

from posthorn.api.tracking.answers import EXPOSED, Answer, Headers
from posthorn.api.tracking.request import Request

_ALLOWED_HEADERS = b"Authorization, Content-Type, Content-Encoding, X-Retry-Count"


def preflight(request: Request) -> Answer:
    """204 without any credential; whatever headers the browser asks for are allowed."""
    asked = request.headers.get(b"access-control-request-headers")
    headers: Headers = [
        (b"access-control-allow-methods", b"GET, POST, OPTIONS"),
        (b"access-control-allow-headers", _ALLOWED_HEADERS + (b", " + asked if asked else b"")),
        EXPOSED,
        (b"access-control-max-age", b"7200"),
    ]
    if request.headers.get(b"access-control-request-private-network") == b"true":
        headers.append((b"access-control-allow-private-network", b"true"))
    return Answer(204, b"", headers)


def headers_for(request: Request, answer: Answer) -> Headers:
    """The answer's headers, with the caller's origin let in if it named one."""
    is_preflight = request.method == "OPTIONS"
    vary = (b"vary", b"Origin, Access-Control-Request-Headers" if is_preflight else b"Origin")
    origin = request.headers.get(b"origin")
    if origin is None or not answer.may_name_origin:
        return [*answer.headers, vary]
    return [
        *answer.headers,
        (b"access-control-allow-origin", origin),
        (b"access-control-allow-credentials", b"true"),
        vary,
    ]
