import gzip
import json
import zlib
from typing import Any

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

pytestmark = pytest.mark.anyio

PING = {"userId": "u-1", "event": "Ping", "messageId": "m-1"}
GZIP = {"content-encoding": "gzip"}


async def test_gzip_in_chunks_with_the_key_in_the_body_is_taken(tracking: Any) -> None:
    body = {"batch": [{"type": "track", **PING}], "writeKey": "wk_web_demo", "sentAt": "2026-03-02T10:00:00Z"}
    raw = gzip.compress(json.dumps(body).encode())

    reply = await tracking.post("/v1/b", raw, auth="none", headers={**GZIP, "content-type": "text/plain"}, chunk=7)

    assert (reply.status, reply.json()) == (200, {"success": True})
    assert tracking.entries[0].source_id == "src_web"


@settings(suppress_health_check=[HealthCheck.function_scoped_fixture], deadline=None, max_examples=40)
@given(chunk=st.integers(1, 300), parts=st.integers(1, 4), is_packed=st.booleans())
async def test_chunks_of_any_size_and_members_make_the_same_event(
    tracking: Any, chunk: int, parts: int, is_packed: bool
) -> None:
    tracking.entries.clear()
    raw = json.dumps({**PING, "properties": {"text": "é" * 50}}).encode()
    pieces = [raw[start::1][: -(-len(raw) // parts)] for start in range(0, len(raw), -(-len(raw) // parts))]
    packed = b"".join(gzip.compress(piece) for piece in pieces)

    reply = await tracking.post("/v1/track", packed if is_packed else raw, headers=GZIP if is_packed else {}, chunk=chunk)

    assert reply.status == 200, reply.body
    assert tracking.events()[0].properties == {"text": "é" * 50}


@pytest.mark.parametrize(
    "raw", [b"", b"plain", gzip.compress(b"{}" * 99)[:-3], zlib.compress(b"{}"), gzip.compress(b"{}") + b"junk"]
)
async def test_what_is_declared_as_gzip_and_is_not_is_refused(tracking: Any, raw: bytes) -> None:
    reply = await tracking.post("/v1/track", raw, headers=GZIP)

    assert (reply.status, reply.json()["code"]) == (400, "invalid_encoding")


async def test_a_body_of_exactly_the_limit_is_taken(tracking: Any) -> None:
    event = {"type": "track", **PING, "properties": {"blob": ""}}
    batch = [{**event, "properties": {"blob": "x" * 30_000}} for _ in range(16)]
    size = len(json.dumps({"batch": [*batch, event]}, separators=(",", ":")))
    body = {"batch": [*batch, {**event, "properties": {"blob": "x" * (512_000 - size)}}]}

    assert (await tracking.post("/v1/batch", body)).status == 200
    assert len(tracking.entries) == 17


async def test_a_declared_length_beyond_the_limit_is_refused_unread(tracking: Any) -> None:
    reply = await tracking.post("/v1/batch", b"", headers={"content-length": "512001"})

    assert reply.json()["code"] == "payload_too_large"


async def test_a_declared_length_that_is_no_number_is_not_believed(tracking: Any) -> None:
    assert (await tracking.post("/v1/track", PING, headers={"content-length": "many"})).status == 200


async def test_a_destination_array_may_be_larger_than_a_single_event(tracking: Any) -> None:
    event = {"type": "track", **PING, "properties": {"blob": "x" * 30_000}}

    many = await tracking.post("/inbound/segment", [event] * 230, auth="bearer:key_demo", chunk=65_536)
    one = await tracking.post("/inbound/segment", {**event, "a": "x" * 7_000_000}, auth="bearer:key_demo")

    assert (many.status, many.json()["accepted"]) == (202, 230)
    assert (one.status, one.json()["type"]) == (413, "invalid_request_error")


async def test_an_array_beyond_32_megabytes_is_refused(tracking: Any) -> None:
    bomb = gzip.compress(b"[" + b" " * (32 * 2**20))

    reply = await tracking.post("/inbound/segment", bomb, auth="bearer:key_demo", headers=GZIP)

    assert reply.status == 413
