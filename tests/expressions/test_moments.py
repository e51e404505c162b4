from contextlib import suppress
from datetime import UTC, datetime, timedelta
from zoneinfo import ZoneInfo

import pytest
from hypothesis import given
from hypothesis import strategies as st

from posthorn.errors import Invalid
from posthorn.expressions.moments import moment, next_opening, timestamp

HOUR = 3_600_000
DAY = 24 * HOUR


def at(text: str) -> int:
    return round(datetime.fromisoformat(text).timestamp() * 1000)


NOW = at("2026-03-27T12:00:00+00:00")  # a Friday, two days before Europe's summer time begins


@pytest.mark.parametrize(
    ("text", "zone", "expected"),
    [
        ("2026-04-08T08:09:10Z", None, "2026-04-08T08:09:10+00:00"),
        ("2026-04-08T08:09:10.123+02:00", None, "2026-04-08T06:09:10.123+00:00"),
        ("20240408T080910.123", None, "2024-04-08T08:09:10.123+00:00"),
        ("20240408T080910.123", "UTC+4", "2024-04-08T04:09:10.123+00:00"),
        ("2026-04-08T08:00", "Europe/Berlin", "2026-04-08T06:00:00+00:00"),
        ("2026-04-08", "America/New_York", "2026-04-08T04:00:00+00:00"),
        ("2026-04-08 08:09", "UTC-03:30", "2026-04-08T11:39:00+00:00"),
        ("2026-03-29T02:30", "Europe/Berlin", "2026-03-29T01:30:00+00:00"),
    ],
)
def test_a_timestamp_in_its_zone(text: str, zone: str | None, expected: str):
    assert moment(text, now=NOW, zone=zone) == at(expected)


def test_a_window_is_a_moment_too():
    assert moment("Mo-Fr 13:00-17:00", now=NOW, zone=None) == NOW + HOUR


@pytest.mark.parametrize(
    "text",
    ["", "soon", "2026-13-01", "2026-02-30T10:00Z", "0001-01-01T00:00:00+14:00x", "1712563750", "2026-04-08T99:00"],
)
def test_what_is_no_moment_is_refused(text: str):
    with pytest.raises(Invalid):
        moment(text, now=NOW, zone=None)


@pytest.mark.parametrize("zone", ["Mars/Base", "../etc/passwd", "America", "UTC+99", "Europe/Berlin\0", "x" * 500])
def test_an_unknown_zone_is_refused(zone: str):
    with pytest.raises(Invalid):
        moment("2026-04-08T08:00", now=NOW, zone=zone)


def test_an_open_window_is_now():
    assert next_opening("Mo-Fr 09:00-17:00", now=NOW, zone="UTC") == NOW


def test_the_start_is_inside_and_the_end_outside():
    assert next_opening("Fr 12:00-13:00", now=NOW, zone=None) == NOW
    assert next_opening("Fr 11:00-12:00", now=NOW, zone=None) == NOW + 7 * DAY - HOUR


@pytest.mark.parametrize(
    ("window", "expected"),
    [
        ("Mo-Fr 09:00-11:00", "2026-03-30T09:00:00+00:00"),
        ("Mo-Fr 09:00-11:00; Sa 10:00-12:00", "2026-03-28T10:00:00+00:00"),
        ("Mo-Fr 09:00-11:00, Sa 10:00-12:00", "2026-03-28T10:00:00+00:00"),
        ("Mo,We 09:00-10:00", "2026-03-30T09:00:00+00:00"),
        ("Fr 08:00-10:00,14:00-16:00", "2026-03-27T14:00:00+00:00"),
        ("Sa-Mo 9:00-10:00", "2026-03-28T09:00:00+00:00"),
        ("Su", "2026-03-29T00:00:00+00:00"),
        ("Apr 02 10:00-11:00", "2026-04-02T10:00:00+00:00"),
        ("Apr-May Mo 10:00-11:00", "2026-04-06T10:00:00+00:00"),
        ("Apr 10-12", "2026-04-10T00:00:00+00:00"),
        ("Jun 1-Jan 5 08:00-09:00", "2026-06-01T08:00:00+00:00"),
        ("22:00-02:00", "2026-03-27T22:00:00+00:00"),
        ("24/7", "2026-03-27T12:00:00+00:00"),
    ],
)
def test_the_next_opening(window: str, expected: str):
    assert next_opening(window, now=NOW, zone="UTC") == at(expected)


def test_a_window_over_midnight_is_still_open_after_it():
    now = at("2026-03-28T01:00:00+00:00")

    assert next_opening("Fr 22:00-02:00", now=now, zone=None) == now


def test_summer_time_moves_the_opening():
    monday = next_opening("Mo 09:00-17:00", now=NOW, zone="Europe/Berlin")
    friday = next_opening("Fr 15:00-17:00", now=NOW, zone="Europe/Berlin")

    assert monday == at("2026-03-30T07:00:00+00:00")
    assert friday == at("2026-03-27T14:00:00+00:00")


@pytest.mark.parametrize(
    "window", ["", ";", "Mo 25:00-26:00", "Mo 9-17", "Xx 09:00-10:00", "Mo 09:00-10:00 PH", "Mo-Fr 09:00-17:00 x" * 40]
)
def test_an_unreadable_window_is_refused(window: str):
    with pytest.raises(Invalid):
        next_opening(window, now=NOW, zone=None)


def test_an_opening_too_far_away_is_refused():
    with pytest.raises(Invalid, match="90 days"):
        next_opening("Dec 24 10:00-12:00", now=NOW, zone=None)


zones = st.sampled_from(["UTC", "Europe/Berlin", "America/New_York", "Asia/Kathmandu", "Australia/Lord_Howe", "UTC-9"])


@given(st.integers(0, 366 * DAY * 3), zones, st.integers(0, 22), st.integers(1, 4))
def test_the_next_opening_is_the_first_moment_that_lies_inside(later: int, zone: str, hour: int, weekday: int):
    now = NOW + later
    names = ("Mo", "Tu", "We", "Th", "Fr")

    opening = next_opening(f"{names[weekday]} {hour:02d}:00-{hour + 1:02d}:00", now=now, zone=zone)

    place = ZoneInfo(zone) if not zone.startswith("UTC-") else UTC
    local = datetime.fromtimestamp(opening / 1000, UTC).astimezone(place)
    if zone.startswith("UTC-"):
        local -= timedelta(hours=9)
    assert now <= opening <= now + 8 * DAY
    assert local.weekday() == weekday
    assert opening == now or local.minute % 30 == 0


@given(st.text(max_size=40))
def test_nothing_but_invalid_is_ever_raised(text: str):
    for read in (
        lambda: moment(text, now=NOW, zone=text),
        lambda: timestamp(text),
        lambda: next_opening(text, now=NOW, zone=None),
    ):
        with suppress(Invalid):
            read()


@given(
    st.lists(st.sampled_from(["mo", "fr", "-", "jan", "31", " ", "09:00", "17:00", ",", ";", "24/7"]), max_size=12).map("".join)
)
def test_windows_of_plausible_words_are_read_or_refused(window: str):
    with suppress(Invalid):
        assert next_opening(window, now=NOW, zone="Europe/Berlin") >= NOW
