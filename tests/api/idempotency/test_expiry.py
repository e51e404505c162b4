"""How long a key is kept."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from posthorn.api.idempotency.expiry import expires_at

NOW_MS = 1_772_443_200_000
DAY_MS = 24 * 3_600_000


@pytest.mark.parametrize(
    ("header", "expected"),
    [
        ("1775000000000", 1_775_000_000_000),
        ("1775000000", 1_775_000_000_000),
        ("2026-04-01T00:00:00Z", 1_775_001_600_000),
        ("2026-04-01T02:00:00+02:00", 1_775_001_600_000),
        ("2026-04-01T00:00:00", 1_775_001_600_000),
        ("1", NOW_MS + DAY_MS),
        ("9" * 30, NOW_MS + DAY_MS),
        ("tomorrow", NOW_MS + DAY_MS),
    ],
)
def test_each_form_means_its_moment(header: str, expected: int) -> None:
    assert expires_at(header, NOW_MS) == expected


@given(st.text() | st.datetimes().map(str) | st.integers().map(str))
def test_it_is_always_between_a_day_and_a_year(header: str) -> None:
    assert DAY_MS <= expires_at(header, NOW_MS) - NOW_MS <= 365 * DAY_MS
