"""The session of a browser: its cookie, the environment it looks at, and the token that everything it changes must carry."""

import hashlib
from collections.abc import Mapping

from msgspec import Struct

from posthorn.access.model import OWNER, Role, StudioUser
from posthorn.access.sessions import COOKIE, session_of
from posthorn.api.context import Context
from posthorn.errors import Forbidden

ENVIRONMENT_COOKIE = "posthorn_environment"
ENVIRONMENTS = ("production", "test")
RANKS: dict[Role, int] = {"viewer": 0, "editor": 1, "owner": 2}
_CSRF = "studio form"
STALE = "This form is out of date. Please go back, reload the page and try again."


class Session(Struct, frozen=True, kw_only=True):
    """A browser that is signed in. cookie: as it was sent; user: who it is."""

    cookie: str
    user: StudioUser


def session_in(cookies: Mapping[str, str], context: Context) -> Session | None:
    """The session of a request; None without a good one. Whoever was removed, or has a new password since, has none."""
    cookie = cookies.get(COOKIE, "")
    found = session_of(context.vault, cookie, context.clock.now_ms())
    if found is None:
        return None
    user_id, began_at = found
    user = context.users().get(user_id) if user_id else OWNER
    if user is None or began_at < user.sessions_from:
        return None
    return Session(cookie=cookie, user=user)


def require_role(user: StudioUser, role: Role) -> None:
    """Raises Forbidden for somebody who may not do what takes that role."""
    if RANKS[user.role] < RANKS[role]:
        raise Forbidden(f"This takes the role {role}; yours is {user.role}.")


def environment_of(asked: str, kept: str) -> str:
    """The environment to show: the one that is asked for, else the one that was shown last, else production."""
    return next((each for each in (asked, kept) if each in ENVIRONMENTS), ENVIRONMENTS[0])


def csrf_token(context: Context, session: Session) -> str:
    """What a request that changes something must carry, so that it cannot come from elsewhere."""
    return context.vault.sign(_CSRF, _digest(session.cookie))


def check_csrf(context: Context, session: Session, token: str) -> None:
    """Raises Forbidden if it is not the token of this session."""
    told = context.vault.verify(_CSRF, token[:200])
    if told is None or told != _digest(session.cookie):
        raise Forbidden(STALE)


def _digest(cookie: str) -> bytes:
    return hashlib.blake2b(cookie.encode(), digest_size=16).digest()
