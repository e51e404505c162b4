import base64
import http.server
import io
import json
import sys
import threading
from collections.abc import Callable, Iterator
from pathlib import Path
from types import SimpleNamespace
from typing import Any

import pytest

from posthorn.cli.event_file import Bad, Line
from posthorn.cli.tracking_client import ATTEMPTS, TrackingClient
from posthorn.clock import FrozenClock
from posthorn.errors import Invalid, Unauthenticated, Unavailable

OK = (200, {}, {"success": True})
LINES = [Line(number, b'{"messageId":"m%d"}' % number) for number in range(1, 5)]


class Sink:
    """A Tracking API that gives the answers it was told, the last one for ever, and keeps what it got."""

    def __init__(self) -> None:
        self.answers: list[tuple[int, dict[str, str], dict[str, Any]]] = [OK]
        self.answer_to: Callable[[dict[str, Any]], tuple[int, dict[str, str], dict[str, Any]]] = self._next
        self.requests: list[SimpleNamespace] = []
        self.url = ""

    def _next(self, _body: dict[str, Any]) -> tuple[int, dict[str, str], dict[str, Any]]:
        return self.answers.pop(0) if len(self.answers) > 1 else self.answers[0]


@pytest.fixture
def sink() -> Iterator[Sink]:
    found = Sink()

    class Handler(http.server.BaseHTTPRequestHandler):
        protocol_version = "HTTP/1.1"

        def do_POST(self) -> None:
            body = json.loads(self.rfile.read(int(self.headers["Content-Length"])))
            found.requests.append(SimpleNamespace(path=self.path, headers=self.headers, body=body))
            status, headers, answer = found.answer_to(body)
            raw = json.dumps(answer).encode()
            self.send_response(status)
            for name, value in {**headers, "Content-Length": str(len(raw))}.items():
                self.send_header(name, value)
            self.end_headers()
            self.wfile.write(raw)

        def log_message(self, format: str, *args: object) -> None:
            pass

    server = http.server.ThreadingHTTPServer(("127.0.0.1", 0), Handler)
    server.daemon_threads = True
    found.url = f"http://127.0.0.1:{server.server_port}"
    thread = threading.Thread(target=server.serve_forever, kwargs={"poll_interval": 0.01})
    thread.start()
    yield found
    server.shutdown()
    server.server_close()
    thread.join()


@pytest.fixture
def waits() -> list[float]:
    return []


@pytest.fixture
def client(sink: Sink, waits: list[float]) -> Iterator[TrackingClient]:
    with TrackingClient(sink.url, "wk_1", FrozenClock(1_700_000_000_000), waits.append) as made:
        yield made


def test_a_batch_goes_out_as_a_library_would_send_it(sink: Sink, client: TrackingClient) -> None:
    assert client.send(LINES) == []

    (request,) = sink.requests
    assert request.path == "/v1/batch"
    assert base64.b64decode(request.headers["Authorization"].removeprefix("Basic ")) == b"wk_1:"
    assert request.body["sentAt"] == "2023-11-14T22:13:20.000Z"
    assert [event["messageId"] for event in request.body["batch"]] == ["m1", "m2", "m3", "m4"]


@pytest.mark.parametrize(
    ("asked", "waited"), [("7", 7.0), ("Tue, 14 Nov 2023 22:13:25 GMT", 5.0), ("99999", 300.0), ("x", 1.0)]
)
def test_a_busy_server_is_waited_for_as_it_asks(
    sink: Sink, client: TrackingClient, waits: list[float], asked: str, waited: float
) -> None:
    sink.answers = [(429, {"Retry-After": asked}, {}), (503, {}, {}), OK]

    assert client.send(LINES) == []
    assert waits == [waited, 2.0]
    assert sink.requests[0].body["batch"] == sink.requests[2].body["batch"]


def test_a_server_that_stays_busy_is_given_up(sink: Sink, client: TrackingClient, waits: list[float]) -> None:
    sink.answers = [(503, {}, {})]

    with pytest.raises(Unavailable, match="answers 503; gave up at line 1"):
        client.send(LINES)
    assert (len(sink.requests), len(waits)) == (ATTEMPTS, ATTEMPTS - 1)


def test_nobody_there_is_said_so(waits: list[float]) -> None:
    with TrackingClient("http://127.0.0.1:9", "k", FrozenClock(0), waits.append) as client, pytest.raises(Unavailable) as said:
        client.send(LINES)

    assert "does not answer" in said.value.message


def test_refused_events_are_told_by_their_line(sink: Sink, client: TrackingClient) -> None:
    rejected = [{"index": 2, "code": "event_not_defined", "message": "no name"}, {"index": 99}]
    sink.answers = [(200, {}, {"success": True, "rejected": rejected})]

    assert client.send(LINES) == [Bad(3, "event_not_defined", "no name")]


def test_one_line_that_fails_a_batch_is_found_and_the_others_are_sent(sink: Sink, client: TrackingClient) -> None:
    def answer(body: dict[str, Any]) -> tuple[int, dict[str, str], dict[str, Any]]:
        is_bad = any(event["messageId"] == "m3" for event in body["batch"])
        return (400, {}, {"code": "invalid_json", "message": "no"}) if is_bad else OK

    sink.answer_to = answer

    assert client.send(LINES) == [Bad(3, "invalid_json", "no")]
    taken = [e["messageId"] for r in sink.requests for e in r.body["batch"] if answer(r.body) == OK]
    assert sorted(taken) == ["m1", "m2", "m4"]


@pytest.mark.parametrize(("status", "code"), [(401, "invalid_write_key"), (403, "source_disabled"), (400, "invalid_write_key")])
def test_a_key_that_is_not_taken_ends_it(sink: Sink, client: TrackingClient, status: int, code: str) -> None:
    sink.answers = [(status, {}, {"code": code, "message": "Unknown key"})]

    with pytest.raises(Unauthenticated, match=code):
        client.send(LINES)
    assert len(sink.requests) == 1


@pytest.mark.parametrize(
    ("base", "path"), [("", "/v1/batch"), ("/", "/v1/batch"), ("/v1", "/v1/batch"), ("/hooks/", "/hooks/v1/batch")]
)
def test_a_url_may_have_a_path(sink: Sink, base: str, path: str) -> None:
    with TrackingClient(sink.url + base, "k", FrozenClock(0), lambda _: None) as client:
        client.send(LINES)

    assert sink.requests[0].path == path


@pytest.mark.parametrize("url", ["127.0.0.1:8700", "ftp://x", "http://", "http://x:99999"])
def test_what_is_no_url_is_refused(url: str) -> None:
    with pytest.raises(Invalid, match="--url"):
        TrackingClient(url, "k", FrozenClock(0), lambda _: None)


def test_a_file_is_sent_whole_and_summed_up(posthorn: Callable[..., Any], sink: Sink, tmp_path: Path) -> None:
    (tmp_path / "events.ndjson").write_bytes(b'{"type":"track"}\n' * 120 + b"nonsense\n")

    ended = posthorn("send-event", "events.ndjson", "--url", sink.url, "--write-key", "k")

    assert sum(len(request.body["batch"]) for request in sink.requests) == 120
    assert (ended.code, ended.out) == (1, "120 of 121 events were taken.\n")
    assert "line 121: invalid_json" in ended.err
    assert ended.err.endswith("posthorn: 1 of 121 events were refused.\n")


def test_the_key_of_the_first_start_is_used_and_stdin_is_read(
    posthorn: Callable[..., Any], sink: Sink, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    (tmp_path / "data").mkdir()
    (tmp_path / "data/keys.txt").write_text("POSTHORN_WRITE_KEY=wk_first\n")
    monkeypatch.setattr(sys, "stdin", SimpleNamespace(buffer=io.BytesIO(b'{"type":"page"}\n')))

    ended = posthorn("send-event", "-", "--url", sink.url)

    assert (ended.code, ended.out) == (0, "1 of 1 events were taken.\n")
    assert base64.b64encode(b"wk_first:").decode() in sink.requests[0].headers["Authorization"]


def test_without_a_key_or_a_file_it_is_refused(posthorn: Callable[..., Any]) -> None:
    assert "No write key" in posthorn("send-event", "events.ndjson").err
    assert "events.ndjson cannot be read" in posthorn("send-event", "events.ndjson", "--write-key", "k").err
