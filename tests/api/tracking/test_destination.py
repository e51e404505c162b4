import hmac
import json
from typing import Any

import pytest

pytestmark = pytest.mark.anyio

PING = {"type": "track", "event": "Ping", "userId": "u-1", "messageId": "m-1"}
KEY = "bearer:key_demo"


def signed(body: Any, secret: bytes = b"shhh") -> str:
    raw = json.dumps(body, ensure_ascii=False, separators=(",", ":")).encode()
    return "signature:" + hmac.new(secret, raw, "sha1").hexdigest()


@pytest.mark.parametrize("auth", [KEY, "basic:key_demo", "raw:bearer  key_demo", "raw:Basic eDprZXlfZGVtbw=="])
async def test_the_credential_check_knows_the_key_in_each_form(tracking: Any, auth: str) -> None:
    reply = await tracking.post("/debug", auth=auth, headers={"content-type": "application/json"})

    assert (reply.status, reply.json()) == (200, {})
    assert tracking.notices == ["key_verified"]


@pytest.mark.parametrize("auth", ["none", "bearer:nope", "bearer:", "basic:nope", "raw:key_demo", "basic:wk_server_demo"])
async def test_the_credential_check_refuses_anything_else(tracking: Any, auth: str) -> None:
    reply = await tracking.post("/debug", auth=auth)

    assert (reply.status, reply.json()["type"]) == (401, "authentication_error")


@pytest.mark.parametrize("method", ["POST", "PUT", "PATCH"])
async def test_an_event_is_answered_with_its_own_id_each_time(tracking: Any, method: str) -> None:
    first = await tracking.send(method, "/inbound/segment", PING, auth=KEY)
    again = await tracking.send(method, "/inbound/segment", PING, auth=KEY)

    assert (first.status, first.json()) == (again.status, again.json()) == (202, {"messageId": "m-1"})
    entry = tracking.entries[0]
    assert (entry.origin, entry.source_id, entry.environment, entry.ip) == ("segment", "segment", "production", "")


async def test_a_destination_event_keeps_the_time_that_segment_corrected(tracking: Any) -> None:
    times = {"timestamp": "2026-01-01T00:00:00Z", "sentAt": "2026-02-01T00:00:00Z"}
    received = {"receivedAt": "2026-02-01T00:00:01Z"}

    await tracking.post("/inbound/segment", {**PING, **times, **received}, auth=KEY)
    await tracking.post("/inbound/segment", {**PING, **received}, auth=KEY)

    first, second = tracking.events()
    assert (first.timestamp, second.timestamp) == (1_767_225_600_000, 1_769_904_001_000)
    assert first.fields == received


async def test_a_deletion_notice_is_stored_as_such(tracking: Any) -> None:
    notice = {"type": "delete", "userId": "u-9", "context": [], "integrations": None, "messageId": "delete-1"}

    reply = await tracking.post("/inbound/segment", notice, auth=KEY)

    assert reply.status == 202
    (event,) = tracking.events()
    assert (event.type, event.user_key, event.warnings) == ("delete", "u-9", ())


@pytest.mark.parametrize(
    ("body", "status"),
    [
        ({"type": "record", "userId": "u"}, 501),
        ({"userId": "u"}, 400),
        ({"type": "track", "userId": "u"}, 400),
        ({"type": "track", "event": "e"}, 400),
        ({"type": "delete", "anonymousId": "a"}, 400),
        ("text", 400),
        ([], 400),
        ({**PING, "properties": {"a": "x" * 33_000}}, 400),
    ],
)
async def test_a_faulty_event_is_refused_with_a_sentence_for_people(tracking: Any, body: Any, status: int) -> None:
    reply = await tracking.post("/inbound/segment", body, auth=KEY)

    assert reply.status == status
    assert reply.json().keys() == {"type", "message"}
    assert reply.json()["type"] == ("not_implemented" if status == 501 else "invalid_request_error")
    assert tracking.entries == []


async def test_an_event_of_ours_that_comes_back_is_acknowledged_and_dropped(tracking: Any) -> None:
    library = {"library": {"name": "Posthorn"}}
    ours = [
        {**PING, "messageId": "posthorn-1-sent"},
        {**PING, "context": {"integration": {"name": "Posthorn", "version": "1"}}},
        {**PING, "event": "Message Opened", "context": library},
    ]
    for body in ours:
        assert (await tracking.post("/inbound/segment", body, auth=KEY)).status == 202
    many = await tracking.post("/inbound/segment", [*ours, {**PING, "context": library}], auth=KEY)
    direct = await tracking.post("/v1/track", ours[0])

    assert (many.json()["accepted"], direct.status) == (4, 200)
    assert (len(tracking.entries), tracking.notices) == (1, ["own_event"] * 7)


async def test_a_signature_is_enough_for_a_source_with_a_secret(tracking: Any) -> None:
    reply = await tracking.post("/inbound/segment/src_demo", PING, auth=signed(PING))

    assert reply.status == 202
    assert tracking.entries[0].source_id == "src_demo"


async def test_an_old_secret_still_signs_during_rotation(tracking: Any) -> None:
    assert (await tracking.post("/inbound/segment/src_demo", PING, auth=signed(PING, b"old"))).status == 202


@pytest.mark.parametrize(("allow", "status", "stored"), [(False, 400, 0), (True, 202, 2)])
async def test_an_array_signed_in_its_first_event_alone_is_taken_only_if_allowed(
    tracking: Any, allow: bool, status: int, stored: int
) -> None:
    tracking.keys.change("(none)", allow_unsigned_batch_tail=allow)

    reply = await tracking.post("/inbound/segment/src_demo", [PING, PING], auth=signed(PING))

    assert (reply.status, len(tracking.entries)) == (status, stored)


async def test_a_source_may_want_both_key_and_signature(tracking: Any) -> None:
    tracking.keys.change("(none)", require_signature_and_key=True)
    signature = signed(PING).removeprefix("signature:")
    path = "/inbound/segment/src_demo"

    only_key = await tracking.post(path, PING, auth=KEY)
    only_signature = await tracking.post(path, PING, auth="signature:" + signature)
    both = await tracking.post(path, PING, auth=KEY, headers={"x-signature": signature})

    assert (only_key.status, only_signature.status, both.status) == (401, 401, 202)


@pytest.mark.parametrize(
    ("source_id", "auth", "status"),
    [("src_demo", KEY, 202), ("src_off", KEY, 403), ("src_no", KEY, 404), ("src_no", "signature:00", 401)],
)
async def test_the_path_names_the_source(tracking: Any, source_id: str, auth: str, status: int) -> None:
    assert (await tracking.post(f"/inbound/segment/{source_id}", PING, auth=auth)).status == status


async def test_an_api_key_of_the_other_environment_does_not_open_a_source(tracking: Any) -> None:
    tracking.keys.change("(none)", environment="test")

    assert (await tracking.post("/inbound/segment/src_demo", PING, auth=KEY)).status == 404


async def test_rudderstack_is_told_apart(tracking: Any) -> None:
    body = {"type": "identify", "userId": "u-77", "messageId": "8f0c", "traits": {"plan": "basic"}, "rudderId": "r"}

    reply = await tracking.post("/inbound/rudderstack", body, auth=KEY)

    assert (reply.status, reply.json()) == (202, {"messageId": "8f0c"})
    assert (tracking.entries[0].origin, tracking.events()[0].traits) == ("rudderstack", {"plan": "basic"})
