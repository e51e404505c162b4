"""Signing in by a one-time link or the password, and out."""

from typing import Any

from litestar import Request, Response, get, post
from litestar.params import FromQuery

from posthorn.access.audit import actor_of, record
from posthorn.access.model import OWNER, StudioUser
from posthorn.access.sessions import (
    new_session,
    password_is_right,
    set_cookie,
    stored_password,
    use_link_token,
)
from posthorn.access.users import check_sign_in, list_users
from posthorn.api.context import Context, GivenContext
from posthorn.api.session import session_in
from posthorn.api.studio.page import bare_page
from posthorn.api.studio.viewer import checked_form, form_of
from posthorn.errors import TooMany, Unauthenticated

HOME = "/studio/"
_USED = "This link has been used or has expired."
_WRONG = "That is not the password."


@get("/sign-in", name="studio_sign_in")
async def show(
    request: Request[Any, Any, Any], context: GivenContext, link: FromQuery[str] = "", next: FromQuery[str] = ""
) -> Response[Any]:
    """The sign-in page; with a link that is good it signs in at once."""
    user_id = await _use(context, link) if link else None
    if user_id is not None:
        return await _signed_in(context, next, user_id)
    if session_in(request.cookies, context) is not None:
        return _redirect(_safe(next))
    return await _form(context, next, _USED if link else "", status=403 if link else 200)


@post("/sign-in", status_code=303)
async def sign_in(request: Request[Any, Any, Any], context: GivenContext) -> Response[Any]:
    """Checks the password: of a user with his address, else the one in the settings."""
    form = await form_of(request)
    next = form.get("next", "")
    try:
        user_id = await _check(context, form.get("email", ""), form.get("password", ""))
    except Unauthenticated as refusal:
        return await _form(context, next, refusal.message, status=403)
    except TooMany as refusal:
        return await _form(context, next, refusal.message, status=429)
    return await _signed_in(context, next, user_id)


@post("/sign-out", status_code=303)
async def sign_out(request: Request[Any, Any, Any], context: GivenContext) -> Response[None]:
    """Ends the session of this browser."""
    session = session_in(request.cookies, context)
    await checked_form(request, context, "viewer")
    if session is not None:
        await _record(context, session.user, "user-logged-out")
    return _redirect("/studio/sign-in", set_cookie("", is_secure=_is_secure(context)))


async def _use(context: Context, link: str) -> str | None:
    async with context.database.transaction() as tx:
        return await use_link_token(tx, link, context.clock.now_ms())


async def _check(context: Context, email: str, password: str) -> str:
    now = context.clock.now_ms()
    context.sign_in_limit.check(now)
    try:
        if email.strip():
            return (await check_sign_in(context.database, email, password, context.password_threads)).user_id
        async with context.database.snapshot() as tx:
            stored = await stored_password(tx)
        if not await password_is_right(stored, password, context.password_threads):
            raise Unauthenticated(_WRONG)
    except Unauthenticated:
        context.sign_in_limit.failed(now)
        raise
    return ""


async def _record(context: Context, user: StudioUser, type: str) -> None:
    async with context.database.transaction() as tx:
        await record(tx, actor_of(user), type, target=user.user_id or "owner", at=context.clock.now_ms())


async def _form(context: Context, next: str, problem: str, *, status: int) -> Response[str]:
    async with context.database.snapshot() as tx:
        has_password = await stored_password(tx) is not None
        has_users = bool(await list_users(tx))
    values = {"has_password": has_password, "has_users": has_users, "next": _safe(next), "problem": problem}
    return bare_page("sign_in", values, status=status)


async def _signed_in(context: Context, next: str, user_id: str) -> Response[None]:
    await context.config.refresh(context.database)
    user = context.users().get(user_id, OWNER)
    await _record(context, user, "user-logged-in")
    return _redirect(_safe(next), session_cookie(context, user_id))


def session_cookie(context: Context, user_id: str) -> str:
    """A Set-Cookie header that signs somebody in."""
    session = new_session(context.vault, context.clock.now_ms(), user_id)
    return set_cookie(session, is_secure=_is_secure(context))


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
