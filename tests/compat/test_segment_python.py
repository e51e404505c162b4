"""segment-analytics-python, as released, with nothing changed but `host`: every call arrives, once, in one request."""

import base64
from collections.abc import Callable, Iterator
from datetime import UTC, datetime
from decimal import Decimal
from typing import Any

import httpx
import pytest
import segment.analytics.request as sdk_requests
from segment.analytics.client import Client

from live_server import WRITE_KEY, LiveServer
from recording_proxy import Wire

CALLS = ["identify", "track", "page", "screen", "group", "alias"]


@pytest.fixture
def connect(wire: Wire) -> Iterator[Callable[..., Client]]:
    """Makes clients of the server; what they could not deliver is a failure."""
    clients: list[Client] = []

    def made(write_key: str = WRITE_KEY, **options: Any) -> Client:
        clients.append(Client(write_key, host=wire.url + "/", **options))
        return clients[-1]

    yield made
    for client in clients:
        if client.consumers is not None:
            client.shutdown()
    sdk_requests._session.close()  # pyright: ignore[reportPrivateUsage] - its pool outlives every client


def make_all_calls(client: Client, user: str) -> None:
    client.identify(user, {"email": f"{user}@example.test", "name": "Zażółć"})
    client.track(user, "Upgraded", {"price": Decimal("12.5"), "at": datetime(2026, 3, 2, tzinfo=UTC)})
    client.page(user, "Docs", "Intro", {"url": "https://docs.example.test"})
    client.screen(user, "App", "Home", {})
    client.group(user, "acme", {"name": "Acme"})
    client.alias("before-" + user, user)


@pytest.mark.parametrize("gzip", [False, True])
def test_all_calls_arrive_once_in_a_single_request(
    server: LiveServer, wire: Wire, connect: Callable[..., Client], gzip: bool
) -> None:
    user = f"py-{gzip}"
    client = connect(gzip=gzip)

    make_all_calls(client, user)
    client.flush()

    assert [event["type"] for event in server.events_of(user)] == CALLS
    assert [(one.path, one.status) for one in wire.passed] == [("/v1/batch", 200)]
    assert wire.passed[0].headers.get("content-encoding") == ("gzip" if gzip else None)


def test_sync_mode_sends_one_request_for_each_call(server: LiveServer, wire: Wire, connect: Callable[..., Client]) -> None:
    make_all_calls(connect(sync_mode=True), "py-sync")

    assert [event["type"] for event in server.events_of("py-sync")] == CALLS
    assert [one.status for one in wire.passed] == [200] * 6


def test_not_a_number_is_stored_as_null_with_a_warning(server: LiveServer, connect: Callable[..., Client]) -> None:
    client = connect()

    client.track("py-nan", "Measured", {"value": float("nan"), "most": float("inf"), "real": 1.5})
    client.flush()
    events = server.events_of("py-nan")

    assert [(event["event"], event["warnings"]) for event in events] == [("Measured", ["non_finite_number"])]
    (received,) = server.call("GET", "/integrations/segment/events/track/Measured/payloads")["results"]
    assert received["payload"]["properties"] == {"value": None, "most": None, "real": 1.5}


def test_what_identify_tells_is_in_the_profile(server: LiveServer, connect: Callable[..., Client]) -> None:
    client = connect()

    client.identify("py-profile", {"email": "zoe@example.test", "firstName": "Zoë"})
    client.flush()
    server.events_of("py-profile")

    profile = server.call("GET", "/profiles/py-profile")["profile"]
    assert (profile["email"], profile["given_name"]) == ("zoe@example.test", "Zoë")


def test_a_wrong_key_is_told_at_once_and_not_tried_again(wire: Wire, connect: Callable[..., Client]) -> None:
    told: list[Exception] = []
    client = connect("wk_nobody", on_error=lambda error, batch: told.append(error))

    client.track("py-wrong", "Ping")
    client.flush()

    assert [(error.status, error.code, error.message) for error in told] == [  # pyright: ignore[reportUnknownMemberType] - the SDK has no types
        (401, "invalid_write_key", "No source has this write key")
    ]
    assert [one.status for one in wire.passed] == [401]


def test_the_wait_that_is_demanded_is_kept_and_the_batch_comes_once(
    server: LiveServer, wire: Wire, connect: Callable[..., Client]
) -> None:
    wire.answers = [(429, {"Retry-After": "1"}, b'{"success": false, "code": "rate_limited", "message": "Wait"}')]
    client = connect()

    client.track("py-wait", "Ping")
    client.flush()

    assert [one.status for one in wire.passed] == [429, 200]
    assert wire.passed[1].at - wire.passed[0].at >= 1
    assert [event["event"] for event in server.events_of("py-wait")] == ["Ping"]


def test_a_batch_that_is_sent_again_because_its_answer_was_lost_is_a_duplicate(
    server: LiveServer, wire: Wire, connect: Callable[..., Client]
) -> None:
    wire.lose_answers = 1
    client = connect()

    client.track("py-again", "Ping")
    client.flush()

    assert [event["duplicate"] for event in server.events_of("py-again")] == [False, True]


def _event(user: str) -> bytes:
    """One event as 2.2 and 2.3 write it: escaped, with spaces, nulls, and a UTC offset (segment.md 4.3)."""
    return (
        b'{"integrations": {}, "anonymousId": null, "properties": {"plan": "\\u017c\\u00f3\\u0142w", "most": Infinity}, '
        b'"timestamp": "2026-03-02T10:00:00.123456+00:00", '
        b'"context": {"library": {"name": "analytics-python", "version": "2.3.4"}}, '
        b'"userId": "%s", "type": "track", "event": "Upgraded", "messageId": "%s-1"}' % (user.encode(), user.encode())
    )


def _basic(key: str) -> dict[str, str]:
    return {"Authorization": "Basic " + base64.b64encode(f"{key}:".encode()).decode()}


@pytest.mark.parametrize(
    ("version", "headers", "tail"),
    [
        ("2.2.3", _basic(WRITE_KEY), b""),
        ("2.3.4", {}, b', "writeKey": "%s"' % WRITE_KEY.encode()),
    ],
)
def test_the_requests_of_older_versions_are_taken(
    server: LiveServer, version: str, headers: dict[str, str], tail: bytes
) -> None:
    user = f"py-{version}"
    body = b'{"batch": [' + _event(user) + b'], "sentAt": "2026-03-02T10:00:00.640122+00:00"' + tail + b"}"

    answer = httpx.post(server.url + "/v1/batch", content=body, headers={**_old(version), **headers})

    # These versions count every other status, 202 and 204 among them, as a failure and send the batch again.
    assert (answer.status_code, answer.json()["success"]) == (200, True)
    assert [event["event"] for event in server.events_of(user)] == ["Upgraded"]


@pytest.mark.parametrize(
    ("body", "status", "code"),
    [
        (b'{"batch": [], "writeKey": "wk_nobody"}', 400, "invalid_write_key"),
        (b'{"batch": [], "writeKey": "%s"}' % WRITE_KEY.encode(), 400, "empty_batch"),
        (b'{"batch": [%s]}' % _event("u"), 401, "missing_write_key"),
        (b'{"batch": [', 400, "invalid_json"),
        (b'{"batch": ["' + b"a" * 512_000 + b'"], "writeKey": "%s"}' % WRITE_KEY.encode(), 400, "payload_too_large"),
    ],
)
def test_a_refusal_has_the_code_and_message_without_which_2_3_tries_again(
    server: LiveServer, body: bytes, status: int, code: str
) -> None:
    answer = httpx.post(server.url + "/v1/batch", content=body, headers=_old("2.3.4"))

    refused = answer.json()
    assert (answer.status_code, refused["code"], refused["success"]) == (status, code, False)
    assert isinstance(refused["message"], str)


def _old(version: str) -> dict[str, str]:
    return {"Content-Type": "application/json", "User-Agent": "analytics-python/" + version}


@pytest.mark.parametrize("path", ["/v1/batch/", "/v1/import/", "/v1/import", "/v1/b", "/v1/b/"])
def test_a_slash_at_the_end_is_no_redirect(server: LiveServer, path: str) -> None:
    user = "slash" + path.replace("/", "-")

    answer = httpx.post(server.url + path, content=b'{"batch": [' + _event(user) + b"]}", headers=_basic(WRITE_KEY))

    assert (answer.status_code, len(server.events_of(user))) == (200, 1)
