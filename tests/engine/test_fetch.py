"""Requests of runs against a real server that answers well, badly, too much, or never."""

from collections.abc import AsyncIterator

import anyio
import pytest
from aiohttp import web
from msgspec import json

from posthorn.automations.model import FetchAsked, RunAnswered
from posthorn.clock import FrozenClock
from posthorn.engine.ask_model import ModelSettings
from posthorn.engine.fetch import Fetch, read_answer
from posthorn.outbound import HttpResponse, Outbound
from posthorn.outbox.store import Claimed

pytestmark = pytest.mark.anyio
NOW = 1_772_443_200_000


@pytest.fixture
async def server() -> AsyncIterator[str]:
    """Answers by path; its base address."""

    async def answer(request: web.Request) -> web.Response:
        match request.path:
            case "/hang":
                await anyio.Event().wait()
            case "/html":
                return web.Response(text="<html>Hello</html>", content_type="text/html")
            case "/big":
                return web.Response(body=b'"' + b"x" * 10_000_000 + b'"', content_type="application/json")
            case "/broken":
                return web.json_response({"error": "no"}, status=500)
            case _:
                return web.json_response({"method": request.method, "key": request.headers["Idempotency-Key"]})
        return web.Response()

    app = web.Application()
    app.router.add_route("*", "/{tail:.*}", answer)
    runner = web.AppRunner(app, shutdown_timeout=0.1)
    await runner.setup()
    await web.TCPSite(runner, "127.0.0.1", 0).start()
    yield f"http://127.0.0.1:{runner.addresses[0][1]}"
    await runner.cleanup()


async def _answered(url: str, *, is_private: bool = True, allows_http: bool = True, expires_at: int = NOW + 1) -> RunAnswered:
    asked = FetchAsked(run_id="r", ask_id="a", method="GET", url=url, timeout_ms=300, key="k")
    claimed = Claimed(
        partition=0,
        command_id="fetch-a",
        kind="fetch",
        lane="fetch/0",
        environment="production",
        user_key="u-1",
        expires_at=expires_at,
        created_at=NOW,
        attempt=3,
        was_open=False,
        body=json.encode(asked),
    )
    async with Outbound(allow_private_network=is_private) as outbound:
        called = await Fetch(outbound, FrozenClock(NOW), ModelSettings(), allows_http=allows_http).carry_out(claimed)
    (settlement,) = called.settlements
    assert called.is_well
    assert [(entry.type, entry.user_key, entry.message_id) for entry in settlement.entries] == [
        ("run.answered", "u-1", "run.answered-a")
    ]
    return json.decode(settlement.entries[0].body, type=RunAnswered)


async def test_a_json_answer_comes_back_with_its_status(server: str) -> None:
    answered = await _answered(f"{server}/json")

    assert (answered.run_id, answered.ask_id, answered.error) == ("r", "a", "")
    assert answered.value == {"status": 200, "body": {"method": "GET", "key": "k"}}


@pytest.mark.parametrize(
    ("path", "told"),
    [
        ("html", "not JSON, but text/html"),
        ("big", "longer than 1 MB"),
        ("hang", "did not answer"),
        ("broken", "answered 500"),
    ],
)
async def test_an_answer_that_cannot_be_used_is_told_in_a_sentence(server: str, path: str, told: str) -> None:
    assert told in (await _answered(f"{server}/{path}")).error


async def test_a_private_address_is_not_called(server: str) -> None:
    assert "private address" in (await _answered(server, is_private=False)).error


async def test_http_is_not_called_unless_it_is_allowed(server: str) -> None:
    assert (await _answered(server, allows_http=False)).error == "Only https addresses may be called."


async def test_a_request_that_has_waited_too_long_is_not_made(server: str) -> None:
    assert (await _answered(server, expires_at=NOW)).error == "The request was not made in time."


async def test_an_empty_answer_is_an_empty_object() -> None:
    assert read_answer(HttpResponse(status=204)) == ({"status": 204, "body": {}}, "")


async def test_an_answer_nested_without_end_is_no_json() -> None:
    assert "not JSON" in read_answer(HttpResponse(status=200, body=b"[" * 100_000))[1]
