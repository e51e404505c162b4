"""Who looks at Studio: the session of a request, the environment that is shown, and the token that its forms carry."""

from typing import Any
from urllib.parse import parse_qsl

from litestar import Request
from litestar.di import NamedDependency
from litestar.params import SkipValidation
from msgspec import Struct

from posthorn.access.model import Role, StudioUser
from posthorn.api.context import Context, GivenContext
from posthorn.api.session import (
    ENVIRONMENT_COOKIE,
    ENVIRONMENTS,
    STALE,
    check_csrf,
    csrf_token,
    environment_of,
    require_role,
    session_in,
)
from posthorn.errors import Forbidden, Invalid, Unauthenticated

_MAX_FIELDS = 50


class Viewer(Struct, frozen=True, kw_only=True):
    """A signed-in visitor. A page gets him as its parameter `viewer: GivenViewer`, and is closed to everybody else.

    environment: what is shown. switched: the environment was chosen with this request, to be remembered.
    csrf: what every form must carry. path: of this request, without its query. user: who it is.
    """

    environment: str
    switched: bool
    csrf: str
    path: str
    user: StudioUser


GivenViewer = NamedDependency[SkipValidation[Viewer]]
"""The type of a handler's parameter named `viewer`."""


def viewer_of(request: Request[Any, Any, Any], context: GivenContext) -> Viewer:
    """The visitor of this request; a handler's dependency. Raises Unauthenticated without a session, and for a link that
    signs in, which the sign-in page uses up.
    """
    session = session_in(request.cookies, context)
    if session is None or "link" in request.query_params:
        raise Unauthenticated("Please sign in.")
    asked = request.query_params.get("environment", "")
    kept = request.cookies.get(ENVIRONMENT_COOKIE, "")
    return Viewer(
        environment=environment_of(asked, kept),
        switched=asked in ENVIRONMENTS and asked != kept,
        csrf=csrf_token(context, session),
        path=request.scope["path"],
        user=session.user,
    )


async def form_of(request: Request[Any, Any, Any]) -> dict[str, str]:
    """The fields of a form that was sent; of a field given twice the last. Raises Invalid for a great many."""
    body = (await request.body()).decode("utf-8", "replace")
    try:
        return dict(parse_qsl(body, keep_blank_values=True, max_num_fields=_MAX_FIELDS))
    except ValueError:
        raise Invalid("The form has too many fields.") from None


async def checked_form(request: Request[Any, Any, Any], context: Context, role: Role = "editor") -> dict[str, str]:
    """The fields of a form of ours. Raises Forbidden if it does not carry the token of this session, or its user may not."""
    form = await form_of(request)
    session = session_in(request.cookies, context)
    if session is None:
        raise Forbidden(STALE)
    check_csrf(context, session, form.get("csrf", ""))
    require_role(session.user, role)
    return form
