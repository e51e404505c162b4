"""Request bytes of the load: Segment events, each with a messageId of its own.

A "track" is what a shop's server sends, about 300 bytes; a "mobile" is what a telephone sends in batches, about 1,000.
"""

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
_MOBILE_EVENT = (
    b'{"type":"track","messageId":"%s","userId":"user-########-%s","event":"%s","anonymousId":"6F1B8C8E-3A0B-4E5C-9D51-2B7E4A90D7F3",'
    b'"timestamp":"2026-09-01T12:15:04.001Z","originalTimestamp":"2026-09-01T12:15:04.001Z","integrations":{},'
    b'"properties":{"order_id":"o-%s","total":129.95,"currency":"EUR","coupon":"AUTUMN","shipping":4.95,'
    b'"products":[{"sku":"mug-1","name":"Mug, blue","quantity":2,"price":12.5},'
    b'{"sku":"tea-7","name":"Green tea","quantity":1,"price":9}]},'
    b'"context":{"app":{"build":"2041","name":"Shop","namespace":"test.example.shop","version":"4.12.0"},'
    b'"device":{"adTrackingEnabled":false,"id":"B5372DB0-C21E-11E4-8DFC-AA07A5B093DB","manufacturer":"Apple","model":"iPhone15,2","type":"ios"},'
    b'"instanceId":"0C4E5A31-94B5-4D0D-8A5B-62C0C1D2E3F4","ip":"203.0.113.7","library":{"name":"analytics-swift","version":"1.5.11"},'
    b'"locale":"de-DE","network":{"cellular":false,"wifi":true},"os":{"name":"iOS","version":"17.5.1"},'
    b'"screen":{"height":852,"width":393},"timezone":"Europe/Berlin"}}'
)
_KINDS = {"track": _EVENT, "mobile": _MOBILE_EVENT}
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


def batches(
    key: str, *, run: str, groups: int, size: int, event: str = "Order Completed", kind: str = "track"
) -> Iterator[bytes]:
    """Requests of POST /v1/batch without end, each with one event of every user of a group: groups * size users in all."""
    events = [_KINDS[kind] % (b"%b-%04d" % (_ID, index), b"%04d" % index, event.encode(), _ID) for index in range(size)]
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
