"""The whole story over sockets alone: an SDK, a `posthorn serve` of its own, a mail server, a Segment."""

import gzip
import json
import re
import socket
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from contextlib import contextmanager
from typing import Any
from urllib.parse import urlsplit

import httpx
import pytest
from anyio.from_thread import BlockingPortal, start_blocking_portal
from segment.analytics.client import Client

from live_server import WRITE_KEY, LiveServer, eventually, live_server
from sinks import MailSink, SegmentSink, mail_sink, part, segment_sink

WELCOME: dict[str, Any] = {
    "name": "Welcome",
    "trigger": {"type": "segment", "request_type": "track", "event": "Signed Up"},
    "steps": [
        {
            "action": "send",
            "message": {
                "to": {"user_id": "refs.data.userId"},
                "content": {
                    "version": "2022-01-01",
                    "elements": [
                        {"type": "meta", "title": "Welcome, {{profile.given_name}}"},
                        {"type": "text", "content": "Your plan is {{plan}}."},
                        {"type": "action", "content": "Start", "href": "https://shop.example.test/start"},
                    ],
                },
            },
        }
    ],
}


@pytest.fixture(scope="module")
def portal() -> Iterator[BlockingPortal]:
    """A thread with an event loop, for the stand-ins of the world outside."""
    with start_blocking_portal() as one:
        yield one


@pytest.fixture(scope="module")
def outside(portal: BlockingPortal) -> Iterator[tuple[MailSink, SegmentSink]]:
    """A mail server and a Segment."""
    with (
        portal.wrap_async_context_manager(mail_sink()) as letters,
        portal.wrap_async_context_manager(segment_sink()) as segment,
    ):
        yield letters, segment


@pytest.fixture(scope="module")
def server(tmp_path_factory: pytest.TempPathFactory, outside: tuple[MailSink, SegmentSink]) -> Iterator[LiveServer]:
    """A server that welcomes by that mail server and tells that Segment."""
    letters, segment = outside
    with live_server(tmp_path_factory.mktemp("story")) as one:
        one.call("PUT", "/automations/welcome", WELCOME)
        one.call("POST", "/automations/welcome/publish")
        one.call("POST", "/providers", {"provider": "smtp", "settings": letters.settings})
        source = {"write_key": "wk_out", "endpoint": segment.url, "enabled": True}
        one.call("PUT", "/integrations/segment", {"source": source})
        yield one


def test_an_sdk_call_becomes_a_mail_and_its_fate_comes_back(server: LiveServer, outside: tuple[MailSink, SegmentSink]) -> None:
    letters, segment = outside
    sdk = Client(WRITE_KEY, host=server.url, gzip=True)
    sdk.identify("story-1", {"email": "ada@example.test", "firstName": "Ada"})
    sdk.track("story-1", "Signed Up", {"plan": "team"})
    sdk.shutdown()

    letter = eventually(lambda: next((one for one in letters.letters if one["to"] == "ada@example.test"), None))
    html = part(letter, "html")
    pixel = re.search(r'src="([^"]*/t/o/[^"]+)"', html)
    click = re.search(r'href="([^"]*/t/c/[^"]+)"', html)
    assert pixel
    assert click
    assert letter["subject"] == "Welcome, Ada"
    assert "Your plan is team." in part(letter, "plain")
    opened = httpx.get(pixel[1])
    clicked = httpx.get(click[1])

    assert (opened.status_code, opened.headers["content-type"]) == (200, "image/gif")
    assert clicked.headers["location"] == "https://shop.example.test/start"
    events = eventually(lambda: _told(segment, "story-1", 3))
    assert [event["event"] for event in events] == ["Message Sent", "Message Opened", "Message Clicked"]
    assert {event["properties"]["trigger_event"] for event in events} == {"Signed Up"}
    message = server.call("GET", f"/messages/{events[0]['properties']['message_id']}")
    assert (message["status"], message["recipient"]) == ("CLICKED", "story-1")


def _told(segment: SegmentSink, user_id: str, count: int) -> list[dict[str, Any]] | None:
    found = [event for event in segment.events if event.get("userId") == user_id]
    return found if len(found) >= count else None


def test_a_batch_that_comes_many_times_at_once_is_done_once(server: LiveServer, outside: tuple[MailSink, SegmentSink]) -> None:
    letters, _ = outside
    people = [f"crowd{number}@example.test" for number in range(10)]
    identified = [{"type": "identify", "userId": one, "messageId": f"i-{one}", "traits": {"email": one}} for one in people]
    signed_up = [{"type": "track", "userId": one, "messageId": f"t-{one}", "event": "Signed Up"} for one in people]
    body = {"batch": identified + signed_up}

    with ThreadPoolExecutor(8) as threads:
        posts = [threads.submit(httpx.post, server.url + "/v1/batch", json=body, auth=(WRITE_KEY, "")) for _ in range(8)]
        answers = [post.result().json() for post in posts]

    assert answers == [{"success": True}] * 8
    eventually(lambda: {one["to"] for one in letters.letters} >= set(people))
    logged = [one for person in people for one in server.events_of(person)]
    assert sum(not one["duplicate"] for one in logged) == 20
    assert sorted(one["to"] for one in letters.letters if one["to"].startswith("crowd")) == people


def test_a_telephone_sends_gzip_in_chunks_as_text_with_its_key_in_the_body(server: LiveServer) -> None:
    event = {"type": "track", "anonymousId": "phone-1", "event": "Application Opened", "messageId": "phone-m1"}
    library = {"library": {"name": "analytics-kotlin", "version": "1.24.1"}}
    body = {"batch": [{**event, "context": library}], "sentAt": "2026-03-02T10:00:00.000Z", "writeKey": WRITE_KEY}
    packed = gzip.compress(json.dumps(body).encode())
    chunks = [packed[start : start + 50] for start in range(0, len(packed), 50)]

    with _connected(server.url) as wire:
        wire.sendall(
            b"POST /v1/b HTTP/1.1\r\nHost: posthorn.test\r\nUser-Agent: analytics-kotlin/1.24.1\r\n"
            b"Content-Type: text/plain\r\nContent-Encoding: gzip\r\nTransfer-Encoding: chunked\r\nConnection: close\r\n\r\n"
        )
        for chunk in chunks:
            wire.sendall(b"%x\r\n%s\r\n" % (len(chunk), chunk))
        wire.sendall(b"0\r\n\r\n")
        answer = wire.makefile("rb").read()

    assert answer.startswith(b"HTTP/1.1 200 ")
    assert json.loads(answer.partition(b"\r\n\r\n")[2]) == {"success": True}
    assert [one["event"] for one in server.events_of("phone-1")] == ["Application Opened"]


def test_a_client_that_asks_before_it_sends_its_body_is_told_to_go_on(server: LiveServer) -> None:
    body = json.dumps({"userId": "expect-1", "event": "Ping", "writeKey": WRITE_KEY}).encode()

    with _connected(server.url) as wire:
        wire.sendall(
            b"POST /v1/track HTTP/1.1\r\nHost: posthorn.test\r\nExpect: 100-continue\r\nConnection: close\r\n"
            b"Content-Length: %d\r\n\r\n" % len(body)
        )
        went_on = wire.recv(1_000)
        wire.sendall(body)
        answer = wire.makefile("rb").read()

    assert went_on.startswith(b"HTTP/1.1 100 ")
    assert b"200" in answer.split(b"\r\n")[0]


@pytest.mark.parametrize(
    "path", ["/v1/batch/", "/v1/import/", "/v1/track/", "/v1/t/", "/v1//track", "/v1", "/v1/", "/v1/nothing/"]
)
@pytest.mark.parametrize("method", ["GET", "POST", "OPTIONS"])
def test_no_path_redirects(server: LiveServer, method: str, path: str) -> None:
    answer = httpx.request(method, server.url + path, content=b"{}", headers={"Origin": "https://shop.example.test"})

    assert not 300 <= answer.status_code < 400


@contextmanager
def _connected(url: str) -> Iterator[socket.socket]:
    place = urlsplit(url)
    assert place.hostname
    assert place.port
    with socket.create_connection((place.hostname, place.port), timeout=10) as wire:
        yield wire


def test_the_server_of_the_story_logs_no_fault(server: LiveServer) -> None:
    assert '"level": "error"' not in server.log_path.read_text()
