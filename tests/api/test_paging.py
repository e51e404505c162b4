"""Cursors, limits, and lists in a query."""

from contextlib import suppress

import pytest
from hypothesis import given
from hypothesis import strategies as st

from posthorn.api.paging import Paging, clamp, decode_cursor, encode_cursor, page, split
from posthorn.errors import Invalid


@given(st.lists(st.integers(min_value=0, max_value=2**53) | st.text(st.characters(exclude_categories=["Cs"]))))
def test_a_cursor_brings_its_position_back(position: list[int | str]) -> None:
    assert decode_cursor(encode_cursor(position), list[int | str]) == position


@given(st.text())
def test_any_text_is_a_cursor_or_refused(cursor: str) -> None:
    with suppress(Invalid):
        position = decode_cursor(cursor, tuple[int, str])
        assert position is None or len(position) == 2


@pytest.mark.parametrize(("limit", "size"), [(None, 20), (0, 1), (-7, 1), (5, 5), (100, 100), (10**9, 100)])
def test_a_limit_is_clamped(limit: int | None, size: int) -> None:
    assert clamp(limit, default=20) == size


def test_the_row_too_many_says_that_there_is_more() -> None:
    shown, paging = page(["a", "b", "c"], 2, lambda row: row)

    assert shown == ["a", "b"]
    assert paging == Paging(more=True, cursor=encode_cursor("b"))


def test_the_last_page_has_no_cursor() -> None:
    assert page(["a", "b"], 2, lambda row: row) == (["a", "b"], Paging(more=False))


def test_repeated_keys_and_comma_lists_are_one_list() -> None:
    assert split(["a,b", " c ", "", "b,,"]) == ("a", "b", "c")
    assert split(None) == ()
