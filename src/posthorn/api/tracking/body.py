"""The request's body, never more of it in memory than the limit allows (segment.md 3.3, 3.4 and 10)."""

import zlib
from collections.abc import Callable

from msgspec import Struct

from posthorn.api.tracking.answers import Reply
from posthorn.errors import Invalid
from posthorn.events.faults import MESSAGES

_BOM = b"\xef\xbb\xbf"
_GZIP = 31


class Wanted(Struct, frozen=True):
    """A body that a handler asks for, and what it makes of it; `take` raises Refusal.

    limit: bytes after inflating. array_limit: the same for a JSON array, 0 if arrays are nothing special.
    too_large: the code if there is more.
    """

    take: Callable[[bytes], Reply]
    limit: int
    too_large: str
    array_limit: int = 0


class Incoming:
    """A wanted body as it arrives."""

    def __init__(self, wanted: Wanted, headers: dict[bytes, bytes]) -> None:
        """Raises Invalid if the headers say already that it cannot be taken."""
        self._wanted = wanted
        self._most = max(wanted.limit, wanted.array_limit)
        declared = headers.get(b"content-length", b"")
        if declared.isdigit() and int(declared) > self._most:
            raise self._too_large()
        self._collected = _Inflated(self._most) if _is_gzip(headers.get(b"content-encoding")) else _Collected()

    def add(self, chunk: bytes) -> None:
        """Some bytes have arrived. Raises Invalid when it becomes too much."""
        size = self._collected.add(chunk)
        if size > self._wanted.limit and (size > self._most or not self._collected.is_array()):
            raise self._too_large()

    def taken(self) -> Reply:
        """What the handler makes of the complete body, inflated, without a byte order mark. Raises Refusal."""
        body = self._collected.finish()
        return self._wanted.take(body[3:] if body.startswith(_BOM) else body)

    def _too_large(self) -> Invalid:
        return Invalid(MESSAGES[self._wanted.too_large], code=self._wanted.too_large)


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


def _is_gzip(encoding: bytes | None) -> bool:
    """Raises Invalid for an encoding that is neither gzip nor none."""
    if encoding is None:
        return False
    name = encoding.strip().lower()
    if name not in (b"", b"gzip", b"identity", b"x-gzip"):
        raise Invalid("Content-Encoding must be gzip or identity", code="unsupported_encoding")
    return name.endswith(b"gzip")


def _opens_array(start: bytes) -> bool:
    return start.removeprefix(_BOM).lstrip()[:1] == b"["


def _not_gzip() -> Invalid:
    return Invalid("Body is declared as gzip but is not", code="invalid_encoding")
