"""Who may use Studio, for owners: invited, given another role, removed."""

from litestar import delete, get, post, put
from litestar.params import FromPath, JSONBody
from msgspec import Struct

from posthorn.access.audit import Actor, actor_of, record
from posthorn.access.model import OWNER, StudioUser
from posthorn.access.users import change_role, invite, list_users, new_link, remove_user, user_of
from posthorn.api.caller import OWNERS_ONLY, Caller, GivenCaller
from posthorn.api.context import Context, GivenContext
from posthorn.clock import iso
from posthorn.storage.database import Transaction


class InviteBody(Struct, frozen=True, kw_only=True):
    """Whom to invite. role: "owner", "editor" or "viewer"."""

    email: str
    name: str = ""
    role: str = "viewer"


class RoleBody(Struct, frozen=True, kw_only=True):
    """Another role."""

    role: str


class UserAnswer(Struct, frozen=True, kw_only=True, omit_defaults=True):
    """Somebody who may use Studio. link: signs him in once, within a day; shown only when it is made."""

    id: str
    email: str
    name: str
    role: str
    created_at: str
    link: str = ""


class UsersAnswer(Struct, frozen=True, kw_only=True):
    """Everybody, by e-mail address."""

    results: list[UserAnswer]


@get("/studio/api/users", opt=OWNERS_ONLY)
async def read_users(context: GivenContext) -> UsersAnswer:
    """Everybody who may use Studio."""
    async with context.database.snapshot() as tx:
        return UsersAnswer(results=[_answer(one) for one in await list_users(tx)])


@post("/studio/api/users", opt=OWNERS_ONLY)
async def invite_user(context: GivenContext, caller: GivenCaller, data: JSONBody[InviteBody]) -> UserAnswer:
    """Adds somebody. The answer has a link that signs him in once; there he chooses a password."""
    async with context.database.transaction() as tx:
        user, link = await invited(tx, context, _who(caller), email=data.email, name=data.name, role=data.role)
    await context.config.refresh(context.database)
    return _answer(user, link)


@put("/studio/api/users/{user_id:str}", opt=OWNERS_ONLY)
async def put_role(user_id: FromPath[str], context: GivenContext, caller: GivenCaller, data: JSONBody[RoleBody]) -> UserAnswer:
    """Gives somebody another role, which holds from his next request on."""
    async with context.database.transaction() as tx:
        user = await with_role(tx, context, _who(caller), user_id, data.role)
    await context.config.refresh(context.database)
    return _answer(user)


@post("/studio/api/users/{user_id:str}/link", opt=OWNERS_ONLY)
async def make_link(user_id: FromPath[str], context: GivenContext, caller: GivenCaller) -> UserAnswer:
    """Another link that signs somebody in once, for whom has lost his password."""
    async with context.database.transaction() as tx:
        link = await linked(tx, context, _who(caller), user_id)
        user = await user_of(tx, user_id)
    return _answer(user, link)


@delete("/studio/api/users/{user_id:str}", opt=OWNERS_ONLY)
async def delete_user(user_id: FromPath[str], context: GivenContext, caller: GivenCaller) -> None:
    """Removes somebody; his sessions end at once."""
    async with context.database.transaction() as tx:
        await removed(tx, context, _who(caller), user_id)
    await context.config.refresh(context.database)


async def invited(
    tx: Transaction, context: Context, actor: Actor, *, email: str, name: str, role: str
) -> tuple[StudioUser, str]:
    """Adds somebody; he and his link. Raises Invalid, Conflict."""
    now = context.clock.now_ms()
    user, token = await invite(tx, email=email, name=name, role=role, now=now)
    await record(tx, actor, "user-invited", target=user.email, at=now)
    return user, _link(context, token)


async def with_role(tx: Transaction, context: Context, actor: Actor, user_id: str, role: str) -> StudioUser:
    """Gives somebody another role. Raises Invalid, NotFound."""
    user = await change_role(tx, user_id, role)
    await record(tx, actor, "user-role-changed", target=f"{user.email}: {user.role}", at=context.clock.now_ms())
    return user


async def linked(tx: Transaction, context: Context, actor: Actor, user_id: str) -> str:
    """Another link for somebody. Raises NotFound."""
    now = context.clock.now_ms()
    token = await new_link(tx, user_id, now)
    await record(tx, actor, "user-link-created", target=(await user_of(tx, user_id)).email, at=now)
    return _link(context, token)


async def removed(tx: Transaction, context: Context, actor: Actor, user_id: str) -> None:
    """Removes somebody. Raises NotFound."""
    user = await remove_user(tx, user_id)
    await record(tx, actor, "user-deleted", target=user.email, at=context.clock.now_ms())


def _link(context: Context, token: str) -> str:
    return f"{context.settings.public_url}/studio/sign-in?link={token}&next=/studio/account"


def _who(caller: Caller) -> Actor:
    return actor_of(caller.user or OWNER)


def _answer(user: StudioUser, link: str = "") -> UserAnswer:
    return UserAnswer(
        id=user.user_id, email=user.email, name=user.name, role=user.role, created_at=iso(user.created_at), link=link
    )


handlers = [read_users, invite_user, put_role, make_link, delete_user]
