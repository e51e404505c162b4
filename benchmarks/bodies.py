"""Request bytes of the load: Segment events of about 300 bytes, each with a messageId of its own."""

import base64
from collections.abc import Iterator
from itertools import count

_ID = b"@@@@@@@@@@@@@@@@"  # stands where the id of a request goes: 16 bytes
_GROUP = b"########"  # stands where the number of the user's group goes: 8 bytes
_EVENT = (
    b'{"type":"track","messageId":"%s","userId":"user-########-%s","event":"%s",'
    b'"timestamp":"2026-09-01T12:15:04.001Z","properties":{"order_id":"o-%s","total":129.95,'
    b'"currency":"EUR","products":[{"sku":"mug-1","quantity":2}]},"context":{"library":{"name":"analytics-python","version":"2.3.4"}}}'
)
_IDENTIFY = (
    b'{"type":"identify","messageId":"%s-i%04d","userId":"user-########-%04d",'
    b'"traits":{"email":"user-########-%04d@example.test","first_name":"Ada"}}'
)


def singles(key: str, *, run: str, groups: int, event: str = "Order Completed") -> Iterator[bytes]:
    """Requests of POST /v1/track without end, each group a user. run: 8 characters that make the ids of this run its own."""
    body = _EVENT % (_ID, b"0000", event.encode(), _ID)
    before, middle, between, after = _cut(_request("/v1/track", key, body))
    for number in count():
        unique = b"%b%08x" % (run.encode(), number)
        yield b"".join((before, unique, middle, b"%08d" % (number % groups), between, unique, after))


def batches(key: str, *, run: str, groups: int, size: int, event: str = "Order Completed") -> Iterator[bytes]:
    """Requests of POST /v1/batch without end, each with one event of every user of a group: groups * size users in all."""
    events = [_EVENT % (b"%b-%04d" % (_ID, index), b"%04d" % index, event.encode(), _ID) for index in range(size)]
    body = b'{"batch":[' + b",".join(events) + b'],"sentAt":"2026-09-01T12:15:05.001Z"}'
    request = _request("/v1/batch", key, body)
    for number in count():
        yield request.replace(_ID, b"%b%08x" % (run.encode(), number)).replace(_GROUP, b"%08d" % (number % groups))


def identifies(key: str, *, run: str, groups: int, size: int) -> Iterator[bytes]:
    """Requests of POST /v1/batch that give the users of every group an e-mail address and a name; ends when all have."""
    users = [_IDENTIFY % (_ID, index, index, index) for index in range(size)]
    request = _request("/v1/batch", key, b'{"batch":[' + b",".join(users) + b"]}")
    for group in range(groups):
        yield request.replace(_ID, b"%b%08x" % (run.encode(), group)).replace(_GROUP, b"%08d" % group)


def _request(path: str, key: str, body: bytes) -> bytes:
    credentials = base64.b64encode(f"{key}:".encode()).decode()
    head = (
        f"POST {path} HTTP/1.1\r\nHost: 127.0.0.1\r\nAuthorization: Basic {credentials}\r\n"
        f"Content-Type: application/json\r\nContent-Length: {len(body)}\r\n\r\n"
    )
    return head.encode() + body


def _cut(request: bytes) -> tuple[bytes, bytes, bytes, bytes]:
    before, middle, after = request.split(_ID)
    middle, between = middle.split(_GROUP)
    return before, middle, between, after
