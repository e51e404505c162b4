import json
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from posthorn.events.batches import Batch, admit_all, open_array, open_envelope
from posthorn.events.clean import Arrival
from posthorn.events.read import read_event

ARRIVAL = Arrival(environment="test", source_id="s", origin="tracking", received_at=1_772_460_000_000, fresh_id=lambda: "fresh")
PING = {"type": "track", "userId": "u-1", "event": "Ping", "messageId": "m-1"}


def opened(body: bytes) -> Batch:
    envelope = open_envelope(body)
    assert envelope.fault == ""
    return admit_all(envelope, ARRIVAL)


def test_bad_elements_are_told_by_their_place_and_the_good_ones_kept() -> None:
    deep = b'{"type":"identify","userId":"u","traits":' + b'{"a":' * 300 + b"1" + b"}" * 300 + b"}"
    event = json.dumps(PING).encode()

    for odd in (b"7", b"NaN"):
        batch = opened(b'{"batch":[' + b",".join([event, deep, odd, b'{"messageId":"m-2"}', event]) + b"]}")

        assert [entry.message_id for entry in batch.entries] == ["m-1", "m-1"]
        assert [(found.index, found.fault.code, found.fault.message_id) for found in batch.rejected] == [
            *((1, "invalid_json", ""), (2, "event_not_object", ""), (3, "type_required", "m-2"))
        ]
        assert (batch.accepted_count, batch.first_message_id) == (2, "m-1")


@pytest.mark.parametrize(
    ("body", "fault"),
    [
        (b"", "invalid_json"),
        (b"\xff", "invalid_json"),
        (b'{"batch":[1,]}', "invalid_json"),
        (b'{"batch":' + b"[" * 5_000 + b"]" * 5_000 + b"}", "invalid_json"),
        (b"[]", "invalid_body"),
        (b"{}", "batch_not_array"),
        (b'{"batch":null}', "batch_not_array"),
        (b'{"batch":[]}', "empty_batch"),
        (b'{"batch":[' + b"0," * 2_500 + b"0]}", "batch_too_many_events"),
        (b'{"batch":[' + b"0," * 2_000 + b'0],"context":{"a":"' + b"x" * 9_000 + b'"}}', "payload_too_large"),
        (b'{"batch":[0],"context":' + b'{"a":' * 150 + b"0" + b"}" * 151, "invalid_json"),
    ],
)
def test_a_bad_envelope_has_its_own_code(body: bytes, fault: str) -> None:
    assert open_envelope(body).fault == fault


def test_what_the_envelope_says_lies_under_what_the_event_says() -> None:
    context = {"groupId": "g", "app": {"name": "a", "build": "1"}, "x\0": 10**30}
    own = {"context": {"app": {"build": "2"}, "ip": "192.0.2.1"}, "integrations": None, "sentAt": None}
    envelope = {"context": context, "integrations": {"All": False}, "sentAt": "2026-03-02T14:00:00Z", "sequence": 7}

    batch = opened(json.dumps({"batch": [{**PING, **own}, {**PING, "context": []}], **envelope}).encode())

    first, second = (read_event(entry, "e") for entry in batch.entries)
    assert first.context == {"app": {"name": "a", "build": "2"}, "ip": "192.0.2.1", "groupId": "g", "x": 1e30}
    assert first.integrations == second.integrations == {"All": False}
    assert first.sent_at == second.sent_at == 1_772_460_000_000
    assert second.context == {"groupId": "g", "app": {"name": "a", "build": "1"}, "x": 1e30}


@pytest.mark.parametrize("envelope", [{"context": None}, {"context": "web", "integrations": [1], "sentAt": {}}, {}])
def test_an_envelope_that_says_nothing_leaves_nothing(envelope: dict[str, Any]) -> None:
    assert opened(json.dumps({"batch": [PING], **envelope}).encode()).entries[0].defaults == b""


def test_an_array_is_opened_as_it_is() -> None:
    assert len(open_array(b' [ {"a":1}, NaN ] ').elements) == 2
    assert open_array(b"[").fault == "invalid_json"
    assert open_array(b"7").fault == "invalid_body"
    assert open_array(b'["\xff"]').fault == "invalid_json"


@given(st.binary(max_size=50) | st.text('{}[]":,batch0Na\\u d8', max_size=50).map(str.encode))
def test_no_bytes_raise(raw: bytes) -> None:
    for envelope in (open_envelope(raw), open_envelope(b'{"batch":[' + raw + b"]}"), open_array(raw)):
        admit_all(envelope, ARRIVAL)
