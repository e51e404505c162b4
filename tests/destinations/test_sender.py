import base64
import gzip
from collections.abc import AsyncIterator
from typing import Any

import orjson
import pytest
from aiohttp import web
from hypothesis import given
from hypothesis import strategies as st
from msgspec import structs

from posthorn.clock import FrozenClock
from posthorn.destinations import segment
from posthorn.destinations.model import Dead, Delivered, Misconfigured, Pause, Retry
from posthorn.destinations.segment import Settings
from posthorn.destinations.sender import send_batch
from posthorn.outbound import HttpRequest, HttpResponse, Outbound

pytestmark = pytest.mark.anyio


class FakeSegment:
    """A Tracking API on a real socket: answers as it is told, then 200, but 400 for a batch with a poisoned event."""

    def __init__(self) -> None:
        self.answers: list[Any] = []
        self.requests: list[dict[str, Any]] = []
        self.authorizations: list[str] = []
        self.stored: list[str] = []
        self.endpoint = ""

    async def batch(self, request: web.Request) -> web.StreamResponse:
        body = orjson.loads(await request.read())
        self.requests.append(body)
        self.authorizations.append(request.headers["Authorization"])
        answer = self.answers.pop(0) if self.answers else None
        if answer == "reset":
            assert request.transport is not None
            request.transport.abort()
            return web.Response(status=500)
        if answer is not None:
            return web.Response(status=answer[0], headers=answer[1])
        if any(event["event"] == "poison" for event in body["batch"]):
            return web.Response(status=400, text="bad event")
        self.stored += [event["messageId"] for event in body["batch"]]
        return web.json_response({"success": True})


@pytest.fixture
async def fake() -> AsyncIterator[FakeSegment]:
    fake = FakeSegment()
    app = web.Application()
    app.router.add_post("/v1/batch", fake.batch)
    runner = web.AppRunner(app, shutdown_timeout=0)
    await runner.setup()
    site = web.TCPSite(runner, "127.0.0.1", 0)
    await site.start()
    fake.endpoint = f"http://127.0.0.1:{runner.addresses[0][1]}/v1"
    yield fake
    await runner.cleanup()


@pytest.fixture
async def outbound() -> AsyncIterator[Outbound]:
    async with Outbound(allow_private_network=True) as outbound:
        yield outbound


def _events(names: list[str]) -> list[bytes]:
    return [
        orjson.dumps({"type": "track", "event": name, "userId": "u", "messageId": f"posthorn-{index}"})
        for index, name in enumerate(names)
    ]


def _settings(fake: FakeSegment) -> Settings:
    return Settings(write_key="wk_back", endpoint=fake.endpoint)


async def test_a_batch_arrives_compressed_and_with_the_key(fake, outbound, clock):
    fates = await send_batch(_events(["a", "b"]), segment.destination, _settings(fake), outbound, clock)

    assert fates == [Delivered(), Delivered()]
    assert fake.stored == ["posthorn-0", "posthorn-1"]
    assert base64.b64decode(fake.authorizations[0].removeprefix("Basic ")) == b"wk_back:"
    assert fake.requests[0]["writeKey"] == "wk_back"


async def test_nine_of_ten_arrive_once_through_every_kind_of_failure_and_the_poisoned_one_is_found(
    fake, outbound, clock: FrozenClock
):
    fake.answers = [(500, {}), (429, {"Retry-After": "7"}), "reset"]
    events = _events(["ok"] * 6 + ["poison"] + ["ok"] * 3)

    waits = []
    for _ in range(3):
        fates = await send_batch(events, segment.destination, _settings(fake), outbound, clock)
        assert all(isinstance(fate, Retry) for fate in fates)
        assert len(fates) == 10
        waits.append(fates[0].retry_after_ms)
        clock.advance(10_000)
    fates = await send_batch(events, segment.destination, _settings(fake), outbound, clock)

    assert waits == [None, 7_000, None]
    assert [type(fate) for fate in fates] == [Delivered] * 6 + [Dead] + [Delivered] * 3
    assert fates[6] == Dead(reason="Segment answered 400: bad event")
    assert fake.stored == [f"posthorn-{index}" for index in range(10) if index != 6]
    assert len({body["sentAt"] for body in fake.requests}) == 4
    assert [body["sentAt"] for body in fake.requests[:3]] == [
        "2026-03-02T09:20:00.000Z",
        "2026-03-02T09:20:10.000Z",
        "2026-03-02T09:20:20.000Z",
    ]
    assert [event["messageId"] for event in fake.requests[3]["batch"]] == [f"posthorn-{index}" for index in range(10)]


async def test_a_refused_key_keeps_every_event_and_asks_once(fake, outbound, clock):
    fake.answers = [(401, {})]

    fates = await send_batch(_events(["a"] * 250), segment.destination, _settings(fake), outbound, clock)

    assert [type(fate) for fate in fates] == [Pause] * 250
    assert len(fake.requests) == 1


async def test_an_outage_in_the_middle_leaves_the_rest_for_later(fake, outbound, clock):
    fake.answers = [None, (503, {"Retry-After": "3"})]

    fates = await send_batch(_events(["a"] * 250), segment.destination, _settings(fake), outbound, clock)

    assert fates[:100] == [Delivered()] * 100
    assert {type(fate) for fate in fates[100:]} == {Retry}
    assert len(fates) == 250


async def test_a_redirect_is_not_followed(fake, outbound, clock):
    fake.answers = [(302, {"Location": fake.endpoint + "/batch"})]

    (fate,) = await send_batch(_events(["a"]), segment.destination, _settings(fake), outbound, clock)

    assert isinstance(fate, Misconfigured)
    assert len(fake.requests) == 1


async def test_nobody_listening_is_a_retry(outbound, clock, free_port):
    settings = Settings(write_key="wk", endpoint=f"http://127.0.0.1:{free_port}/v1")

    (fate,) = await send_batch(_events(["a"]), segment.destination, settings, outbound, clock)

    assert isinstance(fate, Retry)


async def test_a_private_address_is_a_wrong_setting_where_it_is_not_allowed(fake, clock):
    async with Outbound() as guarded:
        (fate,) = await send_batch(_events(["a"]), segment.destination, _settings(fake), guarded, clock)

    assert isinstance(fate, Misconfigured)
    assert fake.requests == []


async def test_no_events_are_no_request(fake, outbound, clock):
    assert await send_batch([], segment.destination, _settings(fake), outbound, clock) == []
    assert fake.requests == []


class _Judge:
    """Refuses a request that holds any of the bad events; remembers sizes and what it took."""

    def __init__(self) -> None:
        self.taken: list[str] = []
        self.sizes: list[tuple[int, int]] = []

    async def request(self, request: HttpRequest) -> HttpResponse:
        body = gzip.decompress(request.body)
        batch = orjson.loads(body)["batch"]
        self.sizes.append((len(batch), len(body)))
        if any(event["is_bad"] for event in batch):
            return HttpResponse(status=400)
        self.taken += [event["messageId"] for event in batch]
        return HttpResponse(status=200)


@given(st.lists(st.booleans(), max_size=230))
async def test_halving_finds_exactly_the_bad_ones_and_sends_the_others_once_and_in_order(are_bad):
    judge = _Judge()
    events = [orjson.dumps({"messageId": str(index), "is_bad": is_bad}) for index, is_bad in enumerate(are_bad)]

    fates = await send_batch(events, segment.destination, Settings(write_key="wk"), judge, FrozenClock(0))

    assert [isinstance(fate, Dead) for fate in fates] == are_bad
    assert judge.taken == [str(index) for index, is_bad in enumerate(are_bad) if not is_bad]


@given(st.lists(st.integers(0, 31_900), max_size=60))
async def test_no_request_has_too_many_events_or_bytes(sizes):
    judge = _Judge()
    events = [orjson.dumps({"messageId": "", "is_bad": False, "fill": "x" * size}) for size in sizes]

    few = structs.replace(segment.destination, most_events=7)
    fates = await send_batch(events, few, Settings(write_key="wk"), judge, FrozenClock(0))

    assert fates == [Delivered()] * len(sizes)
    assert all(count <= 7 and size <= 475_000 for count, size in judge.sizes)
    assert sum(count for count, _ in judge.sizes) == len(sizes)
