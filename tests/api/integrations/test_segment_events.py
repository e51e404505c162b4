import httpx
import msgspec
import pytest
from msgspec import structs

from api_stand_ins import API_KEY
from posthorn.api.app import create_api
from posthorn.automations.library import Library
from posthorn.automations.model import Automation, Kind, Trigger
from posthorn.events.catalogue import sightings
from posthorn.events.model import Entry, Fact
from posthorn.events.read import read_event
from posthorn.events.store import add_sightings
from posthorn.log.append import append
from posthorn.log.model import EventOutcome, event_id
from posthorn.log.store import Outcome, insert_outcomes

pytestmark = pytest.mark.anyio


async def _receive(context, *bodies: dict, origin: str = "segment", environment: str = "production") -> None:
    """The events as the processor would leave them behind."""
    entries = [
        Entry(
            environment=environment,
            source_id="src",
            origin=origin,
            type=body["type"],
            user_key="u",
            message_id=body.get("messageId", "m"),
            received_at=1_772_443_200_000 + index,
            body=msgspec.json.encode(body),
            warnings=("id_coerced",),
        )
        for index, body in enumerate(bodies)
    ]
    async with context.database.transaction() as tx:
        (position,) = await append(tx, entries, partition_count=1, now=1_000)
        events = [read_event(entry, event_id(position, index)) for index, entry in enumerate(entries)]
        outcomes = msgspec.msgpack.encode([EventOutcome(facts=(Fact(about="profile", verdict="merged"),)) for _ in events])
        row = Outcome(partition=0, block_offset=position.block_offset, processed_at=2_000, body=outcomes)
        await insert_outcomes(tx, [row])
        await add_sightings(tx, 0, sightings(events))


async def test_no_event_is_an_empty_page(client):
    answer = await client.get("/integrations/segment/events")

    assert answer.json() == {"results": [], "paging": {"more": False}}


async def test_kinds_of_events_are_listed_with_their_latest_payload(client, context):
    order = {"type": "track", "event": "Order Completed", "userId": "u"}
    await _receive(context, order | {"messageId": "m1"}, order | {"messageId": "m2"})

    answer = await client.get("/integrations/segment/events")

    assert answer.json()["results"] == [
        {
            "key": "track/Order Completed",
            "type": "track",
            "name": "Order Completed",
            "first_seen": "2026-03-02T09:20:00.000Z",
            "last_seen": "2026-03-02T09:20:00.001Z",
            "count": 2,
            "last_payload": order | {"messageId": "m2"},
            "linked": [],
        }
    ]


class _TwoAutomations:
    """Two automations: one waits for an order and for any track call of Segment, the other for the latter only."""

    def __init__(self) -> None:
        order = Trigger(origin="segment", type="track", name="Order Completed")
        anything = Trigger(origin="segment", type="track")
        self.automations = Library([self._one("b", "journey", order, anything), self._one("a", "automation", anything)])

    def _one(self, automation_id: str, kind: Kind, *triggers: Trigger) -> Automation:
        return Automation(
            automation_id=automation_id,
            environment="production",
            kind=kind,
            version=1,
            published_version=1,
            name=automation_id.upper(),
            triggers=triggers,
            created_at=0,
            updated_at=0,
        )


async def test_a_kind_of_event_names_the_automations_it_may_start(context):
    order = {"type": "track", "event": "Order Completed"}
    await _receive(context, order, {"type": "track", "event": "X"}, {"type": "identify"})
    await _receive(context, order, origin="rudderstack")
    transport = httpx.ASGITransport(create_api(structs.replace(context, config=_TwoAutomations())))
    headers = {"authorization": f"Bearer {API_KEY}"}

    async with httpx.AsyncClient(transport=transport, base_url="http://posthorn.test", headers=headers) as client:
        results = (await client.get("/integrations/segment/events")).json()["results"]

    assert {each["key"]: [linked["template_id"] for linked in each["linked"]] for each in results} == {
        "identify": [],
        "rudderstack/track/Order Completed": [],
        "track/Order Completed": ["b", "a"],
        "track/X": ["a", "b"],
    }
    assert results[2]["linked"][0] == {"kind": "journey", "template_id": "b", "name": "B"}


async def test_kinds_come_in_pages_and_by_type(client, context):
    await _receive(context, *({"type": "track", "event": name} for name in "ABC"), {"type": "identify"})

    first = (await client.get("/integrations/segment/events?limit=2")).json()
    rest = (await client.get("/integrations/segment/events", params={"cursor": first["paging"]["cursor"]})).json()
    tracks = (await client.get("/integrations/segment/events?type=identify")).json()

    keys = [record["key"] for record in first["results"] + rest["results"]]
    assert keys == ["identify", "track/A", "track/B", "track/C"]
    assert [record["key"] for record in tracks["results"]] == ["identify"]
    assert rest["paging"] == {"more": False}


@pytest.mark.parametrize("path", ["track/a/b c/payloads", "track%2Fa%2Fb%20c/payloads", "track/a%2Fb%20c/payloads"])
async def test_payloads_are_found_by_a_key_that_is_encoded_or_not(client, context, path):
    await _receive(context, {"type": "track", "event": "a/b c", "messageId": "m1"})

    answer = await client.get(f"/integrations/segment/events/{path}")

    assert [each["messageId"] for each in answer.json()["results"]] == ["m1"]


async def test_a_payload_comes_with_its_warnings_and_what_it_did_and_without_tokens(client, context):
    await _receive(
        context, {"type": "identify", "messageId": "m1", "context": {"device": {"token": "secret"}, "page": {"url": "/"}}}
    )

    (event,) = (await client.get("/integrations/segment/events/identify/payloads")).json()["results"]

    assert event == {
        "id": "evt_0_1_0",
        "messageId": "m1",
        "type": "identify",
        "sourceId": "src",
        "receivedAt": "2026-03-02T09:20:00.000Z",
        "duplicate": False,
        "parked": False,
        "warnings": ["id_coerced"],
        "facts": [{"about": "profile", "verdict": "merged", "reason": ""}],
        "payload": {
            "type": "identify",
            "messageId": "m1",
            "context": {"device": {"token": "********"}, "page": {"url": "/"}},
        },
    }


async def test_only_the_latest_twenty_are_shown_newest_first(client, context):
    await _receive(context, *({"type": "group", "messageId": f"m{index}"} for index in range(25)))

    results = (await client.get("/integrations/segment/events/group/payloads")).json()["results"]

    assert [each["messageId"] for each in results] == [f"m{index}" for index in range(24, 4, -1)]


@pytest.mark.parametrize("path", ["track/Never/payloads", "track/A", "payloads", "track/A/payloads/more"])
async def test_other_paths_are_not_found(client, context, path):
    await _receive(context, {"type": "track", "event": "A"})

    assert (await client.get(f"/integrations/segment/events/{path}")).status_code == 404


async def test_events_of_the_other_environment_are_not_shown(client, context):
    await _receive(context, {"type": "identify"}, environment="test")

    assert (await client.get("/integrations/segment/events")).json()["results"] == []
    assert (await client.get("/integrations/segment/events/identify/payloads")).status_code == 404
