"""Whose events these are: keys in every place, rates, addresses."""

import base64
from typing import Any

import pytest

pytestmark = pytest.mark.anyio

PING = {"userId": "u-1", "event": "Ping", "messageId": "m-1"}
BROWSER = {"library": {"name": "analytics.js", "version": "1"}}


def element(**members: Any) -> dict[str, Any]:
    return {"type": "track", **PING, **members}


@pytest.mark.parametrize(
    "header",
    [
        "Basic " + base64.b64encode(b"wk_web_demo:").decode(),
        "basic " + base64.b64encode(b"wk_web_demo:ignored").decode(),
        "Basic " + base64.b64encode(b"wk_web_demo").decode(),
    ],
)
async def test_a_basic_header_names_the_source_with_or_without_a_colon(tracking: Any, header: str) -> None:
    await tracking.post("/v1/track", PING, auth="raw:" + header)

    assert tracking.entries[0].source_id == "src_web"


@pytest.mark.parametrize(
    ("path", "body"),
    [
        ("/v1/track?writeKey=wk_web_demo", PING),
        ("/v1/track", {**PING, "writeKey": "wk_web_demo"}),
        ("/v1/batch", {"batch": [element()], "writeKey": "wk_web_demo"}),
        ("/v1/batch?writeKey=wk_web_demo", {"batch": [element(writeKey="wk_server_demo")]}),
        ("/v1/batch", {"batch": [element(writeKey="wk_web_demo"), element(writeKey="wk_server_demo")]}),
    ],
)
async def test_without_a_header_the_key_is_looked_for_in_body_query_and_first_event(
    tracking: Any, path: str, body: Any
) -> None:
    reply = await tracking.post(path, body, auth="none")

    assert reply.status == 200, reply.body
    assert tracking.entries[0].source_id == "src_web"
    assert all(b"wk_" not in entry.body for entry in tracking.entries)


async def test_a_header_longer_than_any_key_names_nobody(tracking: Any) -> None:
    reply = await tracking.post("/v1/track", PING, auth="basic:" + "k" * 5_000)

    assert (reply.status, reply.json()["code"]) == (401, "missing_write_key")


async def test_the_header_goes_before_the_body(tracking: Any) -> None:
    await tracking.post("/v1/track", {**PING, "writeKey": "wk_web_demo"})

    assert tracking.entries[0].source_id == "src_server"
    assert tracking.notices == ["write_key_mismatch"]


async def test_a_bearer_is_ignored_beside_a_key_in_the_body(tracking: Any) -> None:
    reply = await tracking.post("/v1/track", {**PING, "writeKey": "wk_web_demo"}, auth="bearer:oauth-token")

    assert reply.status == 200


@pytest.mark.parametrize(("auth", "status"), [("basic:wk_disabled", 403), ("none", 400)])
async def test_a_disabled_source_is_refused(tracking: Any, auth: str, status: int) -> None:
    reply = await tracking.post("/v1/track", {**PING, "writeKey": "wk_disabled"}, auth=auth)

    assert (reply.status, reply.json()["code"]) == (status, "source_disabled")


async def test_broken_json_is_told_before_a_missing_key(tracking: Any) -> None:
    assert (await tracking.post("/v1/track", b"{", auth="none")).json()["code"] == "invalid_json"
    assert (await tracking.post("/v1/track", [], auth="none")).json()["code"] == "missing_write_key"


async def test_somebody_who_keeps_on_trying_keys_is_slowed_down(tracking: Any) -> None:
    codes = [(await tracking.post("/v1/track", PING, auth="basic:guess")).status for _ in range(21)]

    assert codes == [401] * 20 + [429]
    assert (await tracking.post("/v1/track", PING)).status == 200

    tracking.clock.advance(1_000)
    assert (await tracking.post("/v1/track", PING, auth="basic:guess")).status == 401


async def test_a_source_may_send_again_when_its_bucket_has_refilled(tracking: Any) -> None:
    tracking.keys.change("wk_server_demo", rate_per_second=2, burst=1)

    first = await tracking.post("/v1/track", PING)
    refused = await tracking.post("/v1/track", PING)
    tracking.clock.advance(500)
    again = await tracking.post("/v1/track", PING)

    assert (first.status, refused.status, again.status) == (200, 429, 200)
    assert tracking.notices == ["rate_limited"]


async def test_the_servers_own_rate_holds_for_a_source_without_one(tracking_with_a_rate: Any) -> None:
    own = tracking_with_a_rate
    own.keys.change("wk_web_demo", rate_per_second=2, burst=2)

    statuses = [(await own.post("/v1/track", PING)).status for _ in range(2)]
    statuses += [(await own.post("/v1/track", PING, auth="basic:wk_web_demo")).status for _ in range(2)]

    assert statuses == [200, 429, 200, 200]


async def test_a_source_that_copies_segment_answers_200_to_a_bad_event(tracking: Any) -> None:
    tracking.keys.change("wk_server_demo", always_200=True)

    reply = await tracking.post("/v1/track", {"userId": "u-1"})

    assert (reply.status, reply.json()) == (200, {"success": True})
    assert (tracking.entries, tracking.notices) == ([], ["event_not_defined"])


@pytest.mark.parametrize(
    ("context", "ip"),
    [
        (BROWSER, "192.0.2.10"),
        ({"direct": True}, "192.0.2.10"),
        ({"library": {"name": "analytics-python"}}, None),
        ({**BROWSER, "ip": "0.0.0.0"}, "0.0.0.0"),
    ],
)
async def test_the_callers_address_is_used_only_for_a_users_own_device(tracking: Any, context: Any, ip: Any) -> None:
    await tracking.post("/v1/track", {**PING, "context": context})
    await tracking.post("/v1/batch", {"batch": [element()], "context": context})

    assert [event.context.get("ip") for event in tracking.events()] == [ip, ip]


@pytest.mark.parametrize(
    ("forwarded", "ip"),
    [("203.0.113.7", "203.0.113.7"), ("6.6.6.6, 203.0.113.7, 192.0.2.9", "203.0.113.7"), ("junk", "192.0.2.10")],
)
async def test_a_trusted_proxy_tells_the_callers_address(
    tracking: Any, tracking_behind_a_proxy: Any, forwarded: str, ip: str
) -> None:
    for client in (tracking, tracking_behind_a_proxy):
        await client.post("/v1/track", {**PING, "context": BROWSER}, headers={"x-forwarded-for": forwarded})

    assert tracking.events()[0].context["ip"] == "192.0.2.10"
    assert tracking_behind_a_proxy.events()[0].context["ip"] == ip
