"""A stretch of wire between an SDK and the server that remembers what went over it, and can stage an answer of its own."""

import gzip
import http.client
import json
import threading
import time
from collections.abc import Generator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass, field
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import Any
from urllib.parse import urlsplit

_OF_ONE_CONNECTION = {"connection", "transfer-encoding", "keep-alive", "content-length", "date", "server"}


@dataclass(frozen=True, kw_only=True)
class Passed:
    """One request and the status it was answered with. `headers`: by lower-case name. `at`: seconds of a steady clock."""

    method: str
    path: str
    headers: Mapping[str, str]
    raw: bytes
    status: int
    at: float

    @property
    def body(self) -> Any:
        """The JSON that was sent, unpacked."""
        return json.loads(gzip.decompress(self.raw) if self.headers.get("content-encoding") == "gzip" else self.raw)


@dataclass(kw_only=True)
class Wire:
    """`answers`: (status, headers, body) to be given to the next requests without asking the server, one each.

    lose_answers: of how many next requests the server's answer gets lost: the connection ends without it.
    """

    url: str
    passed: list[Passed] = field(default_factory=list)
    answers: list[tuple[int, Mapping[str, str], bytes]] = field(default_factory=list)
    lose_answers: int = 0

    def of(self, method: str) -> list[Passed]:
        """What was sent by one method, in order."""
        return [one for one in self.passed if one.method == method]


@contextmanager
def recording_proxy(server_url: str) -> Generator[Wire]:
    """A proxy on a free port of the loopback in front of the server."""
    wire = Wire(url="")

    class Handler(_Handler):
        target = urlsplit(server_url).netloc
        records = wire

    with ThreadingHTTPServer(("127.0.0.1", 0), Handler) as proxy:
        wire.url = f"http://127.0.0.1:{proxy.server_address[1]}"
        thread = threading.Thread(target=proxy.serve_forever, kwargs={"poll_interval": 0.02})
        thread.start()
        yield wire
        proxy.shutdown()
        thread.join()


class _Handler(BaseHTTPRequestHandler):
    protocol_version = "HTTP/1.1"
    timeout = 5
    target = ""
    records = Wire(url="")

    def _pass(self) -> None:
        began = time.monotonic()
        raw = self.rfile.read(int(self.headers.get("content-length", 0)))
        headers = {name.lower(): value for name, value in self.headers.items()}
        if self.records.answers and self.command != "OPTIONS":
            status, answered, body = self.records.answers.pop(0)
        else:
            status, answered, body = self._asked(raw, headers)
        self.records.passed.append(
            Passed(method=self.command, path=self.path, headers=headers, raw=raw, status=status, at=began)
        )
        self.close_connection = True
        if self.records.lose_answers:
            self.records.lose_answers -= 1
            return
        self.send_response_only(status)
        for name, value in answered.items():
            self.send_header(name, value)
        self.send_header("Content-Length", str(len(body)))
        self.send_header("Connection", "close")
        self.end_headers()
        self.wfile.write(body)

    do_GET = do_POST = do_OPTIONS = do_PUT = do_DELETE = _pass

    def _asked(self, raw: bytes, headers: Mapping[str, str]) -> tuple[int, Mapping[str, str], bytes]:
        connection = http.client.HTTPConnection(self.target, timeout=20)
        try:
            connection.request(self.command, self.path, body=raw or None, headers=_forwarded(headers))
            answer = connection.getresponse()
            return answer.status, _forwarded({name.lower(): value for name, value in answer.getheaders()}), answer.read()
        finally:
            connection.close()

    def log_message(self, format: str, *args: Any) -> None:
        del format, args


def _forwarded(headers: Mapping[str, str]) -> dict[str, str]:
    return {name: value for name, value in headers.items() if name not in _OF_ONE_CONNECTION}
