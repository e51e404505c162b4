from hypothesis import given
from hypothesis import strategies as st

from posthorn.api.tracking.rate import Buckets


@given(st.lists(st.integers(0, 2_000), max_size=60), st.integers(1, 5), st.integers(1, 5))
def test_never_more_than_the_burst_and_what_flows_in_is_let_through(gaps: list[int], per_second: int, burst: int) -> None:
    buckets, now_ms, taken = Buckets(), 0, 0

    for gap in gaps:
        now_ms += gap
        taken += buckets.take("s", per_second=per_second, burst=burst, now_ms=now_ms) == 0

    assert taken <= burst + per_second * now_ms / 1000


@given(st.integers(1, 50), st.integers(1, 5))
def test_after_the_time_it_names_there_is_a_token(per_second: int, burst: int) -> None:
    buckets = Buckets()
    while not (wait_ms := buckets.take("s", per_second=per_second, burst=burst, now_ms=0)):
        pass

    assert buckets.take("s", per_second=per_second, burst=burst, now_ms=wait_ms + 1) == 0


def test_a_clock_that_goes_back_gives_nothing() -> None:
    buckets = Buckets()
    buckets.take("s", per_second=1, burst=1, now_ms=10_000)

    assert buckets.take("s", per_second=1, burst=1, now_ms=0) > 0


def test_the_longest_unused_buckets_are_forgotten() -> None:
    buckets = Buckets()

    for name in range(20_000):
        buckets.take(str(name), per_second=1, burst=1, now_ms=0)

    assert buckets.take("19999", per_second=1, burst=1, now_ms=0) > 0
    assert buckets.take("0", per_second=1, burst=1, now_ms=0) == 0
