"""Sends batches to a Tracking API: one connection, and patience where the server asks for it."""

import base64
import http.client
import socket
import ssl
from collections.abc import Callable, Sequence
from email.utils import parsedate_to_datetime
from types import TracebackType
from typing import Any
from urllib.parse import urlsplit

import msgspec
from msgspec import Struct

from posthorn import __version__
from posthorn.cli.event_file import Bad, Line
from posthorn.clock import Clock, iso
from posthorn.errors import Invalid, Unauthenticated, Unavailable

TIMEOUT_S = 30.0
ATTEMPTS = 12
LONGEST_WAIT_S = 300.0
_TRY_AGAIN = frozenset({408, 429, 500, 502, 503, 504})
_KEY_TROUBLE = frozenset({"missing_write_key", "invalid_write_key", "source_disabled"})


class Answer(Struct, frozen=True):
    """What came back. status: 0 if nothing did. body: {} unless it was a JSON object. wait_s: None unless it was asked."""

    status: int
    body: dict[str, Any]
    wait_s: float | None = None
    trouble: str = ""


def connection(url: str, timeout_s: float = TIMEOUT_S) -> http.client.HTTPConnection:
    """A connection to the server of a URL, not yet open. Raises Invalid for what is no http URL."""
    try:
        parts = urlsplit(url)
        host, port = parts.hostname, parts.port
    except ValueError:
        host, port, parts = None, None, urlsplit("")
    if parts.scheme not in {"http", "https"} or not host:
        raise Invalid(f"--url must be an address such as http://127.0.0.1:8700, not {url!r}")
    kind = http.client.HTTPSConnection if parts.scheme == "https" else http.client.HTTPConnection
    return kind(host, port, timeout=timeout_s)


class TrackingClient:
    """One server and one write key. `sleep` takes seconds. Used with `with`."""

    def __init__(self, url: str, write_key: str, clock: Clock, sleep: Callable[[float], None]) -> None:
        self._connection = connection(url)
        self._url = url
        self._path = urlsplit(url).path.rstrip("/").removesuffix("/v1") + "/v1/batch"
        self._clock = clock
        self._sleep = sleep
        self._headers = {
            "Authorization": "Basic " + base64.b64encode(f"{write_key}:".encode()).decode(),
            "Content-Type": "application/json",
            "User-Agent": f"posthorn-cli/{__version__}",
        }

    def __enter__(self) -> "TrackingClient":
        return self

    def __exit__(self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None) -> None:
        self._connection.close()

    def send(self, lines: Sequence[Line]) -> list[Bad]:
        """Sends the lines as one batch; those that were refused.

        Waits and tries again as the server asks (`Retry-After`), else for 1, 2, 4 … seconds. A batch that is refused as a whole
        is sent again in halves, until the line that is at fault stands alone. Raises Unauthenticated for a write key that is
        not taken, Unavailable when it has tried twelve times.
        """
        answer = self._patiently(lines)
        if answer.status != 200 and len(lines) > 1:
            _check_key(answer)
            half = len(lines) // 2
            return [*self.send(lines[:half]), *self.send(lines[half:])]
        return _refused(answer, lines)

    def _patiently(self, lines: Sequence[Line]) -> Answer:
        answer = Answer(0, {})
        for attempt in range(ATTEMPTS):
            answer = self._post(lines)
            if answer.status and answer.status not in _TRY_AGAIN:
                return answer
            wait_s = 2.0**attempt if answer.wait_s is None else answer.wait_s
            if attempt < ATTEMPTS - 1:
                self._sleep(min(wait_s, LONGEST_WAIT_S))
        what = f"answers {answer.status}" if answer.status else f"does not answer ({answer.trouble})"
        raise Unavailable(f"{self._url} {what}; gave up at line {lines[0].number}, nothing from there on was taken.")

    def _post(self, lines: Sequence[Line]) -> Answer:
        sent_at = iso(self._clock.now_ms()).encode()
        body = b'{"sentAt":"' + sent_at + b'","batch":[' + b",".join(line.body for line in lines) + b"]}"
        try:
            self._connection.request("POST", self._path, body, self._headers)
            response = self._connection.getresponse()
            raw = response.read()
        except (OSError, http.client.HTTPException) as problem:
            self._connection.close()
            return Answer(0, {}, trouble=_trouble(problem))
        return Answer(response.status, _object(raw), self._wait_s(response.getheader("Retry-After")))

    def _wait_s(self, asked: str | None) -> float | None:
        if asked is None:
            return None
        if asked.strip().isdecimal():
            return float(asked[:9])
        try:
            return max(0.0, parsedate_to_datetime(asked).timestamp() - self._clock.now_ms() / 1_000)
        except ValueError:
            return None


def _check_key(answer: Answer) -> None:
    code, message = _told(answer)
    if answer.status in {401, 403} or code in _KEY_TROUBLE:
        raise Unauthenticated(f"The server does not take this write key ({code}): {message}")


def _told(answer: Answer) -> tuple[str, str]:
    return str(answer.body.get("code", answer.status)), str(answer.body.get("message", "refused"))


def _refused(answer: Answer, lines: Sequence[Line]) -> list[Bad]:
    _check_key(answer)
    if answer.status != 200:
        return [Bad(line.number, *_told(answer)) for line in lines]
    named = [row for row in _rows(answer.body.get("rejected")) if 0 <= row.index < len(lines)]
    return [Bad(lines[row.index].number, row.code, row.message) for row in named]


class _Row(Struct, frozen=True):
    index: int
    code: str = ""
    message: str = ""


def _rows(rejected: object) -> list[_Row]:
    try:
        return msgspec.convert(rejected or [], list[_Row])
    except msgspec.ValidationError:
        return []


def _object(raw: bytes) -> dict[str, Any]:
    try:
        return msgspec.json.decode(raw, type=dict[str, Any])
    except (msgspec.DecodeError, msgspec.ValidationError, UnicodeDecodeError):
        return {}


def _trouble(problem: Exception) -> str:
    if isinstance(problem, socket.gaierror):
        return "no such host"
    if isinstance(problem, ssl.SSLError):
        return f"TLS: {problem.reason}"
    return str(problem) or type(problem).__name__
