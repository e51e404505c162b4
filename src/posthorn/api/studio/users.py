"""Who may use Studio, on pages: an owner invites, changes roles, removes; everybody has his own password."""

from typing import Any

from litestar import Request, Response, get, post

from posthorn.access.audit import actor_of, record
from posthorn.access.users import change_password, list_users
from posthorn.api.access.users import invited, linked, removed, with_role
from posthorn.api.context import Context, GivenContext
from posthorn.api.session import require_role
from posthorn.api.studio.page import page
from posthorn.api.studio.sign_in import session_cookie
from posthorn.api.studio.viewer import GivenViewer, Viewer, checked_form
from posthorn.errors import Conflict, Invalid, NotFound

ROLES = {
    "owner": "may do everything",
    "editor": "may change everything but people, keys and sources",
    "viewer": "may look",
}


@get("/users")
async def show_users(context: GivenContext, viewer: GivenViewer) -> Response[str]:
    """Everybody, and a form to invite somebody."""
    require_role(viewer.user, "owner")
    return await _users(context, viewer)


@post("/users")
async def change_users(request: Request[Any, Any, Any], context: GivenContext, viewer: GivenViewer) -> Response[str]:
    """Does what the form's button says."""
    form = await checked_form(request, context, "owner")
    try:
        link = await _change(context, viewer, form)
    except (Invalid, Conflict, NotFound) as refusal:
        return await _users(context, viewer, problem=refusal.message, status=400)
    await context.config.refresh(context.database)
    return await _users(context, viewer, link=link, status=200)


@get("/account")
async def show_account(viewer: GivenViewer) -> Response[str]:
    """One's own name and role, and a form for the password."""
    return page(viewer, "account", {"problem": "", "done": False})


@post("/account")
async def change_account(request: Request[Any, Any, Any], context: GivenContext, viewer: GivenViewer) -> Response[str]:
    """Sets the password; other sessions end, this one goes on."""
    form = await checked_form(request, context, "viewer")
    user, now = viewer.user, context.clock.now_ms()
    if not user.user_id:
        return page(viewer, "account", {"problem": "Your password is in the settings.", "done": False}, status=400)
    old, new = form.get("old", ""), form.get("new", "")
    try:
        await change_password(context.database, user, old=old, new=new, now=now, limiter=context.password_threads)
    except Invalid as refusal:
        return page(viewer, "account", {"problem": refusal.message, "done": False}, status=400)
    async with context.database.transaction() as tx:
        await record(tx, actor_of(user), "user-password-changed", target=user.email, at=now)
    await context.config.refresh(context.database)
    response = page(viewer, "account", {"problem": "", "done": True}, status=200)
    response.headers["set-cookie"] = session_cookie(context, user.user_id)
    return response


async def _change(context: Context, viewer: Viewer, form: dict[str, str]) -> str:
    """The link that is to be shown; "" for none."""
    actor, user_id = actor_of(viewer.user), form.get("user_id", "")
    async with context.database.transaction() as tx:
        match form.get("do", ""):
            case "invite":
                asked = {name: form.get(name, "") for name in ("email", "name", "role")}
                return (await invited(tx, context, actor, **asked))[1]
            case "role":
                await with_role(tx, context, actor, user_id, form.get("role", ""))
            case "link":
                return await linked(tx, context, actor, user_id)
            case "remove":
                await removed(tx, context, actor, user_id)
            case _:
                raise Invalid("The form says nothing that can be done.")
    return ""


async def _users(context: Context, viewer: Viewer, *, link: str = "", problem: str = "", status: int = 200) -> Response[str]:
    async with context.database.snapshot() as tx:
        users = await list_users(tx)
    return page(viewer, "users", {"users": users, "roles": ROLES, "link": link, "problem": problem}, status=status)


pages = [show_users, change_users, show_account, change_account]
