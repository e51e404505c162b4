"""Opens and clicks (courier.md 6.12): public, known only by their signed tokens."""

import msgspec
from litestar import Response, get, head
from litestar.params import FromPath

from posthorn.api.bodies import ApiRequest
from posthorn.api.caller import PUBLIC
from posthorn.api.context import Context, GivenContext
from posthorn.errors import NotFound, TooMany, Unavailable
from posthorn.events.model import Entry
from posthorn.ids import digest
from posthorn.messages import model
from posthorn.messages.tracking import CLICK, OPEN, PIXEL, Tracked, can_track, is_scanner, read_token
from posthorn.telemetry import logger

_NO_STORE = {"cache-control": "no-store"}
_log = logger("tracking")


@get("/t/o/{token:str}", opt=PUBLIC, include_in_schema=False)
async def opened(token: FromPath[str], request: ApiRequest, context: GivenContext) -> Response[bytes]:
    """The pixel of a mail; loading it is an open."""
    tracked = _opened(token, context)
    await _report(model.OPENED, tracked, request, context)
    return Response(PIXEL, media_type="image/gif", headers=_NO_STORE)


@get("/t/c/{token:str}", opt=PUBLIC, include_in_schema=False)
async def clicked(token: FromPath[str], request: ApiRequest, context: GivenContext) -> Response[bytes]:
    """A link of a message; following it is a click, and leads on to where the link led when it was signed."""
    tracked = _clicked(token, context)
    await _report(model.CLICKED, tracked, request, context)
    return Response(b"", status_code=302, media_type="text/plain", headers={**_NO_STORE, "location": tracked.link})


@head("/t/o/{token:str}", opt=PUBLIC, include_in_schema=False)
async def looked_at(token: FromPath[str], context: GivenContext) -> Response[None]:
    """Somebody only looks whether the pixel is there: no open."""
    _opened(token, context)
    return Response(None, headers=_NO_STORE)


@head("/t/c/{token:str}", opt=PUBLIC, include_in_schema=False)
async def looked_where(token: FromPath[str], context: GivenContext) -> Response[None]:
    """Somebody only looks where the link leads: no click."""
    return Response(None, status_code=302, headers={**_NO_STORE, "location": _clicked(token, context).link})


def _opened(token: str, context: Context) -> Tracked:
    tracked = read_token(context.vault, OPEN, token.removesuffix(".gif"))
    if tracked is None:
        raise NotFound("Not Found")
    return tracked


def _clicked(token: str, context: Context) -> Tracked:
    tracked = read_token(context.vault, CLICK, token)
    if tracked is None or not can_track(tracked.link):
        raise NotFound("Not Found")
    return tracked


async def _report(kind: str, tracked: Tracked, request: ApiRequest, context: Context) -> None:
    user_agent = request.headers.get("user-agent", "")
    if is_scanner(user_agent):
        _log.info("tracking.scanner", kind=kind, message_id=tracked.message_id, user_agent=user_agent[:200])
        return
    try:
        await context.commands.append([_entry(kind, tracked, user_agent, context.clock.now_ms())])
    except (TooMany, Unavailable) as error:
        # Whoever follows a link must get there, even when we cannot note it.
        _log.warning("tracking.lost", kind=kind, message_id=tracked.message_id, reason=error.message)


def _entry(kind: str, tracked: Tracked, user_agent: str, now_ms: int) -> Entry:
    receipt = model.Receipt(message_id=tracked.message_id, channel=tracked.channel, at=now_ms, link=tracked.link)
    return Entry(
        environment=tracked.environment,
        source_id="",
        origin="provider",
        type=kind,
        user_key=tracked.user_key,
        message_id=f"{kind}-{digest(tracked.message_id, tracked.channel, tracked.link).hex()}",
        received_at=now_ms,
        body=msgspec.json.encode(receipt),
        user_agent=user_agent[:1000],
    )


handlers = [opened, clicked, looked_at, looked_where]
