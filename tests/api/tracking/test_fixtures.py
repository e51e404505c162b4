"""Every row of the two fixture files of segment.md 11, sent to the app."""

import base64
import json
from pathlib import Path
from typing import Any

import pytest

from posthorn.clock import iso
from posthorn.events.model import Event

pytestmark = pytest.mark.anyio

FIXTURES = Path(__file__).parents[2] / "fixtures"


def rows(name: str) -> list[Any]:
    return [json.loads(line) for line in (FIXTURES / name).read_text("utf-8").splitlines()]


VALID = rows("segment-events.ndjson")
INVALID = rows("segment-invalid.ndjson")
# The processor de-duplicates, later, so ingest neither counts nor drops a repeated messageId.
COUNTED_LATER = ("stored", "duplicates")


def belongs_to_destination(row: dict[str, Any]) -> bool:
    return "projectId" in row or row["type"] == "delete"


@pytest.mark.parametrize("row", VALID, ids=lambda row: row.get("messageId") or row["type"])
async def test_a_valid_event_is_taken_by_its_own_endpoint(tracking: Any, row: dict[str, Any]) -> None:
    inbound = belongs_to_destination(row)

    reply = await tracking.post(
        "/inbound/segment" if inbound else f"/v1/{row['type']}",
        row,
        auth="bearer:key_demo" if inbound else "basic:wk_server_demo",
    )

    assert reply.status == (202 if inbound else 200), reply.body
    (event,) = tracking.events()
    assert event.type == row["type"]
    assert event.user_key == str(row.get("userId") or row.get("anonymousId"))
    assert event.properties == row.get("properties", {})
    assert event.traits == row.get("traits", {})
    assert b"writeKey" not in event.body
    if row.get("messageId") and len(row["messageId"]) <= 100:
        assert event.message_id == row["messageId"]
    assert not set(event.warnings) - {*("message_id_generated", "id_coerced", "empty_id_ignored", "top_level_email_ignored")}


async def test_all_valid_events_as_one_batch_are_taken_without_a_rejection(tracking: Any) -> None:
    batch = [row for row in VALID if row["type"] != "delete"]

    reply = await tracking.post("/v1/batch", {"batch": batch})

    assert (reply.status, reply.json()) == (200, {"success": True})
    assert len(tracking.events()) == len(batch) == 65


async def test_all_valid_events_as_one_array_are_taken_by_the_destination(tracking: Any) -> None:
    reply = await tracking.post("/inbound/segment", VALID, auth="bearer:key_demo")

    assert reply.status == 202
    assert reply.json() == {"messageId": VALID[0]["messageId"], "accepted": 67, "rejected": []}


@pytest.mark.parametrize("row", INVALID, ids=lambda row: row["why"])
async def test_an_unusual_request_gets_the_answer_of_the_contract(tracking: Any, row: dict[str, Any]) -> None:
    if row.get("precondition") == "bucket of the source is empty":
        tracking.keys.change("wk_server_demo", rate_per_second=1, burst=1)
        await tracking.post("/v1/track", row["body"])
        tracking.entries.clear()

    reply = await tracking.send(
        row.get("method", "POST"),
        row["endpoint"],
        body_of(row),
        auth=row.get("auth", "basic:wk_server_demo"),
        headers=row.get("headers"),
    )

    assert reply.status == row["status"], reply.body
    check_answer(reply, row)
    check_effect(tracking.events(), row.get("effect", {"stored": 0} if reply.status >= 300 else {}))
    if row.get("effect", {}).get("reason"):
        assert tracking.notices == [row["effect"]["reason"]]


def body_of(row: dict[str, Any]) -> bytes:
    body = row["body"]
    if isinstance(body, str):
        return body.encode()
    if isinstance(body, dict) and "$base64" in body:
        return base64.b64decode(body["$base64"])
    text = json.dumps(body, ensure_ascii=False).replace("<this product>", "Posthorn")
    return compact(enlarged(json.loads(text), row["gen"]) if "gen" in row else json.loads(text))


def enlarged(body: Any, gen: dict[str, Any]) -> Any:
    if "repeat" in gen:
        (one,) = body[gen["repeat"]]
        return {**body, gen["repeat"]: [{**one, "messageId": f"m-{index}"} for index in range(gen["times"])]}
    place = body
    *path, last = gen["fill"].split(".")
    for step in path:
        place = place[int(step) if isinstance(place, list) else step]
    place[last] = gen["char"] * (gen["total_body_bytes"] - len(compact(body)))
    assert len(compact(body)) == gen["total_body_bytes"]
    return body


def compact(value: Any) -> bytes:
    return json.dumps(value, ensure_ascii=False, separators=(",", ":")).encode()


def check_answer(reply: Any, row: dict[str, Any]) -> None:
    if "answer" in row:
        assert_within(row["answer"], reply.json())
    if "answer_content_type" in row:
        assert reply.headers["content-type"] == row["answer_content_type"]
    for name, wanted in row.get("answer_headers", {}).items():
        found = reply.headers[name.lower()]
        assert int(found) >= 1 if wanted.startswith("<") else found == wanted
    if row["endpoint"].startswith("/v1") and row["status"] >= 400:
        assert reply.json()["code"] == reply.json()["error"]
        assert reply.json()["message"]


def assert_within(wanted: Any, found: Any) -> None:
    if isinstance(wanted, dict):
        for key, value in wanted.items():
            assert_within(value, found[key])
    elif isinstance(wanted, list):
        assert len(wanted) == len(found)
        for one, other in zip(wanted, found, strict=True):
            assert_within(one, other)
    else:
        assert found == wanted


def check_effect(events: list[Event], effect: dict[str, Any]) -> None:
    if effect.get("stored") == 0:
        assert events == []
        return
    shown = {name: value for name, value in effect.items() if name not in COUNTED_LATER}
    for name, wanted in shown.items():
        (event,) = events
        if name == "warnings":
            assert set(wanted) <= set(event.warnings)
        else:
            assert normal_form(event)[name] == (iso(event.received_at) if wanted == "$receivedAt" else wanted)


def normal_form(event: Event) -> dict[str, Any]:
    return {
        "type": event.type,
        "event": event.name,
        "userId": event.user_id,
        "groupId": event.group_id,
        "messageId": event.message_id,
        "timestamp": iso(event.timestamp),
        "properties": event.properties,
        "context": event.context,
        "integrations": event.integrations,
    }
