from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from posthorn.audiences.operators import COMPARISONS, comparison, date, number
from posthorn.errors import Invalid


@pytest.mark.parametrize(
    ("operator", "wanted", "value", "holds"),
    [
        ("EQ", "pro", "pro", True),
        ("EQ", "pro", "Pro", False),
        ("EQ", "500", 500, True),
        ("EQ", "1.5", 1.5, True),
        ("EQ", "true", True, True),
        ("EQ", "", None, False),
        ("EQ", "[1]", [1], False),
        ("NEQ", "pro", None, True),
        ("NEQ", "pro", "pro", False),
        ("GT", "9", "10", True),
        ("GT", "10", 10, False),
        ("GTE", "10", 10, True),
        ("GT", "9007199254740992", 9007199254740993, True),
        ("LT", "0.3", 0.1 + 0.1, True),
        ("LT", "1", True, False),
        ("LTE", "1", None, False),
        ("GTE", "1", "many", False),
        ("EXISTS", "true", "", True),
        ("EXISTS", "true", None, False),
        ("EXISTS", "false", None, True),
        ("INCLUDES", "red", ["blue", "red"], True),
        ("INCLUDES", "1", [1, 2], True),
        ("INCLUDES", "red", "red", True),
        ("INCLUDES", "red", "redder", False),
        ("INCLUDES", "red", None, False),
        ("OMIT", "red", None, True),
        ("OMIT", "red", ["blue"], True),
        ("OMIT", "red", ["red"], False),
        ("STARTS_WITH", "Par", "Paris", True),
        ("STARTS_WITH", "", None, False),
        ("STARTS_WITH", "par", "Paris", False),
        ("ENDS_WITH", "is", "Paris", True),
        ("ENDS_WITH", "42", 4242, True),
        ("ENDS_WITH", "is", ["Paris"], False),
        ("IS_BEFORE", "2026-01-01", "2025-12-31T23:59:59Z", True),
        ("IS_BEFORE", "2026-01-01", "2026-01-01T00:30:00+01:00", True),
        ("IS_AFTER", "2026-01-01", "2026-01-01", False),
        ("IS_AFTER", "2026-01-01T00:00:00Z", "2026-01-02", True),
        ("IS_AFTER", "2026-01-01", "soon", False),
        ("IS_AFTER", "2026-01-01", 1_800_000_000_000, False),
    ],
)
def test_an_operator_holds_as_it_is_described(operator: str, wanted: str, value: Any, holds: bool) -> None:
    assert comparison(operator, (wanted,))(value) is holds


def test_several_values_are_alternatives() -> None:
    assert comparison("INCLUDES", ("a", "b"))(["c", "b"]) is True
    assert comparison("OMIT", ("a", "b"))(["c", "b"]) is False


@pytest.mark.parametrize(
    ("operator", "wanted"), [("GT", "ten"), ("LTE", ""), ("GTE", "NaN"), ("EXISTS", "maybe"), ("IS_AFTER", "soon")]
)
def test_a_value_that_cannot_be_compared_with_is_refused(operator: str, wanted: str) -> None:
    with pytest.raises(Invalid, match="Expected"):
        comparison(operator, (wanted,))


@pytest.mark.parametrize(
    "value", [float("inf"), float("nan"), "9" * 100_000, "1_000", "0x10", "٣", [1], {}, True, "1" + "0" * 60]
)
def test_what_is_no_sensible_number_is_none(value: Any) -> None:
    assert number(value) is None


@pytest.mark.parametrize(
    "value", ["2026", "9" * 100_000, "2026-13-01", "tomorrow", 5, None, [], "2026-01-01T00:00:00" + "0" * 60]
)
def test_what_is_no_date_is_none(value: Any) -> None:
    assert date(value) is None


json = st.recursive(
    st.one_of(st.none(), st.booleans(), st.integers(), st.floats(), st.text(), st.just(10**400), st.just("9" * 5_000)),
    lambda inner: st.one_of(st.lists(inner, max_size=3), st.dictionaries(st.text(), inner, max_size=3)),
)


@given(st.sampled_from(COMPARISONS), json)
def test_no_value_of_a_profile_breaks_a_comparison(operator: str, value: Any) -> None:
    wanted = {"EXISTS": "true", "IS_BEFORE": "2026-01-01", "IS_AFTER": "2026-01-01"}.get(operator, "5")

    assert comparison(operator, (wanted,))(value) in (True, False)
