import pytest
from hypothesis import given
from hypothesis import strategies as st

from posthorn.destinations.model import backoff_ms
from posthorn.errors import Invalid


@pytest.mark.parametrize(
    ("attempt", "wait_ms"), [(1, 1_000), (2, 2_000), (3, 4_000), (9, 256_000), (10, 300_000), (10**9, 300_000)]
)
def test_the_wait_doubles_up_to_five_minutes(attempt, wait_ms):
    assert backoff_ms(attempt, 0.0) == wait_ms


@given(attempt=st.integers(1, 100), jitter=st.floats(-1, 1))
def test_jitter_moves_the_wait_by_at_most_a_tenth(attempt, jitter):
    plain = min(1_000 * 2 ** (attempt - 1), 400_000)

    assert min(plain * 0.9, 300_000) - 1 <= backoff_ms(attempt, jitter) <= min(plain * 1.1, 300_000) + 1


def test_there_is_no_attempt_before_the_first():
    with pytest.raises(Invalid):
        backoff_ms(0, 0.0)
