from hypothesis import given
from hypothesis import strategies as st

from posthorn.audiences.occurrences import Occurrence, latest

some = st.lists(st.builds(Occurrence, at=st.integers(0, 9), mark=st.integers(0, 3)), max_size=8)


@given(some, some, st.integers(1, 5))
def test_reading_something_again_counts_it_once(known: list[Occurrence], fresh: list[Occurrence], count: int) -> None:
    once = latest(known, fresh, count)

    assert latest(once, fresh, count) == once
    assert latest(fresh, known, count) == once


@given(some, some, st.integers(1, 5))
def test_the_newest_are_kept_newest_first(known: list[Occurrence], fresh: list[Occurrence], count: int) -> None:
    found = [(one.at, one.mark) for one in latest(known, fresh, count)]

    assert found == sorted({(one.at, one.mark) for one in known + fresh}, reverse=True)[:count]
