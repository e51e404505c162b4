"""What holds for every path of the ingest: routing, CORS, refusals, the log's own answers."""

import json
from typing import Any

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from posthorn.errors import TooMany, Unavailable
from posthorn.events.model import Entry
from posthorn.events.read import read_event

pytestmark = pytest.mark.anyio

PING = {"userId": "u-1", "event": "Ping", "messageId": "m-1"}
PATHS = ("identify", "track", "page", "screen", "group", "alias", "batch", "import")
FULL = {**PING, "previousId": "p", "groupId": "g"}
json_values = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats() | st.text(st.characters(), max_size=8),
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(st.text(max_size=4), inner, max_size=3),
    max_leaves=12,
)
names = st.sampled_from(
    [
        *("type", "event", "userId", "anonymousId", "groupId", "previousId", "messageId", "name", "category"),
        *("properties", "traits", "context", "integrations", "timestamp", "sentAt", "writeKey", "batch", "email"),
    ]
)
types = st.sampled_from(["identify", "track", "page", "screen", "group", "alias", "delete", "record"])
odd_events = st.builds(
    lambda kind, members: {"type": kind, **members}, types | json_values, st.dictionaries(names, json_values, max_size=9)
)
ENDPOINTS = (
    *(f"/v1/{path}" for path in PATHS),
    *("/inbound/segment", "/inbound/segment/src_demo", "/inbound/rudderstack", "/inbound/courier", "/v1/pixel/track"),
)
quick = settings(max_examples=60, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])


@pytest.mark.parametrize("name", PATHS)
@pytest.mark.parametrize("slash", ["", "/"])
async def test_every_path_answers_success_and_never_redirects(tracking: Any, name: str, slash: str) -> None:
    body = {"batch": [{"type": "track", **PING}]} if name in ("batch", "import") else FULL

    reply = await tracking.post(f"/v1/{name}{slash}", body)

    assert (reply.status, reply.json()) == (200, {"success": True})
    assert reply.headers["content-type"] == "application/json"
    assert reply.headers["content-length"] == str(len(reply.body))
    assert len(tracking.entries) == 1


@pytest.mark.parametrize(
    ("short", "kind"), [("i", "identify"), ("t", "track"), ("p", "page"), ("s", "screen"), ("g", "group"), ("a", "alias")]
)
async def test_the_short_form_is_the_first_letter(tracking: Any, short: str, kind: str) -> None:
    await tracking.post(f"/v1/{short}", FULL)

    assert tracking.entries[0].type == kind


async def test_telemetry_is_answered_and_forgotten(tracking: Any) -> None:
    reply = await tracking.post("/v1/m", {"series": [{"type": "counter"}]}, auth="none")

    assert (reply.status, reply.json(), tracking.entries) == (200, {"success": True}, [])


@pytest.mark.parametrize("path", ["/v1/Track", "/v1/track//", "/v1/", "/v1/projects/a/b/settings", "/v1/pixel"])
async def test_a_path_nobody_knows_is_not_found(tracking: Any, path: str) -> None:
    assert (await tracking.post(path, PING)).json()["code"] == "not_found"


@pytest.mark.parametrize(
    ("path", "is_ours"),
    [
        *(("/v1/track", True), ("/v1/nothing", True), ("/debug", True), ("/inbound/segment/abc/", True)),
        *(("/inbound/webhook/abc", False), ("/lists/a/subscriptions/b", False), ("/v1x", False), ("/", False)),
    ],
)
async def test_it_says_which_paths_are_its_own(tracking: Any, path: str, is_ours: bool) -> None:
    assert tracking.app.handles(path) is is_ours


@pytest.mark.parametrize("path", ["/v1/track", "/debug", "/inbound/segment"])
async def test_a_wrong_method_names_the_right_ones(tracking: Any, path: str) -> None:
    reply = await tracking.send("DELETE", path)

    assert reply.status == 405
    assert "POST" in reply.headers["allow"]


async def test_a_preflight_allows_whatever_headers_the_browser_asks_for(tracking: Any) -> None:
    headers = {
        "Origin": "https://shop.example",
        "Access-Control-Request-Headers": "authorization,x-own",
        "Access-Control-Request-Private-Network": "true",
    }

    reply = await tracking.send("OPTIONS", "/v1/t", auth="none", headers=headers)

    assert reply.status == 204
    assert reply.headers["access-control-allow-origin"] == "https://shop.example"
    assert reply.headers["access-control-allow-credentials"] == "true"
    assert reply.headers["access-control-allow-headers"].endswith("X-Retry-Count, authorization,x-own")
    assert reply.headers["access-control-allow-methods"] == "GET, POST, OPTIONS"
    assert reply.headers["access-control-max-age"] == "7200"
    assert reply.headers["access-control-allow-private-network"] == "true"
    assert reply.headers["vary"] == "Origin, Access-Control-Request-Headers"


@pytest.mark.parametrize("auth", ["basic:wk_web_demo", "basic:wk_unknown", "none"])
async def test_a_browser_may_read_every_answer(tracking: Any, auth: str) -> None:
    reply = await tracking.post("/v1/t", PING, auth=auth, headers={"Origin": "https://shop.example"})

    assert reply.headers["access-control-allow-origin"] == "https://shop.example"
    assert reply.headers["access-control-expose-headers"] == "Retry-After, X-RateLimit-Reset"


@pytest.mark.parametrize("write_key", ["header", "body"])
async def test_a_page_of_a_foreign_origin_is_refused(tracking: Any, write_key: str) -> None:
    tracking.keys.change("wk_web_demo", allowed_origins=("https://shop.example",))
    auth, body = ("basic:wk_web_demo", PING) if write_key == "header" else ("none", {**PING, "writeKey": "wk_web_demo"})

    refused = await tracking.post("/v1/t", body, auth=auth, headers={"Origin": "https://evil.example"})
    taken = await tracking.post("/v1/t", body, auth=auth, headers={"Origin": "https://shop.example"})

    assert (refused.status, refused.json()["code"]) == (403, "origin_not_allowed")
    assert "access-control-allow-origin" not in refused.headers
    assert taken.status == 200


@pytest.mark.parametrize("path", ["/v1/track", "/v1/batch", "/inbound/segment", "/inbound/courier"])
async def test_a_log_that_cannot_take_more_is_told_with_a_time_to_wait(tracking: Any, path: str) -> None:
    event = {**PING, "type": "track", "properties": {}}
    body = {"batch": [event]} if path == "/v1/batch" else event
    auth = "basic:wk_server_demo" if path.startswith("/v1") else "bearer:key_demo"

    tracking.failure = Unavailable("The database is down")
    down = await tracking.post(path, body, auth=auth)
    tracking.failure = TooMany("Too much is waiting", retry_after_ms=6_001)
    full = await tracking.post(path, body, auth=auth)

    assert (down.status, down.headers["retry-after"]) == (503, "1")
    assert (full.status, full.headers["retry-after"], full.headers["x-ratelimit-reset"]) == (429, "7", "7")
    assert down.json().get("code", down.json().get("type")) in ("unavailable", "api_error")


async def test_a_caller_who_hangs_up_stores_nothing_and_is_not_answered(tracking: Any) -> None:
    sent: list[Any] = []
    messages = [{"type": "http.request", "body": b'{"us', "more_body": True}, {"type": "http.disconnect"}]

    async def receive() -> Any:
        return messages.pop(0)

    async def send(message: Any) -> None:
        sent.append(message)

    scope = {"type": "http", "method": "POST", "path": "/v1/track", "headers": [], "client": None}
    await tracking.app(scope, receive, send)

    assert (sent, tracking.entries) == ([], [])


@quick
@given(st.sampled_from(ENDPOINTS), st.binary(max_size=60) | st.text(max_size=60).map(lambda text: text.encode()))
async def test_no_bytes_make_it_fail(tracking: Any, path: str, body: bytes) -> None:
    reply = await tracking.post(path, body, auth=auth_of(path))

    assert reply.status < 500 or reply.status == 501


@quick
@given(st.sampled_from(ENDPOINTS), odd_events | json_values | st.lists(odd_events, max_size=3))
async def test_no_json_makes_it_fail_and_what_is_stored_can_be_read(tracking: Any, path: str, body: Any) -> None:
    tracking.entries.clear()

    await check(tracking, path, body)
    await check(tracking, "/v1/batch", {"batch": [body] if isinstance(body, dict) else body})
    await check(tracking, "/inbound/segment", [body])


async def check(tracking: Any, path: str, body: Any) -> None:
    for raw in (json.dumps(body), json.dumps(body, ensure_ascii=False)):
        reply = await tracking.post(path, raw.encode("utf-8", "replace"), auth=auth_of(path))

        assert reply.status < 500 or reply.status == 501
        assert_refusal_can_be_read(path, reply)
    for entry in tracking.entries:
        assert_storable(entry)


def auth_of(path: str) -> str:
    return "bearer:key_demo" if path.startswith("/inbound") else "basic:wk_server_demo"


def assert_refusal_can_be_read(path: str, reply: Any) -> None:
    if "pixel" in path:
        return
    content = reply.json()
    if path.startswith("/inbound"):
        assert reply.status == 202 or {"type", "message"} <= content.keys()
    elif reply.status == 200:
        assert content["success"] is True
        assert "error" not in content
    else:
        assert {"code", "message", "error"} <= content.keys()


def assert_storable(entry: Entry) -> None:
    event = read_event(entry, "evt_0_0_0")
    texts = json.dumps([event.properties, event.traits, event.context, event.fields, event.name], allow_nan=False)
    assert "\\u0000" not in texts
    assert entry.user_key
    assert 0 < len(entry.message_id) <= 100
    assert b"writeKey" not in entry.body or "writeKey" not in json.loads(entry.body)
    assert "unreadable_body" not in event.warnings


@pytest.mark.parametrize(
    ("path", "answer"),
    [("/v1/track", {"success": False, "code": "internal_error"}), ("/inbound/segment", {"type": "api_error"})],
)
async def test_a_mistake_of_ours_is_500_in_the_words_of_the_path_and_a_page_may_read_it(
    tracking: Any, path: str, answer: dict[str, Any], caplog: pytest.LogCaptureFixture
) -> None:
    tracking.failure = RuntimeError("a mistake of ours")
    auth = "basic:wk_server_demo" if path.startswith("/v1") else "bearer:key_demo"

    reply = await tracking.post(path, {"type": "track", **PING}, auth=auth, headers={"Origin": "https://a.example"})

    assert reply.status == 500
    assert answer.items() <= reply.json().items()
    assert reply.json()["message"]
    assert reply.headers["access-control-allow-origin"] == "https://a.example"


async def test_the_pixel_is_an_image_even_when_we_fail(tracking: Any) -> None:
    tracking.failure = RuntimeError("a mistake of ours")

    reply = await tracking.send("GET", "/v1/pixel/track?userId=u-1&event=Ping")

    assert (reply.status, reply.headers["content-type"]) == (200, "image/gif")
