from typing import Any

import pytest

from audiences.audience_parts import leaf
from posthorn.audiences.filters import MOST_LEAVES, MOST_LEVELS, OPERATORS, Did, Group, normalized, read_filter
from posthorn.errors import Invalid

ONE = leaf("EQ", "plan", "pro")


def _group(*filters: Any, operator: str = "AND") -> dict[str, Any]:
    return {"operator": operator, "filters": list(filters)}


def _nested(levels: int) -> dict[str, Any]:
    found = _group(ONE)
    for _ in range(levels - 1):
        found = _group(found)
    return found


def test_a_single_leaf_is_a_group_of_one() -> None:
    assert normalized(ONE) == _group(ONE)


def test_a_single_condition_on_an_event_is_a_group_of_one() -> None:
    did = {"operator": "DID", "event": "Order Completed"}

    assert normalized(did) == _group(did)


def test_an_operator_beside_the_filter_is_that_of_the_group_at_the_top() -> None:
    assert normalized({"filters": [ONE, ONE]}, "OR") == _group(ONE, ONE, operator="OR")
    assert normalized(_group(ONE), "OR") == _group(ONE, operator="OR")


def test_a_group_of_one_needs_no_operator() -> None:
    assert normalized({"filters": [ONE]}) == _group(ONE)


def test_no_filter_is_none() -> None:
    assert normalized(None) is None


def test_a_condition_on_events_is_read() -> None:
    group = read_filter(_group({"operator": "DID_NOT", "event": "X", "at_least": 2, "within": "7 days"}))

    (did,) = group.parts
    assert isinstance(did, Did)
    assert (did.event, did.at_least, did.within_ms, did.since, did.is_wanted) == ("X", 2, 7 * 86_400_000, None, False)
    assert did.words == "DID_NOT('X', at least 2 within 7 days)"


def test_groups_nest_as_deep_as_is_said_and_no_deeper() -> None:
    assert isinstance(read_filter(_nested(MOST_LEVELS)), Group)
    with pytest.raises(Invalid, match=f"nested at most {MOST_LEVELS} levels"):
        read_filter(_nested(MOST_LEVELS + 1))


@pytest.mark.parametrize("levels", [100, 600])
def test_a_hostile_depth_is_refused_too(levels: int) -> None:
    with pytest.raises(Invalid, match="levels deep"):
        normalized(_nested(levels))


def test_there_is_an_end_to_the_number_of_rules() -> None:
    with pytest.raises(Invalid, match=f"more than {MOST_LEAVES} rules"):
        normalized(_group(*[ONE] * (MOST_LEAVES + 1)))


@pytest.mark.parametrize(
    ("filter_", "message"),
    [
        ("EQ", "filter: Expected an object"),
        ({}, "filter.filters\\[0\\]: filter operator should be equal to one of the allowed values: EQ, NEQ"),
        (_group(), "filter.filters: Expected at least one rule"),
        ({"filters": [ONE, ONE]}, "operator is required when there is more than one rule"),
        ({"operator": "XOR", "filters": [ONE]}, "filter operator should be equal to one of the allowed values"),
        (_group("x"), "filter.filters\\[0\\]: Expected an object"),
        (_group(ONE, leaf("LIKE", "a", "b")), "filter.filters\\[1\\]: filter operator should be"),
        (_group(leaf("EQ", "", "x")), "filters\\[0\\].path: Required"),
        (_group(leaf("EQ", "a..b", "x")), "filters\\[0\\].path: Expected names with a dot"),
        (_group(leaf("EQ", "a" * 600, "x")), "path: At most 512"),
        (_group(leaf("EQ", "a", None)), "filters\\[0\\].value: Required"),
        (_group(leaf("EQ", "a", ["x"])), "filters\\[0\\].value: Expected a text"),
        (_group(leaf("EQ", "a", "x" * 2_000)), "value: At most 1024"),
        (_group(leaf("GT", "a", "ten")), "filters\\[0\\].value: Expected a number"),
        (_group(leaf("INCLUDES", "a", [])), "value: Expected 1 to 1000 values"),
        (_group(leaf("INCLUDES", "a", ["x"] * 1_001)), "value: Expected 1 to 1000 values"),
        (_group(leaf("MEMBER_OF", "plan", "acme")), "path: Expected 'account_id'"),
        (_group({"operator": "DID"}), "filters\\[0\\].event: Required"),
        (_group({"operator": "DID", "event": "X", "at_least": 0}), "at_least: Expected a whole number from 1 to 100"),
        (_group({"operator": "DID", "event": "X", "at_least": True}), "at_least: Expected a whole number"),
        (_group({"operator": "DID", "event": "X", "within": "soon"}), 'within: "soon" is not a duration'),
        (_group({"operator": "DID", "event": "X", "within": "0 days"}), "within: Expected more than nothing"),
        (_group({"operator": "DID", "event": "X", "since": "soon"}), "since: Expected a date"),
        (_group({"operator": "DID", "event": "X", "since": "2026-01-01", "within": "1 day"}), "Only one of within and since"),
        (_group(_group(leaf("GT", "a", "b"))), "filter.filters\\[0\\].filters\\[0\\].value: Expected a number"),
    ],
)
def test_a_wrong_filter_is_refused_with_the_place_and_a_sentence(filter_: Any, message: str) -> None:
    with pytest.raises(Invalid, match=message):
        normalized(filter_)


def test_every_operator_is_known() -> None:
    assert len(OPERATORS) == 18
    assert {"MEMBER_OF", "OMIT", "IS_AFTER", "AND", "OR", "DID"} <= set(OPERATORS)
