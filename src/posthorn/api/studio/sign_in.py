"""Signing in by a one-time link or the password, and out."""

from typing import Any

from litestar import Request, Response, get, post
from litestar.params import FromQuery

from posthorn.access.sessions import (
    new_session,
    password_is_right,
    set_cookie,
    stored_password,
    use_link_token,
)
from posthorn.api.context import Context, GivenContext
from posthorn.api.studio.page import bare_page
from posthorn.api.studio.viewer import checked_form, form_of, session_of
from posthorn.errors import TooMany, Unauthenticated

HOME = "/studio/"
_USED = "This link has been used or has expired."
_WRONG = "That is not the password."


@get("/sign-in", name="studio_sign_in")
async def show(
    request: Request[Any, Any, Any], context: GivenContext, link: FromQuery[str] = "", next: FromQuery[str] = ""
) -> Response[Any]:
    """The sign-in page; with a link that is good it signs in at once."""
    if link and await _use(context, link):
        return _signed_in(context, next)
    if session_of(request, context):
        return _redirect(_safe(next))
    return await _form(context, next, _USED if link else "", status=403 if link else 200)


@post("/sign-in", status_code=303)
async def sign_in(request: Request[Any, Any, Any], context: GivenContext) -> Response[Any]:
    """Checks the password."""
    form = await form_of(request)
    next = form.get("next", "")
    try:
        await _check(context, form.get("password", ""))
    except Unauthenticated as refusal:
        return await _form(context, next, refusal.message, status=403)
    except TooMany as refusal:
        return await _form(context, next, refusal.message, status=429)
    return _signed_in(context, next)


@post("/sign-out", status_code=303)
async def sign_out(request: Request[Any, Any, Any], context: GivenContext) -> Response[None]:
    """Ends the session of this browser."""
    await checked_form(request, context)
    return _redirect("/studio/sign-in", set_cookie("", is_secure=_is_secure(context)))


async def _use(context: Context, link: str) -> bool:
    async with context.database.transaction() as tx:
        return await use_link_token(tx, link, context.clock.now_ms())


async def _check(context: Context, password: str) -> None:
    now = context.clock.now_ms()
    context.sign_in_limit.check(now)
    async with context.database.snapshot() as tx:
        stored = await stored_password(tx)
    if not await password_is_right(stored, password, context.password_threads):
        context.sign_in_limit.failed(now)
        raise Unauthenticated(_WRONG)


async def _form(context: Context, next: str, problem: str, *, status: int) -> Response[str]:
    async with context.database.snapshot() as tx:
        has_password = await stored_password(tx) is not None
    values = {"has_password": has_password, "next": _safe(next), "problem": problem}
    return bare_page("sign_in", values, status=status)


def _signed_in(context: Context, next: str) -> Response[None]:
    session = new_session(context.vault, context.clock.now_ms())
    return _redirect(_safe(next), set_cookie(session, is_secure=_is_secure(context)))


def _redirect(location: str, cookie: str = "") -> Response[None]:
    headers = {"location": location, "cache-control": "no-store"} | ({"set-cookie": cookie} if cookie else {})
    return Response(None, status_code=303, headers=headers)


def _safe(path: str) -> str:
    """The path if it leads into Studio, else its first page: nobody is sent elsewhere by signing in."""
    is_ours = path.startswith(HOME) and path.isascii() and path.isprintable() and "\\" not in path and "//" not in path
    return path if is_ours and ".." not in path else HOME


def _is_secure(context: Context) -> bool:
    return context.settings.public_url.startswith("https://")


pages = [show, sign_in, sign_out]
