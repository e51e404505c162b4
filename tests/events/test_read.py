from typing import Any

import orjson
import pytest
from hypothesis import given
from hypothesis import strategies as st
from msgspec import structs

from posthorn.events.model import Entry
from posthorn.events.read import merge_under, read_event

NOW = 1_772_460_000_000
TRACK = {"event": "Ping", "userId": "u", "properties": {"a": 1}, "name": "kept", "channel": "web", "_metadata": {}}
objects = st.recursive(
    st.integers(0, 9), lambda inner: st.dictionaries(st.sampled_from("abc"), inner, max_size=3), max_leaves=9
).filter(lambda value: isinstance(value, dict))


def entry_of(body: Any, **fields: Any) -> Entry:
    raw = body if isinstance(body, bytes) else orjson.dumps(body)
    entry = Entry(
        environment="production",
        source_id="src",
        origin="tracking",
        type="track",
        user_key="u",
        message_id="m",
        received_at=NOW,
        body=raw,
    )
    return structs.replace(entry, **fields)


def test_members_without_a_place_of_their_own_are_kept_as_fields() -> None:
    event = read_event(entry_of({**TRACK, "type": "identify", "messageId": "other"}), "evt_0_1_2")

    assert (event.id, event.type, event.name, event.message_id) == ("evt_0_1_2", "track", "Ping", "m")
    assert event.properties == {"a": 1}
    assert event.fields == {"name": "kept", "channel": "web", "_metadata": {}}


@pytest.mark.parametrize(("kind", "name"), [("page", "kept"), ("screen", "kept"), ("identify", ""), ("track", "Ping")])
def test_the_name_is_that_of_the_event_or_of_the_page(kind: str, name: str) -> None:
    assert read_event(entry_of(TRACK, type=kind), "e").name == name


def test_our_own_event_keeps_its_payload_in_the_body_alone() -> None:
    event = read_event(entry_of({"userId": "x", "timestamp": 5}, type="message.sent"), "e")

    assert (event.user_id, event.timestamp, event.properties, event.fields) == (None, NOW, {}, {})
    assert event.body == b'{"userId":"x","timestamp":5}'


def test_numbers_that_are_too_big_to_be_stored_become_null_when_read() -> None:
    event = read_event(entry_of(b'{"userId":"u","properties":{"a":1e999,"b":123456789012345678901}}'), "e")

    assert event.properties == {"a": None, "b": 123456789012345678901.0}
    assert event.warnings == ("non_finite_number",)


@pytest.mark.parametrize(
    ("members", "timestamp", "warnings"),
    [
        ({}, NOW, ()),
        ({"timestamp": NOW - 5_000}, NOW - 5_000, ()),
        ({"timestamp": NOW + 50_000, "sentAt": NOW + 60_000}, NOW - 10_000, ()),
        ({"originalTimestamp": NOW - 7_000}, NOW - 7_000, ()),
        ({"sentAt": NOW - 3_000}, NOW, ()),
        ({"timestamp": "soon", "sentAt": NOW}, NOW, ("invalid_timestamp",)),
        ({"timestamp": NOW - 5_000, "sentAt": "soon"}, NOW - 5_000, ("invalid_timestamp",)),
        ({"timestamp": NOW + 5_000, "sentAt": "soon"}, NOW, ("invalid_timestamp",)),
    ],
)
def test_the_time_of_a_direct_call_is_corrected(members: Any, timestamp: int, warnings: tuple[str, ...]) -> None:
    event = read_event(entry_of({**TRACK, **members}), "e")

    assert (event.timestamp, event.warnings) == (timestamp, warnings)


@pytest.mark.parametrize(
    ("members", "timestamp", "warnings"),
    [
        ({"timestamp": NOW - 5_000, "sentAt": NOW + 10**9}, NOW - 5_000, ()),
        ({"receivedAt": NOW - 6_000}, NOW - 6_000, ()),
        ({"timestamp": "soon", "receivedAt": NOW - 6_000}, NOW - 6_000, ("invalid_timestamp",)),
        ({}, NOW, ()),
    ],
)
def test_the_time_that_segment_corrected_is_taken_as_it_is(members: Any, timestamp: int, warnings: Any) -> None:
    event = read_event(entry_of({**TRACK, **members}, origin="segment"), "e")

    assert (event.timestamp, event.warnings) == (timestamp, warnings)


@given(objects, objects)
def test_what_is_merged_under_fills_gaps_and_changes_nothing(under: dict[str, Any], over: dict[str, Any]) -> None:
    merged = orjson.loads(orjson.dumps(over))
    merge_under(under, merged)

    assert merged.keys() == under.keys() | over.keys()
    for key, value in over.items():
        assert isinstance(value, dict) or merged[key] == value
    again = orjson.loads(orjson.dumps(merged))
    merge_under(under, again)
    assert again == merged
