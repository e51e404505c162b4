"""What a page of Studio must know of its session."""

from typing import Any

from litestar import Request, get
from msgspec import Struct

from posthorn.api.caller import GivenCaller
from posthorn.api.context import GivenContext
from posthorn.api.session import csrf_token, session_in
from posthorn.errors import Forbidden


class SessionState(Struct, frozen=True, kw_only=True):
    """environment: that is shown if none is asked for. csrf: to be sent as `X-Posthorn-Csrf` with everything that changes
    something. user_id, email: "" for the owner whom the password or a link of the settings let in.
    """

    environment: str
    csrf: str
    user_id: str
    email: str
    name: str
    role: str


@get("/studio/api/session")
async def session_state(request: Request[Any, Any, Any], context: GivenContext, caller: GivenCaller) -> SessionState:
    """The session of this browser. Raises Forbidden for a caller with an API key, who has none."""
    session = session_in(request.cookies, context)
    if caller.user is None or session is None:
        raise Forbidden("Only a browser that is signed in has a session.")
    user = session.user
    return SessionState(
        environment=caller.environment,
        csrf=csrf_token(context, session),
        user_id=user.user_id,
        email=user.email,
        name=user.name,
        role=user.role,
    )


handlers = [session_state]
