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
    something.
    """

    environment: str
    csrf: str


@get("/studio/api/session")
async def session_state(request: Request[Any, Any, Any], context: GivenContext, caller: GivenCaller) -> SessionState:
    """The session of this browser. Raises Forbidden for a caller with an API key, who has none."""
    session = session_in(request.cookies, context)
    if caller.key_id or not session:
        raise Forbidden("Only a browser that is signed in has a session.")
    return SessionState(environment=caller.environment, csrf=csrf_token(context, session))


handlers = [session_state]
