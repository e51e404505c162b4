"""The live stream, read as a browser reads it."""

import re
from collections.abc import AsyncGenerator

import anyio
import httpx
import msgspec
import pytest

from posthorn.api.context import Context
from posthorn.api.studio.stream import follow
from posthorn.log.filter import event_filter
from posthorn.log.follow import Places, parsed, processed_end
from posthorn.server.app import server_context
from studio_visit import signed_in, visitor
from workspace import Workspace

pytestmark = pytest.mark.anyio


@pytest.fixture
def live(workspace: Workspace) -> Context:
    """What the stream's handler works with."""
    return server_context(workspace.parts)


async def _start(workspace: Workspace) -> Places:
    async with workspace.parts.database.snapshot() as tx:
        return await processed_end(tx, 1)


async def _next(stream: AsyncGenerator[bytes]) -> list[tuple[str, str]]:
    """The ids and names in the next piece of a stream."""
    with anyio.fail_after(10):
        piece = (await anext(stream)).decode()
    found = re.findall(r"^id: (.+)\ndata: (.+)\n\n", piece, re.MULTILINE)
    return [(place, msgspec.json.decode(data)["event"]) for place, data in found]


async def test_an_event_that_comes_is_told(workspace: Workspace, live: Context) -> None:
    stream = follow(live, await _start(workspace), event_filter("production"))
    assert await anext(stream) == b"retry: 1000\n\n"

    await workspace.track("u-1", "Signed Up")
    told = await _next(stream)
    await stream.aclose()

    assert [name for _, name in told] == ["Signed Up"]
    assert live.streams.reader_count == 0


async def test_who_comes_back_goes_on_behind_the_last_id(workspace: Workspace, live: Context) -> None:
    start = await _start(workspace)
    batch = [{"type": "track", "userId": "u-1", "event": name} for name in "abc"]
    await workspace.client.post("/v1/batch", json={"batch": batch}, auth=("wk_flow", ""))
    await workspace.rest()
    first = follow(live, start, event_filter("production"))
    await anext(first)
    told = await _next(first)
    await first.aclose()

    second = follow(live, parsed(told[0][0], 1), event_filter("production"))
    await anext(second)
    again = await _next(second)
    await second.aclose()

    assert [name for _, name in told] == ["a", "b", "c"]
    assert again == told[1:]


async def test_only_what_is_asked_for_is_told(workspace: Workspace, live: Context) -> None:
    start = await _start(workspace)
    await workspace.track("u-1", "Signed Up")
    await workspace.track("u-2", "Left")
    stream = follow(live, start, event_filter("production", types="track", user="u-2"))
    await anext(stream)

    told = await _next(stream)
    await stream.aclose()

    assert [name for _, name in told] == ["Left"]


async def test_a_stream_ends_when_the_server_stops(workspace: Workspace, live: Context) -> None:
    stream = follow(live, await _start(workspace), event_filter("production"))
    await anext(stream)
    workspace.parts.progress.stop()

    with anyio.fail_after(10):
        rest = [piece async for piece in stream]

    assert rest == []


async def _status(client: httpx.AsyncClient, query: str = "") -> int:
    return (await client.get(f"/studio/api/stream{query}")).status_code


async def test_a_key_or_a_session_opens_it_and_nothing_else(workspace: Workspace) -> None:
    workspace.parts.progress.stop()
    async with signed_in(workspace) as browser, visitor(workspace) as stranger:
        statuses = [await _status(workspace.client), await _status(browser), await _status(stranger)]

    assert statuses == [200, 200, 401]


async def test_a_position_that_is_none_is_refused(workspace: Workspace) -> None:
    assert await _status(workspace.client, "?after=evt_0_1_0") == 400
