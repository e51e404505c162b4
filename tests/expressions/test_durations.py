from contextlib import suppress

import pytest
from hypothesis import given
from hypothesis import strategies as st

from posthorn.errors import Invalid
from posthorn.expressions.durations import parse_duration

MINUTE = 60_000
HOUR = 60 * MINUTE
DAY = 24 * HOUR


@pytest.mark.parametrize(
    ("text", "length"),
    [
        ("5 minutes", 5 * MINUTE),
        ("1 hour", HOUR),
        (" 3 Days ", 3 * DAY),
        ("2 months", 60 * DAY),
        ("1 week", 7 * DAY),
        ("0 minutes", 0),
        ("PT5M", 5 * MINUTE),
        ("P1DT4H", DAY + 4 * HOUR),
        ("P1M", 30 * DAY),
        ("PT0.5S", 500),
        ("PT1,5H", 90 * MINUTE),
        ("P2W", 14 * DAY),
        ("pt1m", MINUTE),
    ],
)
def test_a_duration_in_milliseconds(text: str, length: int):
    assert parse_duration(text) == length


@pytest.mark.parametrize(
    "text",
    [
        "",
        "5",
        "minutes",
        "-5 minutes",
        "1.5 hours",
        "P",
        "PT",
        "P1DT",
        "5 fortnights",
        "٣ days",
        "11 years",
        "9" * 50 + " days",
    ],
)
def test_anything_else_is_refused(text: str):
    with pytest.raises(Invalid):
        parse_duration(text)


@given(st.text(max_size=30) | st.from_regex(r"P[0-9TYMWDHS.]{0,20}", fullmatch=True))
def test_nothing_but_invalid_is_ever_raised(text: str):
    with suppress(Invalid):
        assert parse_duration(text) >= 0


@given(st.integers(0, 9), st.integers(0, 23), st.integers(0, 59), st.integers(0, 59))
def test_iso_durations_add_up(days: int, hours: int, minutes: int, seconds: int):
    expected = days * DAY + hours * HOUR + minutes * MINUTE + seconds * 1000

    assert parse_duration(f"P{days}DT{hours}H{minutes}M{seconds}S") == expected
