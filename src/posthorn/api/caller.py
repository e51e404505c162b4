"""Who calls: the API key of a request, or the session of a browser, checked before the handler runs.

Source: courier.md 10.1. A session is asked only where there is no Authorization header; whatever it changes must carry
its token in `X-Posthorn-Csrf`.
"""

import base64
import binascii
from typing import Any

import msgspec
from litestar import Request
from litestar.di import NamedDependency
from litestar.params import SkipValidation
from litestar.types import ASGIApp, Receive, Scope, Send
from msgspec import Struct

from posthorn.access.model import Keys, StudioUser
from posthorn.api.context import Context, context_in
from posthorn.api.session import ENVIRONMENT_COOKIE, check_csrf, environment_of, require_role, session_in
from posthorn.errors import Forbidden, Unauthenticated
from posthorn.ids import request_id

PUBLIC = {"public": True}
"""`opt=PUBLIC` on a handler: no key is asked for, and there is no `caller`."""

CSRF_HEADER = "x-posthorn-csrf"
_SAFE = frozenset({"GET", "HEAD", "OPTIONS"})
OWNERS = {"role": "owner"}
"""`opt=OWNERS` on a handler: of those who are signed in, only an owner may."""

OWNERS_ONLY = {"role": "owner", "keyless": True}
"""The same, and no key opens it."""

_STATE = "posthorn_caller"


class Caller(Struct, frozen=True, kw_only=True):
    """The key a request came with, or the session. A handler gets it as its parameter `caller: GivenCaller`.

    key_id: of a session the user's id, "studio" for an owner who has none. user: of the session, None for a key.
    request_id: of this request; the same again when it is repeated under its Idempotency-Key (courier.md 10.5).
    """

    environment: str
    key_id: str
    renders_drafts: bool
    request_id: str
    user: StudioUser | None = None


GivenCaller = NamedDependency[SkipValidation[Caller]]
"""The type of a handler's parameter named `caller`."""


def require_key(app: ASGIApp) -> ASGIApp:
    """Middleware: lets a request pass if its route is public or its key is known. Raises Unauthenticated."""

    async def check(scope: Scope, receive: Receive, send: Send) -> None:
        if not scope["route_handler"].opt.get("public"):
            keep_caller(scope, _caller(Request(scope), context_in(scope)))
        await app(scope, receive, send)

    return check


def caller_of(request: Request[Any, Any, Any]) -> Caller:
    """The caller that was found for this request; a handler's dependency."""
    return request.scope["state"][_STATE]


def caller_in(scope: Scope) -> Caller | None:
    """The caller that was found, None on a public route."""
    return scope["state"].get(_STATE)


def keep_caller(scope: Scope, caller: Caller) -> None:
    """Notes the caller for the rest of the request."""
    scope["state"][_STATE] = caller


def with_request_id(caller: Caller, request_id: str) -> Caller:
    """The same caller under another request id."""
    return msgspec.structs.replace(caller, request_id=request_id)


def _caller(request: Request[Any, Any, Any], context: Context) -> Caller:
    authorization = request.headers.get("authorization")
    session = session_in(request.cookies, context) if authorization is None else None
    needed = request.scope["route_handler"].opt.get("role")
    if session is None:
        caller = _caller_of(authorization or "", context.keys(), _new_request_id(context))
        if request.scope["route_handler"].opt.get("keyless"):
            raise Forbidden("No key opens this; it takes an owner who is signed in.")
        return caller
    is_safe = request.method in _SAFE
    require_role(session.user, needed or ("viewer" if is_safe else "editor"))
    if not is_safe:
        check_csrf(context, session, request.headers.get(CSRF_HEADER, ""))
    asked, kept = request.query_params.get("environment", ""), request.cookies.get(ENVIRONMENT_COOKIE, "")
    return Caller(
        environment=environment_of(asked, kept),
        key_id=session.user.user_id or "studio",
        renders_drafts=False,
        request_id=_new_request_id(context),
        user=session.user,
    )


def _new_request_id(context: Context) -> str:
    return request_id(context.clock.now_ms(), context.seed())


def _caller_of(authorization: str, keys: Keys, request_id: str) -> Caller:
    key = keys.api_key(_secret(authorization))
    if key is None:
        raise Unauthenticated("A known API key is required: Authorization: Bearer <key>.")
    return Caller(environment=key.environment, key_id=key.key_id, renders_drafts=key.renders_drafts, request_id=request_id)


def _secret(authorization: str) -> str:
    scheme, _, rest = authorization.partition(" ")
    if scheme.lower() == "bearer":
        return rest.strip()
    if scheme.lower() == "basic":
        return _password(rest.strip())
    return ""


def _password(encoded: str) -> str:
    try:
        pair = base64.b64decode(encoded, validate=True).decode("utf-8")
    except (binascii.Error, UnicodeDecodeError):
        return ""
    return pair.partition(":")[2]
