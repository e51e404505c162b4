from collections.abc import AsyncIterator

import httpx
import pytest
from aiohttp import web
from msgspec import structs

from posthorn.api.app import create_api
from posthorn.api.context import Context
from posthorn.destinations import segment
from posthorn.destinations.forward import forward_command
from posthorn.destinations.model import Pause
from posthorn.destinations.segment import Settings
from posthorn.destinations.segment_events import outbound as outbound_event
from posthorn.destinations.settings import load_destination, stop_destination
from posthorn.events.catalogue import Sighting
from posthorn.events.store import add_sightings
from posthorn.events.vocabulary import OUTBOUND_EVENTS
from posthorn.outbound import Outbound
from posthorn.outbox.store import put

pytestmark = pytest.mark.anyio


class KeyDesk:
    """Knows one write key, and notes what it was asked."""

    def __init__(self) -> None:
        self.endpoint = ""
        self.asked: list[str] = []
        self.status = 0

    async def settings(self, request: web.Request) -> web.Response:
        self.asked.append(request.match_info["key"])
        return web.Response(status=self.status or (200 if request.match_info["key"] == "wk_known_1" else 404))


@pytest.fixture
async def desk() -> AsyncIterator[KeyDesk]:
    desk = KeyDesk()
    app = web.Application()
    app.router.add_get("/v1/projects/{key}/settings", desk.settings)
    runner = web.AppRunner(app, shutdown_timeout=0)
    await runner.setup()
    await web.TCPSite(runner, "127.0.0.1", 0).start()
    desk.endpoint = f"http://127.0.0.1:{runner.addresses[0][1]}/v1"
    yield desk
    await runner.cleanup()


@pytest.fixture
async def client(context: Context, client: httpx.AsyncClient) -> AsyncIterator[httpx.AsyncClient]:
    """A client of an API whose calls may leave."""
    async with context.outbound:
        yield client


async def _put(client, **source):
    return await client.put("/integrations/segment", json={"source": source})


async def _loaded(context) -> dict[str, Settings]:
    async with context.database.snapshot() as tx:
        found = await load_destination(tx, context.vault, segment.destination)
    return {environment: installed.settings for environment, installed in found.items()}


async def test_nothing_is_set_up_at_first(client):
    answer = await client.get("/integrations/segment")

    assert answer.status_code == 200
    assert answer.json() == {
        "enabled": False,
        "api_key_hint": "",
        "received_total": 0,
        "last_event_at": None,
        "source": {
            "write_key": "",
            "write_key_set": False,
            "endpoint": "https://api.segment.io/v1",
            "enabled": False,
            "events": dict.fromkeys(OUTBOUND_EVENTS, True),
            "include_traits": False,
            "semantic_email_events": False,
            "status": "not_set",
            "status_reason": "",
            "key_check": "not_asked",
            "verified_at": None,
            "pending_count": 0,
            "failed_count": 0,
        },
    }


async def test_the_way_back_is_set_up_and_its_key_never_shown(client, context, desk):
    answer = await _put(client, write_key="wk_known_1", endpoint=desk.endpoint + "/", events={"Message Sent": False})

    source = answer.json()["source"]
    assert answer.status_code == 200
    assert "wk_known_1" not in answer.text
    assert (source["write_key"], source["write_key_set"], source["status"]) == ("********wn_1", True, "ok")
    assert (source["key_check"], source["verified_at"]) == ("exists", "2026-03-02T09:20:00.000Z")
    assert source["events"]["Message Sent"] is False
    assert source["events"]["Message Opened"] is True
    assert await _loaded(context) == {
        "production": Settings(write_key="wk_known_1", endpoint=desk.endpoint, events={"Message Sent": False})
    }


async def test_what_is_left_out_stays_and_a_shown_key_sent_back_is_the_same_key(client, context, desk):
    shown = (await _put(client, write_key="wk_known_1", endpoint=desk.endpoint)).json()["source"]
    await _put(client, events={"Message Sent": False})
    answer = await _put(client, write_key=shown["write_key"], events={"Message Opened": False}, include_traits=True)

    assert answer.json()["source"]["verified_at"] == "2026-03-02T09:20:00.000Z"
    assert (await _loaded(context))["production"] == Settings(
        write_key="wk_known_1",
        endpoint=desk.endpoint,
        events={"Message Sent": False, "Message Opened": False},
        include_traits=True,
    )
    assert desk.asked == ["wk_known_1"]


async def test_an_unknown_key_is_saved_and_said_to_be_unknown(client, context, desk):
    source = (await _put(client, write_key="wk_other", endpoint=desk.endpoint)).json()["source"]

    assert (source["key_check"], source["verified_at"], source["status"]) == ("unknown", None, "ok")
    assert (await _loaded(context))["production"].write_key == "wk_other"


async def test_an_outage_of_segment_does_not_keep_anybody_from_saving(client, desk):
    desk.status = 503

    source = (await _put(client, write_key="wk_known_1", endpoint=desk.endpoint)).json()["source"]

    assert source["key_check"] == "unreachable"
    assert source["write_key_set"]


async def test_the_way_back_can_be_switched_off_without_asking_anybody(client, desk):
    await _put(client, write_key="wk_known_1", endpoint=desk.endpoint, enabled=False)
    source = (await client.get("/integrations/segment")).json()["source"]

    assert (source["status"], source["write_key_set"]) == ("off", True)
    assert desk.asked == []


@pytest.mark.parametrize(
    ("source", "message"),
    [
        ({}, "source.write_key: Required"),
        ({"write_key": ""}, "source.write_key: Required"),
        ({"write_key": "wk", "endpoint": "ftp://x"}, "The endpoint must be a base"),
        ({"write_key": "wk", "events": {"Message Read": True}}, "There is no event named 'Message Read'"),
        ({"write_key": 5}, "source.write_key: "),
    ],
)
async def test_settings_that_cannot_work_are_refused(client, context, source, message):
    answer = await _put(client, **source)

    assert answer.status_code == 400
    assert answer.json()["message"].startswith(message)
    assert await _loaded(context) == {}


async def test_a_private_endpoint_is_refused_where_it_is_not_allowed(context, desk):
    async with Outbound() as guarded:
        transport = httpx.ASGITransport(create_api(structs.replace(context, outbound=guarded)))
        headers = {"authorization": "Bearer My API Key"}
        async with httpx.AsyncClient(transport=transport, base_url="http://posthorn.test", headers=headers) as client:
            answer = await _put(client, write_key="wk_known_1", endpoint=desk.endpoint)

    assert answer.status_code == 400
    assert "private address" in answer.json()["message"]
    assert await _loaded(context) == {}


async def test_the_environments_have_settings_of_their_own(client, desk):
    await _put(client, write_key="wk_known_1", endpoint=desk.endpoint)

    answer = await client.get("/integrations/segment", headers={"authorization": "Bearer My API Key"})

    assert answer.json()["source"]["status"] == "not_set"


async def test_both_directions_are_counted_and_a_refused_key_is_told_until_it_is_saved_again(client, context, desk):
    await _put(client, write_key="wk_known_1", endpoint=desk.endpoint)
    event = outbound_event({"messageId": "posthorn-1", "properties": {}, "context": {}})
    seen = Sighting(
        environment="production",
        key="identify",
        type="identify",
        name="",
        event_count=3,
        first_seen=1_000,
        last_seen=2_000,
    )
    async with context.database.transaction() as tx:
        await add_sightings(tx, 0, [seen])
        await put(tx, 0, [forward_command("segment", event, "production", "u", 1_000)], 1_000)
        installed = (await load_destination(tx, context.vault, segment.destination))["production"]
        await stop_destination(tx, "segment", installed, Pause(reason="Segment answered 401."), 5_000)

    state = (await client.get("/integrations/segment")).json()
    again = (await _put(client)).json()

    assert (state["received_total"], state["last_event_at"]) == (3, "1970-01-01T00:00:02.000Z")
    assert (state["source"]["status"], state["source"]["status_reason"]) == ("paused", "Segment answered 401.")
    assert state["source"]["pending_count"] == 1
    assert again["source"]["status"] == "ok"
    assert desk.asked == ["wk_known_1", "wk_known_1"]


async def test_a_key_is_needed(client):
    assert (await client.get("/integrations/segment", headers={"authorization": ""})).status_code == 401
