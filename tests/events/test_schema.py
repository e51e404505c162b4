"""What is learnt of events without keeping what they said."""

from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from posthorn.events.model import Event
from posthorn.events.schema import PATHS_MAX, KindSchema, merged, schemas, type_names

VALUES = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats(allow_nan=False) | st.text(max_size=5),
    lambda inner: st.lists(inner, max_size=4) | st.dictionaries(st.text(max_size=5), inner, max_size=4),
    max_leaves=15,
)
BAGS = st.dictionaries(st.text(max_size=5), VALUES, max_size=5)


def _event(at: int = 0, **properties: Any) -> Event:
    return Event(
        id="evt_0_1_0",
        environment="production",
        source_id="s",
        origin="tracking",
        type="track",
        name="Bought",
        user_key="u",
        message_id="m",
        timestamp=at,
        received_at=at,
        properties=properties,
    )


def _types(one: KindSchema) -> dict[str, list[str]]:
    return {path: type_names(seen.types) for path, seen in one.fields.items()}


def test_paths_lead_through_objects_and_arrays() -> None:
    (found,) = schemas([_event(plan="team", items=[{"price": 1}, {"price": 2.5, "gift": True}], at_home=None)])

    assert _types(found) == {
        "properties.plan": ["string"],
        "properties.items": ["array"],
        "properties.items[]": ["object"],
        "properties.items[].price": ["number"],
        "properties.items[].gift": ["boolean"],
        "properties.at_home": ["null"],
    }


def test_presence_counts_events_not_values() -> None:
    (found,) = schemas([_event(at=5, items=[1, 2, 3]), _event(at=9, items=[4]), _event(at=7)])

    assert found.event_count == 3
    seen = found.fields["properties.items[]"]
    assert (seen.count, seen.first_seen, seen.last_seen) == (2, 5, 9)


@pytest.mark.parametrize(
    "name", ["ada@example.test", "123", "2026-03-02", "7f9c24e8-3b12-4fef-91e0-56a2d8e5c001", "x" * 65, "", "a.b", "a[0]"]
)
def test_a_name_that_is_data_is_not_kept(name: str) -> None:
    (found,) = schemas([_event(seats={name: {"role": "owner"}})])

    assert "properties.seats.*.role" in found.fields
    assert not name or name not in " ".join(found.fields)


@pytest.mark.parametrize("name", ["plan", "line_2", "Käufer", "deadbeef_", "accede", "x-ray"])
def test_an_ordinary_name_is_kept(name: str) -> None:
    (found,) = schemas([_event(**{name: 1})])

    assert f"properties.{name}" in found.fields


def test_a_thousand_members_are_cut_and_it_is_said() -> None:
    events = [_event(**{f"p{at}_{each}": 1 for each in range(90)}) for at in range(11)]

    (found,) = schemas(events)

    assert len(found.fields) == PATHS_MAX
    assert found.is_cut


def test_our_own_events_have_no_schema() -> None:
    own = Event(
        id="e", environment="production", source_id="", origin="engine", type="message.sent", user_key="u", message_id="m",
        timestamp=0, received_at=0,
    )  # fmt: skip

    assert schemas([own]) == []


@given(st.lists(BAGS, min_size=2, max_size=6), st.integers(1, 5))
def test_parts_may_be_merged_in_any_grouping(bags: list[dict[str, Any]], cut: int) -> None:
    events = [_event(at, p=bag) for at, bag in enumerate(bags)]
    (whole,) = schemas(events)
    first, rest = schemas(events[:cut]), schemas(events[cut:])

    together = merged(first[0], rest[0]) if rest else first[0]

    assert together == whole


@given(BAGS)
def test_no_value_is_kept(bag: dict[str, Any]) -> None:
    (found,) = schemas([_event(secret="correct horse battery", bag=bag)])

    assert "correct horse battery" not in str(found)
