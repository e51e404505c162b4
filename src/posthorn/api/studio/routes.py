"""The routes below /studio, and what they have in common: who may see them, and how they answer errors."""

from typing import Any
from urllib.parse import urlencode

from litestar import Request, Response, Router, get
from litestar.di import Provide
from litestar.params import FromPath

from posthorn.api import problems
from posthorn.api.caller import PUBLIC
from posthorn.api.studio import (
    assets,
    changes,
    events,
    mailbox,
    messages,
    overview,
    parked,
    profiles,
    segment,
    sign_in,
    users,
    why,
)
from posthorn.api.studio.page import bare_page
from posthorn.api.studio.viewer import GivenViewer, viewer_of
from posthorn.errors import NotFound, Unauthenticated


@get("/{rest:path}")
async def no_such_page(rest: FromPath[str], viewer: GivenViewer) -> None:
    """Every other address. Raises NotFound."""
    del rest, viewer
    raise NotFound("There is no such page.")


def to_sign_in(request: Request[Any, Any, Any], error: Exception) -> Response[None]:
    """Leads a visitor without a session to the sign-in page, and from there back."""
    del error
    wanted = {"next": request.scope["path"] if request.method == "GET" else "", "link": request.query_params.get("link", "")}
    query = urlencode({name: value for name, value in wanted.items() if value}, errors="replace")
    headers = {"location": f"/studio/sign-in?{query}" if query else "/studio/sign-in", "cache-control": "no-store"}
    return Response(None, status_code=303, headers=headers)


def problem_page(request: Request[Any, Any, Any], error: Exception) -> Response[str]:
    """Any error as a page."""
    answer = problems.answer(request, error)
    status = answer.status_code or 500
    return bare_page("problem", {"status": status, "message": answer.content.message}, status=status)


studio = Router(
    "/studio",
    route_handlers=[
        *overview.pages,
        *events.pages,
        *messages.pages,
        *mailbox.pages,
        *segment.pages,
        *parked.pages,
        *why.pages,
        *profiles.pages,
        *users.pages,
        *changes.pages,
        *sign_in.pages,
        *assets.pages,
        no_such_page,
    ],
    dependencies={"viewer": Provide(viewer_of, sync_to_thread=False)},
    exception_handlers={Unauthenticated: to_sign_in, Exception: problem_page},
    include_in_schema=False,
    opt=PUBLIC,
)

handlers = [studio]
