from hypothesis import given
from hypothesis import strategies as st

from posthorn.engine.retrying import HOUR_MS, deliver_retry_at


def test_the_first_retries_come_soon_and_later_ones_by_the_hour() -> None:
    waits = [deliver_retry_at(attempt, now=0, jitter=0, retry_after_ms=None) for attempt in range(1, 14)]

    assert waits[:6] == [1_000, 2_000, 4_000, 8_000, 16_000, 30_000]
    assert waits[9:] == [HOUR_MS, 2 * HOUR_MS, 3 * HOUR_MS, 3 * HOUR_MS]


@given(st.integers(1, 200), st.floats(-1, 1), st.integers(0, 10**7))
def test_a_provider_is_never_asked_before_the_time_it_gave(attempt: int, jitter: float, asked: int) -> None:
    assert deliver_retry_at(attempt, now=50, jitter=jitter, retry_after_ms=asked) >= 50 + asked
