"""Events as they are processed, streamed: what Studio's inspector shows. Server-sent events whose ids are log positions.

A reader who comes back with the last id he saw goes on behind it, so that he meets each event once and misses none. He is
read for only as fast as he takes it, and keeps nothing in memory but his position.
"""

from collections.abc import AsyncGenerator
from typing import Any

import anyio
import msgspec
from litestar import Request, get
from litestar.params import FromQuery
from litestar.response import Stream

from posthorn.api.caller import GivenCaller
from posthorn.api.context import Context, GivenContext
from posthorn.api.courier.log import logged
from posthorn.log.filter import EventFilter, event_filter, is_wanted
from posthorn.log.follow import Followed, Places, behind, parsed, processed_end, read_on, written

HEARTBEAT_S = 15.0
LONGEST_S = 600.0
_HELLO = b"retry: 1000\n\n"
_HEADERS = {"cache-control": "no-store", "x-accel-buffering": "no"}
_encode = msgspec.json.Encoder().encode


@get("/studio/api/stream", media_type="text/event-stream")
async def stream(
    request: Request[Any, Any, Any],
    context: GivenContext,
    caller: GivenCaller,
    type: FromQuery[str] = "",
    name: FromQuery[str] = "",
    user: FromQuery[str] = "",
) -> Stream:
    """Every event of the environment as it is processed, as server-sent events, from now on or behind one that was seen.

    The header `Last-Event-ID`, or the query `after` where no header can be set, is the id of the last event that was seen:
    the stream goes on with the next. `type` may name
    several with commas; `name` is a part of the name in any case; `user` is a user's id. One message holds one event in the
    form that `GET /log` has. While nothing happens a comment comes every 15 seconds.
    """
    given = request.headers.get("last-event-id") or request.query_params.get("after", "")
    if given:
        places = parsed(given, context.database.partition_count)
    else:
        async with context.database.snapshot() as tx:
            places = await processed_end(tx, context.database.partition_count)
    wanted = event_filter(caller.environment, types=type, name=name, user=user)
    context.streams.check_room()
    return Stream(follow(context, places, wanted), media_type="text/event-stream", headers=_HEADERS)


async def follow(context: Context, places: Places, wanted: EventFilter) -> AsyncGenerator[bytes]:
    """The bytes of the stream, from a position on, until the server stops or for ten minutes. Who wants more comes back."""
    with context.streams.reader():
        yield _HELLO
        told_at = began_at = anyio.current_time()
        moves = -1
        while await context.streams.moves.moved_since(moves) and anyio.current_time() - began_at < LONGEST_S:
            moves = context.streams.moves.moves
            followed, text = await _turn(context, places, wanted)
            places = followed.places
            if followed.has_more:
                moves = -1
            if text or anyio.current_time() - told_at >= HEARTBEAT_S:
                told_at = anyio.current_time()
                yield text or b": still here\nid: %b\n\n" % written(places).encode()


async def _turn(context: Context, places: Places, wanted: EventFilter) -> tuple[Followed, bytes]:
    async with context.streams.turn():
        async with context.database.snapshot() as tx:
            followed = await read_on(tx, places)
        return followed, _messages(followed, places, wanted)


def _messages(followed: Followed, places: Places, wanted: EventFilter) -> bytes:
    messages: list[bytes] = []
    for one in followed.entries:
        if is_wanted(one, wanted):
            places = behind(places, one)
            messages.append(b"id: %b\ndata: %b\n\n" % (written(places).encode(), _encode(logged(one))))
    return b"".join(messages)


handlers = [stream]
