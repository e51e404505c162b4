from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from posthorn.automations.merging import merged

OBJECTS = st.recursive(
    st.dictionaries(st.sampled_from("abc"), st.integers(), max_size=3),
    lambda inner: st.dictionaries(st.sampled_from("abc"), inner, max_size=3),
    max_leaves=6,
)


@pytest.mark.parametrize(
    ("strategy", "result"),
    [
        ("replace", {"a": {"x": 1}, "n": 1}),
        ("overwrite", {"a": {"x": 1, "y": 2}, "b": 2, "n": 1}),
        ("soft-merge", {"a": {"x": 0, "y": 2}, "b": 2, "n": 1}),
        ("none", {"a": {"x": 0, "y": 2}, "b": 2}),
    ],
)
def test_the_four_strategies(strategy: str, result: dict[str, Any]) -> None:
    assert merged(strategy, {"a": {"x": 1}, "n": 1}, {"a": {"x": 0, "y": 2}, "b": 2}) == result


def test_none_takes_the_new_where_there_is_nothing() -> None:
    assert merged("none", {"a": 1}, {}) == {"a": 1}


@given(OBJECTS, OBJECTS)
def test_overwrite_and_soft_merge_mirror_each_other(new: dict[str, Any], old: dict[str, Any]) -> None:
    assert merged("overwrite", new, old) == merged("soft-merge", old, new)
    assert merged("overwrite", new, merged("overwrite", new, old)) == merged("overwrite", new, old)
