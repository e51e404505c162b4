"""The session of a browser: its cookie, the environment it looks at, and the token that everything it changes must carry."""

import hashlib
from collections.abc import Mapping

from posthorn.access.sessions import COOKIE, session_is_valid
from posthorn.api.context import Context
from posthorn.errors import Forbidden

ENVIRONMENT_COOKIE = "posthorn_environment"
ENVIRONMENTS = ("production", "test")
_CSRF = "studio form"
_STALE = "This form is out of date. Please go back, reload the page and try again."


def session_in(cookies: Mapping[str, str], context: Context) -> str:
    """The cookie of a session that is good, else ""."""
    value = cookies.get(COOKIE, "")
    return value if session_is_valid(context.vault, value, context.clock.now_ms()) else ""


def environment_of(asked: str, kept: str) -> str:
    """The environment to show: the one that is asked for, else the one that was shown last, else production."""
    return next((each for each in (asked, kept) if each in ENVIRONMENTS), ENVIRONMENTS[0])


def csrf_token(context: Context, session: str) -> str:
    """What a request that changes something must carry, so that it cannot come from elsewhere."""
    return context.vault.sign(_CSRF, _digest(session))


def check_csrf(context: Context, session: str, token: str) -> None:
    """Raises Forbidden if it is not the token of this session."""
    told = context.vault.verify(_CSRF, token[:200])
    if told is None or told != _digest(session):
        raise Forbidden(_STALE)


def _digest(session: str) -> bytes:
    return hashlib.blake2b(session.encode(), digest_size=16).digest()
