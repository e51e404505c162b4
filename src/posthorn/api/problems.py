"""Errors as answers: the only place that knows HTTP statuses and Courier's error body. Source: courier.md 10.3."""

import re
from typing import Any

from litestar import Request, Response
from litestar.exceptions import HTTPException, ValidationException
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
from posthorn.telemetry import logger

STILL_RUNNING = "still_running"
"""Code of the one Conflict that trying again resolves: the first request under an Idempotency-Key has not ended."""

_STATUSES: dict[type[Refusal], int] = {
    Invalid: 400,
    Unauthenticated: 401,
    Forbidden: 403,
    NotFound: 404,
    Conflict: 409,
    TooMany: 429,
    Unavailable: 503,
}
_TYPES = {401: "authentication_error", 402: "authorization_error", 403: "authorization_error", 429: "rate_limit_error"}
_TEXTS = {404: "Not Found", 405: "Method Not Allowed", 413: "The request body is larger than 6 MB."}
_MISSING = re.compile(r"^Missing required \w+ parameter '([^']*)'.*", re.DOTALL)
_log = logger("api")


_LONGEST_MESSAGE = 1_000


class Problem(Struct, frozen=True, kw_only=True):
    """Courier's error body. `message` is for people; clients show it."""

    message: str
    type: str


def answer(request: Request[Any, Any, Any], error: Exception) -> Response[Problem]:
    """The answer to any exception. What nobody expected is logged whole and told to nobody."""
    if isinstance(error, Refusal):
        return _problem(_status(error), error.message, _headers(error))
    if isinstance(error, ValidationException):
        return _problem(400, _complaints(error))
    if isinstance(error, HTTPException) and error.status_code < 500:
        status = error.status_code
        return _problem(status, _TEXTS.get(status, error.detail), dict(error.headers or {}))
    _log.error("request.failed", method=request.method, path=request.scope["path"], exc_info=error)
    return _problem(500, "Internal Server Error")


def problem_type(status: int) -> str:
    """Courier's word for the kind of error."""
    return _TYPES.get(status, "api_error" if status >= 500 else "invalid_request_error")


def _problem(status: int, message: str, headers: dict[str, str] | None = None) -> Response[Problem]:
    if len(message) > _LONGEST_MESSAGE:  # a wrong value of the caller's own may be in it
        message = message[:_LONGEST_MESSAGE] + "..."
    body = Problem(message=message, type=problem_type(status))
    return Response(body, status_code=status, headers=headers, media_type="application/json")


def _status(error: Refusal) -> int:
    if isinstance(error, Invalid) and error.code == "unprocessable":
        return 422
    return next((status for kind, status in _STATUSES.items() if isinstance(error, kind)), 400)


def _headers(error: Refusal) -> dict[str, str]:
    if isinstance(error, TooMany | Unavailable):
        return {"retry-after": str(max(1, -(-error.retry_after_ms // 1000)))}
    if isinstance(error, Conflict):
        return {"x-should-retry": "true" if error.code == STILL_RUNNING else "false"}
    if isinstance(error, Unauthenticated):
        return {"www-authenticate": "Bearer"}
    return {}


def _complaints(error: ValidationException) -> str:
    extra = error.extra if isinstance(error.extra, list) else []
    found = [_complaint(item.get("key", "request"), item["message"]) for item in extra if isinstance(item, dict)]
    return "; ".join(found) or _MISSING.sub(r"\1: Required", error.detail)


def _complaint(key: str, message: str) -> str:
    # the framework's word for a body that is not there at all
    return "body: Required" if message == "'data'" else f"{key}: {message}"
