from datetime import UTC, datetime

import pytest
from hypothesis import given
from hypothesis import strategies as st

from posthorn.errors import Invalid
from posthorn.expressions.cron import next_time, parse_cron

START = "2026-03-02T10:30:00"


def _ms(text: str) -> int:
    return round(datetime.fromisoformat(text).replace(tzinfo=UTC).timestamp() * 1000)


def _next(cron: str, after: str = START, zone: str = "UTC") -> str:
    found = next_time(parse_cron(cron), after=_ms(after), zone=zone)
    return "never" if found is None else datetime.fromtimestamp(found / 1000, UTC).strftime("%Y-%m-%dT%H:%M:%S")


@pytest.mark.parametrize(
    ("cron", "due"),
    [
        ("* * * * *", "2026-03-02T10:31:00"),
        ("30 10 * * *", "2026-03-03T10:30:00"),
        ("0 9 * * mon", "2026-03-09T09:00:00"),
        ("0 9 * * 7", "2026-03-08T09:00:00"),
        ("*/15 * * * *", "2026-03-02T10:45:00"),
        ("5/20 11 * * *", "2026-03-02T11:05:00"),
        ("0 0 29 2 *", "2028-02-29T00:00:00"),
        ("0 0 31 4 *", "never"),
        ("0 8 1,15 * *", "2026-03-15T08:00:00"),
        ("0 8 13 * fri", "2026-03-06T08:00:00"),
        ("0 8-10/2 * mar-apr 1-5", "2026-03-03T08:00:00"),
        ("@daily", "2026-03-03T00:00:00"),
        ("@monthly", "2026-04-01T00:00:00"),
    ],
)
def test_the_next_time_is_the_first_after_the_moment(cron: str, due: str) -> None:
    assert _next(cron) == due


@pytest.mark.parametrize(
    ("after", "due"),
    [
        ("2026-03-28T12:00:00", "2026-03-29T01:30:00"),  # 02:30 is skipped: the clock reads 03:30
        ("2026-10-24T12:00:00", "2026-10-25T00:30:00"),  # 02:30 comes twice: the first counts
        ("2026-10-25T00:30:00", "2026-10-26T01:30:00"),  # and the second does not
    ],
)
def test_summer_time_neither_loses_nor_doubles_a_day(after: str, due: str) -> None:
    assert _next("30 2 * * *", after, "Europe/Berlin") == due


@pytest.mark.parametrize(
    "text", ["", "* * * *", "60 * * * *", "* 24 * * *", "* * 0 * *", "5-1 * * * *", "*/0 * * * *", "x * * * *", "1,, * * * *"]
)
def test_what_is_no_cron_expression_is_refused(text: str) -> None:
    with pytest.raises(Invalid):
        parse_cron(text)


def test_an_unknown_zone_is_refused() -> None:
    with pytest.raises(Invalid):
        _next("* * * * *", zone="Atlantis/Capital")


@given(st.text(max_size=30))
def test_any_text_is_read_or_refused(text: str) -> None:
    try:
        parse_cron(text)
    except Invalid:
        return


@given(st.integers(0, 59), st.integers(0, 23), st.integers(0, 4_000_000_000_000))
def test_a_daily_time_is_never_more_than_a_day_and_an_hour_away(minute: int, hour: int, after: int) -> None:
    due = next_time(parse_cron(f"{minute} {hour} * * *"), after=after, zone="America/New_York")

    assert due is not None
    assert 0 < due - after <= 25 * 3_600_000
