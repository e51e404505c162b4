import contextlib

import pytest
from hypothesis import given
from hypothesis import strategies as st

from posthorn.errors import Invalid
from posthorn.lists.patterns import check_list_id, check_pattern, fixed_start, matches

PARTS = st.text("abc-_9", min_size=1, max_size=3)
IDS = st.lists(PARTS, min_size=1, max_size=4).map(".".join)
PATTERNS = st.builds(
    lambda parts, is_deep: ".".join([*parts, "**"] if is_deep and parts[-1] != "*" and len(parts) < 4 else parts),
    st.lists(PARTS | st.just("*"), min_size=1, max_size=4),
    st.booleans(),
)


@pytest.mark.parametrize(
    ("pattern", "list_id", "expected"),
    [
        ("a.b", "a.b", True),
        ("a.b", "a.b.c", False),
        ("a.*", "a.b", True),
        ("a.*", "a", False),
        ("a.*", "a.b.c", False),
        ("*.b", "a.b", True),
        ("a.*.c", "a.b.c", True),
        ("a.**", "a", False),
        ("a.**", "a.b", True),
        ("a.**", "a.b.c.d", True),
        ("a.**", "ab.c", False),
        ("*", "a", True),
        ("*", "a.b", False),
    ],
)
def test_a_pattern_covers_what_the_contract_says(pattern: str, list_id: str, expected: bool):
    assert matches(check_pattern(pattern), list_id) is expected


@pytest.mark.parametrize(
    "pattern", ["**", "*.**", "**.x", "a.**.b", "a.b*", "*a", "", "a..b", ".a", "a.", "a b", "a#", "a.b.c.d.e"]
)
def test_a_pattern_of_the_wrong_form_is_refused(pattern: str):
    with pytest.raises(Invalid, match="Invalid list pattern"):
        check_pattern(pattern)


@given(IDS)
def test_every_id_is_a_pattern_that_covers_exactly_itself(list_id: str):
    assert check_list_id(list_id) == check_pattern(list_id)
    assert matches(list_id, list_id)


@given(PATTERNS, IDS)
def test_matching_agrees_with_a_plain_reading_of_the_parts(pattern: str, list_id: str):
    wanted, parts = check_pattern(pattern).split("."), list_id.split(".")

    def covers(left: list[str], right: list[str]) -> bool:
        if left == ["**"]:
            return len(right) >= 1
        if not left or not right:
            return left == right
        return left[0] in ("*", right[0]) and covers(left[1:], right[1:])

    assert matches(pattern, list_id) == covers(wanted, parts)


@given(PATTERNS, IDS)
def test_whatever_is_covered_begins_with_the_fixed_start(pattern: str, list_id: str):
    assert not matches(pattern, list_id) or list_id.startswith(fixed_start(pattern))


@given(st.text(max_size=20))
def test_any_text_is_checked_without_failing(text: str):
    for check in (check_list_id, check_pattern):
        with contextlib.suppress(Invalid):
            assert check(text) == text
