"""The request's body, never more of it in memory than the limit allows (segment.md 3.3, 3.4 and 10)."""

import zlib

from posthorn.api.tracking.request import Request
from posthorn.errors import Invalid
from posthorn.events.faults import MESSAGES

_BOM = b"\xef\xbb\xbf"
_GZIP = 31


class ClientGone(Exception):
    """The caller hung up before the body was complete; nobody reads an answer."""


async def read_body(request: Request, limit: int, too_large: str, array_limit: int = 0) -> bytes:
    """The body, inflated, without a byte order mark.

    limit: bytes after inflating. array_limit: the same for a JSON array, 0 if arrays are nothing special.
    too_large: the code if there is more. Raises Invalid, ClientGone.
    """
    most = max(limit, array_limit)
    encoding = request.headers.get(b"content-encoding", b"").strip().lower()
    if encoding not in (b"", b"gzip", b"identity", b"x-gzip"):
        raise Invalid("Content-Encoding must be gzip or identity", code="unsupported_encoding")
    declared = request.headers.get(b"content-length", b"")
    if declared.isdigit() and int(declared) > most:
        raise Invalid(MESSAGES[too_large], code=too_large)
    collected = _Inflated(most) if b"gzip" in encoding else _Collected()
    is_more = True
    while is_more:
        message = await request.receive()
        if message["type"] == "http.disconnect":
            raise ClientGone
        is_more = message.get("more_body", False)
        size = collected.add(message.get("body", b""))
        if size > limit and (size > most or not collected.is_array()):
            raise Invalid(MESSAGES[too_large], code=too_large)
    body = collected.finish()
    return body[3:] if body.startswith(_BOM) else body


class _Collected:
    """Chunks as they come."""

    def __init__(self) -> None:
        self._chunks: list[bytes] = []
        self._size = 0

    def add(self, chunk: bytes) -> int:
        self._chunks.append(chunk)
        self._size += len(chunk)
        return self._size

    def is_array(self) -> bool:
        return _opens_array(self._chunks[0] if self._chunks[0] else b"".join(self._chunks))

    def finish(self) -> bytes:
        return self._chunks[0] if len(self._chunks) == 1 else b"".join(self._chunks)


class _Inflated:
    """Chunks of gzip, inflated at once and no further than one byte beyond the limit."""

    def __init__(self, most: int) -> None:
        self._most = most
        self._inflater = zlib.decompressobj(_GZIP)
        self._content = bytearray()

    def add(self, chunk: bytes) -> int:
        try:
            while chunk and len(self._content) <= self._most:
                if self._inflater.eof:
                    self._inflater = zlib.decompressobj(_GZIP)
                self._content += self._inflater.decompress(chunk, self._most - len(self._content) + 1)
                chunk = self._inflater.unused_data or self._inflater.unconsumed_tail
        except zlib.error:
            raise _not_gzip() from None
        return len(self._content)

    def is_array(self) -> bool:
        return _opens_array(bytes(self._content[:1024]))

    def finish(self) -> bytes:
        if not self._inflater.eof:
            raise _not_gzip()
        return bytes(self._content)


def _opens_array(start: bytes) -> bool:
    return start.removeprefix(_BOM).lstrip()[:1] == b"["


def _not_gzip() -> Invalid:
    return Invalid("Body is declared as gzip but is not", code="invalid_encoding")
