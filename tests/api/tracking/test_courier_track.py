import re
from typing import Any

import pytest

pytestmark = pytest.mark.anyio

EVENT = {"event": "Order Placed", "messageId": "m-1", "type": "track", "properties": {"total": 5}, "userId": "u-1"}
KEY = "bearer:key_demo"


@pytest.mark.parametrize("path", ["/inbound/courier", "/inbound/track"])
async def test_an_event_is_answered_with_an_id_of_ours(tracking: Any, path: str) -> None:
    reply = await tracking.post(path, EVENT, auth=KEY)

    assert reply.status == 202
    assert re.fullmatch(r"1-[0-9a-f]{8}-[0-9a-f]{24}", reply.json()["messageId"])
    (event,) = tracking.events()
    assert (event.origin, event.name, event.user_id, event.properties) == ("courier", "Order Placed", "u-1", {"total": 5})


async def test_an_event_without_a_user_belongs_to_its_own_id(tracking: Any) -> None:
    reply = await tracking.post("/inbound/courier", {**EVENT, "userId": None}, auth=KEY)

    assert reply.status == 202
    assert (tracking.entries[0].user_key, tracking.events()[0].user_id) == ("event:m-1", None)


async def test_a_repeated_id_is_a_conflict_that_is_not_to_be_tried_again(tracking: Any) -> None:
    tracking.seen_ids.add(("production", "m-1"))

    reply = await tracking.post("/inbound/courier", EVENT, auth=KEY)

    assert (reply.status, reply.json()["type"]) == (409, "invalid_request_error")
    assert reply.headers["x-should-retry"] == "false"
    assert tracking.entries == []


@pytest.mark.parametrize(
    ("change", "message"),
    [
        ({"event": None}, "event: Required"),
        ({"messageId": " ", "properties": None}, "messageId: Required; properties: Required"),
        ({"type": None}, "type: Required"),
        ({"type": "identify"}, "type: must be track"),
        ({"properties": []}, "properties must be an object"),
        ({"userId": {}}, "userId, anonymousId, groupId and previousId must be strings"),
    ],
)
async def test_what_is_missing_is_named(tracking: Any, change: dict[str, Any], message: str) -> None:
    reply = await tracking.post("/inbound/courier", {**EVENT, **change}, auth=KEY)

    assert (reply.status, reply.json()) == (400, {"type": "invalid_request_error", "message": message})


async def test_numbers_that_are_no_json_are_cleaned_here_too(tracking: Any) -> None:
    raw = b'{"event":"e","messageId":"m","type":"track","properties":{"x":NaN}}'

    assert (await tracking.post("/inbound/courier", raw, auth=KEY)).status == 202
    assert tracking.events()[0].properties == {"x": None}
