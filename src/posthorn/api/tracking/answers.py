"""What we answer: success, and refusals as Segment's clients (segment.md 3.5) or Courier's (5.3) read them."""

from collections.abc import Sequence
from typing import Any

import orjson
from msgspec import Struct

from posthorn.errors import (
    Conflict,
    Forbidden,
    Invalid,
    NotFound,
    Refusal,
    TooMany,
    Unauthenticated,
    Unavailable,
)
from posthorn.events.model import Entry

Headers = list[tuple[bytes, bytes]]

JSON = (b"content-type", b"application/json")
# The browser SDK sees neither header otherwise (segment.md 1.5).
EXPOSED = (b"access-control-expose-headers", b"Retry-After, X-RateLimit-Reset")


class Answer(Struct, frozen=True):
    """A complete HTTP answer. may_name_origin: whether the browser's origin is let in."""

    status: int
    body: bytes
    headers: Headers
    may_name_origin: bool = True


class Reply(Struct, frozen=True):
    """What a call comes to: its answer, given when the entries are durable.

    unless_seen: (environment, messageId) of an event that is refused if it has been processed before.
    anyway: the answer stays the same if they cannot be stored.
    """

    answer: Answer
    entries: list[Entry] = []
    unless_seen: tuple[str, str] | None = None
    anyway: bool = False


_STATUS_OF_CLASS: dict[type[Refusal], int] = {
    Invalid: 400,
    Unauthenticated: 401,
    Forbidden: 403,
    NotFound: 404,
    Conflict: 409,
    TooMany: 429,
    Unavailable: 503,
}
_TRACKING_STATUS = {"unsupported_encoding": 415, "method_not_allowed": 405}
_COURIER_STATUS = {**_TRACKING_STATUS, "payload_too_large": 413, "unknown_type": 501}
_COURIER_TYPES = {
    401: "authentication_error",
    403: "authorization_error",
    429: "rate_limit_error",
    501: "not_implemented",
    503: "api_error",
}


def answer(status: int, content: Any, more_headers: Sequence[tuple[bytes, bytes]] = ()) -> Answer:
    """A JSON answer."""
    body = orjson.dumps(content)
    return Answer(status, body, [JSON, (b"content-length", str(len(body)).encode()), EXPOSED, *more_headers])


SUCCESS = answer(200, {"success": True})
DONE = Reply(SUCCESS)
_AT_FAULT = "Something went wrong here; trying again later may help"
TRACKING_FAULT = answer(500, {"success": False, "code": "internal_error", "message": _AT_FAULT, "error": "internal_error"})
COURIER_FAULT = answer(500, {"type": "api_error", "message": _AT_FAULT})


def tracking_refusal(refusal: Refusal) -> Answer:
    """The refusal with `code` and `message`, and `error` again for the Ruby library."""
    status = _TRACKING_STATUS.get(refusal.code) or _STATUS_OF_CLASS[type(refusal)]
    code = refusal.code or ("rate_limited" if status == 429 else "unavailable")
    content = {"success": False, "code": code, "message": refusal.message, "error": code}
    refused = answer(status, content, _retry_headers(refusal))
    return Answer(refused.status, refused.body, refused.headers, may_name_origin=code != "origin_not_allowed")


def courier_refusal(refusal: Refusal) -> Answer:
    """The refusal with Courier's `type` and `message` (courier.md 10.3)."""
    status = _COURIER_STATUS.get(refusal.code) or _STATUS_OF_CLASS[type(refusal)]
    content = {"type": _COURIER_TYPES.get(status, "invalid_request_error"), "message": refusal.message}
    # Courier's SDK sends a 409 again unless it is told not to (courier.md 1.10).
    extra = [(b"x-should-retry", b"false")] if status == 409 else _retry_headers(refusal)
    return answer(status, content, extra)


def _retry_headers(refusal: Refusal) -> Headers:
    if not isinstance(refusal, TooMany | Unavailable):
        return []
    seconds = str(min(300, max(1, -(-refusal.retry_after_ms // 1000)))).encode()
    return [(b"retry-after", seconds), (b"x-ratelimit-reset", seconds)]
