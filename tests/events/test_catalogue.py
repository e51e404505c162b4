import pytest
from hypothesis import given
from hypothesis import strategies as st

from posthorn.events.catalogue import (
    SAMPLES,
    Sample,
    Sighting,
    bounded_name,
    catalogue_key,
    catalogue_origin,
    merged,
    sightings,
)
from posthorn.events.model import Event

AT = 1_772_443_200_000


def _event(index: int, type_: str = "track", name: str = "Order Completed", **changes) -> Event:
    return Event(
        **{
            "id": f"evt_0_1_{index}",
            "environment": "production",
            "source_id": "src",
            "origin": "tracking",
            "type": type_,
            "name": name,
            "user_key": "u",
            "message_id": f"m{index}",
            "timestamp": 0,
            "received_at": AT + index,
        }
        | changes
    )


@pytest.mark.parametrize(
    ("origin", "event_type", "name", "key"),
    [
        ("tracking", "track", "Order Completed", "track/Order Completed"),
        ("segment", "track", "a/b", "track/a/b"),
        ("segment", "identify", "", "identify"),
        ("segment", "group", "", "group"),
        ("tracking", "alias", "", "alias"),
        ("tracking", "page", "Pricing Page", "page/Pricing Page"),
        ("tracking", "page", "", "page"),
        ("tracking", "screen", "Home", "screen/Home"),
        ("rudderstack", "track", "X", "rudderstack/track/X"),
        ("rudderstack", "identify", "", "rudderstack/identify"),
        ("courier", "track", "X", "courier/track/X"),
        ("segment", "delete", "", None),
        ("provider", "message.opened", "", None),
        ("engine", "track", "X", None),
    ],
)
def test_each_kind_of_event_has_its_key(origin, event_type, name, key):
    assert catalogue_key(origin, event_type, name) == key


@pytest.mark.parametrize(
    ("key", "origin"),
    [
        ("track/courier/X", "segment"),
        ("identify", "segment"),
        ("rudderstack/track/X", "rudderstack"),
        ("courier/track/X", "courier"),
    ],
)
def test_a_key_tells_where_its_events_came_from(key, origin):
    assert catalogue_origin(key) == origin


def test_a_block_is_counted_by_environment_and_key():
    block = [_event(0), _event(1, "identify", ""), _event(2), _event(3, environment="test")]

    counted = [(seen.environment, seen.key, seen.event_count) for seen in sightings(block)]

    assert counted == [
        ("production", "identify", 1),
        ("production", "track/Order Completed", 2),
        ("test", "track/Order Completed", 1),
    ]


def test_a_sighting_tells_the_first_and_last_receipt_and_the_latest_events_newest_first():
    (seen,) = sightings(_event(index) for index in range(50))

    assert (seen.event_count, seen.first_seen, seen.last_seen) == (50, AT, AT + 49)
    assert [sample.event_id for sample in seen.samples] == [f"evt_0_1_{index}" for index in range(49, 29, -1)]


def test_our_own_events_are_not_in_the_catalogue():
    assert sightings([_event(0, "message.sent", "", origin="engine")]) == []


def test_long_names_are_cut_and_stay_apart():
    one, other = bounded_name("x" * 300 + "a"), bounded_name("x" * 300 + "b")

    assert len(one) == len(other) == 200
    assert one != other
    assert bounded_name("x" * 200) == "x" * 200


@given(st.text(max_size=500), st.text(max_size=500))
def test_a_bounded_name_is_short_and_as_distinct_as_the_name(one, other):
    assert len(bounded_name(one)) <= 200
    assert (bounded_name(one) == bounded_name(other)) == (one == other)


def test_partitions_are_merged_by_time():
    def part(first: int, *times: int) -> Sighting:
        return Sighting(
            environment="production",
            key="identify",
            type="identify",
            name="",
            event_count=30,
            first_seen=first,
            last_seen=times[0],
            samples=tuple(Sample(event_id=f"evt_{at}", received_at=at) for at in times),
        )

    whole = merged([part(5, *range(60, 40, -1)), part(3, *range(71, 51, -1))])

    assert whole is not None
    assert (whole.event_count, whole.first_seen, whole.last_seen) == (60, 3, 71)
    assert len(whole.samples) == SAMPLES
    assert [sample.received_at for sample in whole.samples[:13]] == [*range(71, 60, -1), 60, 60]
    assert merged([]) is None
