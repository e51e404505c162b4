"""The short way and the long way must come to the same, whatever a batch holds."""

import json
from typing import Any

from hypothesis import given
from hypothesis import strategies as st
from msgspec import structs

from posthorn.events.batches import Batch, admit_all, open_envelope
from posthorn.events.clean import Arrival
from posthorn.events.model import Entry
from posthorn.events.plain import LONGEST

ARRIVAL = Arrival(
    environment="production",
    source_id="src",
    origin="tracking",
    received_at=1,
    fresh_id=lambda: "fresh",
    ip="192.0.2.1",
    user_agent="app/1",
)

TEXTS = (
    st.sampled_from(["", " ", "u-1", "posthorn-1", "m" * 100, "m" * 101, "ü", "Segment Consent Preference Updated"]) | st.text()
)
VALUES = st.none() | TEXTS | st.integers() | st.booleans() | st.dictionaries(TEXTS, st.none() | TEXTS, max_size=2)
CONTEXTS = st.fixed_dictionaries(
    {},
    optional={
        "library": st.none()
        | st.fixed_dictionaries({"name": st.sampled_from(["Posthorn", "analytics.js", "analytics-python"])}),
        "integration": st.none() | st.just({"name": "Posthorn"}),
        "direct": st.none() | st.booleans(),
        "consent": st.none() | st.just({"categoryPreferences": {"Ads": True}}),
    },
)
EVENTS = st.fixed_dictionaries(
    {"type": st.sampled_from(["track", "identify", "page", "screen", "group", "alias", "delete", "other"])},
    optional={
        "event": VALUES,
        "userId": VALUES,
        "anonymousId": VALUES,
        "messageId": VALUES,
        "properties": VALUES,
        "traits": VALUES,
        "context": VALUES | CONTEXTS,
        "integrations": VALUES,
        "name": VALUES,
        "email": VALUES,
        "writeKey": VALUES,
    },
)


def _both_ways(body: bytes) -> tuple[Batch, Batch]:
    envelope = open_envelope(body)
    return admit_all(envelope, ARRIVAL), admit_all(structs.replace(envelope, heads=None), ARRIVAL)


def _body(*events: dict[str, Any]) -> bytes:
    return json.dumps({"batch": events, "sentAt": "2026-03-02T10:00:00Z"}, ensure_ascii=False).encode("utf-8", "replace")


@given(st.lists(EVENTS, min_size=1, max_size=4))
def test_both_ways_come_to_the_same(events: list[dict[str, Any]]) -> None:
    short, long = _both_ways(_body(*events))

    assert short == long


def test_a_plain_event_goes_the_short_way() -> None:
    envelope = open_envelope(_body({"type": "track", "event": "Ping", "userId": "u-1", "messageId": "m-1"}))

    [entry] = admit_all(envelope, ARRIVAL).entries

    assert envelope.heads is not None
    assert entry == Entry(
        environment="production",
        source_id="src",
        origin="tracking",
        type="track",
        user_key="u-1",
        message_id="m-1",
        received_at=1,
        body=json.dumps({"type": "track", "event": "Ping", "userId": "u-1", "messageId": "m-1"}).encode(),
        defaults=b'{"sentAt":"2026-03-02T10:00:00Z"}',
    )


def test_long_and_deep_events_are_held_against_their_limits() -> None:
    event: dict[str, Any] = {"type": "track", "event": "Ping", "userId": "u-1", "messageId": "m-1"}
    deep: Any = []
    for _ in range(150):
        deep = [deep]

    short, long = _both_ways(
        _body(
            {**event, "properties": {"x": "y" * LONGEST}},
            {**event, "properties": {"x": "y" * 40_000}},
            {**event, "properties": {"d": deep}},
        )
    )

    assert short == long
    assert [rejection.fault.code for rejection in short.rejected] == ["event_too_large", "invalid_json"]
