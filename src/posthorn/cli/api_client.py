"""Calls the HTTP API of a server: one connection, and patience where the server asks for it."""

import http.client
from collections.abc import Callable
from types import TracebackType
from typing import Any

import msgspec

from posthorn import __version__
from posthorn.access.first_keys import read_keys
from posthorn.cli.tracking_client import ATTEMPTS, LONGEST_WAIT_S, connection
from posthorn.errors import Conflict, Invalid, NotFound, PosthornError, Unauthenticated, Unavailable
from posthorn.settings import Settings

_TRY_AGAIN = frozenset({408, 429, 500, 502, 503, 504})
_ERRORS: dict[int, type[PosthornError]] = {401: Unauthenticated, 403: Unauthenticated, 404: NotFound, 409: Conflict}


def api_key_of(settings: Settings, given: str | None) -> str:
    """The API key that was given, else that of the settings, else that of the first start. Raises Invalid."""
    key = given or settings.api_key or read_keys(settings.keys_path).get("api", "")
    if not key:
        raise Invalid("No API key: give --api-key, or run this where the server has made its first keys.")
    return key


class ApiClient:
    """One server and one API key. `sleep` takes seconds. Used with `with`."""

    def __init__(self, url: str, api_key: str, sleep: Callable[[float], None]) -> None:
        self._connection = connection(url, 60.0)
        self._url = url
        self._sleep = sleep
        self._headers = {
            "Authorization": f"Bearer {api_key}",
            "Content-Type": "application/json",
            "User-Agent": f"posthorn-cli/{__version__}",
        }

    def __enter__(self) -> "ApiClient":
        return self

    def __exit__(self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None) -> None:
        self._connection.close()

    def call(self, method: str, path: str, body: object = None) -> Any:
        """The parsed answer, None if it is empty. Only for calls that may be made twice.

        Waits and tries again as the server asks, else for 1, 2, 4 … seconds. Raises Invalid, Unauthenticated, NotFound or
        Conflict with the server's words, Unavailable when it has tried twelve times.
        """
        content = None if body is None else msgspec.json.encode(body)
        trouble = ""
        for attempt in range(ATTEMPTS):
            status, raw, wait_s, trouble = self._once(method, path, content)
            if status and status not in _TRY_AGAIN:
                return _parsed(status, raw)
            if attempt < ATTEMPTS - 1:
                self._sleep(min(2.0**attempt if wait_s is None else wait_s, LONGEST_WAIT_S))
        raise Unavailable(f"{self._url} {trouble}; gave up.")

    def _once(self, method: str, path: str, content: bytes | None) -> tuple[int, bytes, float | None, str]:
        try:
            self._connection.request(method, path, content, self._headers)
            response = self._connection.getresponse()
            raw = response.read()
        except (OSError, http.client.HTTPException) as problem:
            self._connection.close()
            return 0, b"", None, f"does not answer ({problem or type(problem).__name__})"
        asked = response.getheader("Retry-After") or ""
        return response.status, raw, float(asked[:9]) if asked.isdecimal() else None, f"answers {response.status}"


def _parsed(status: int, raw: bytes) -> Any:
    try:
        answer = msgspec.json.decode(raw) if raw else None
    except (msgspec.DecodeError, UnicodeDecodeError):
        answer = None
    if 200 <= status < 300:
        return answer
    told = answer.get("message") if isinstance(answer, dict) else None
    raise _ERRORS.get(status, Invalid)(str(told or f"The server answers {status}."))
