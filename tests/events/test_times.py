from datetime import UTC, datetime, timedelta, timezone

import pytest
from hypothesis import given
from hypothesis import strategies as st

from posthorn.events.times import EARLIEST_MS, LATEST_MS, corrected, read_moment

AT = 1_772_460_300_250  # 2026-03-02T14:05:00.250Z
NOW = 1_772_460_000_000
moments = st.integers(EARLIEST_MS + 2 * 86_400_000, LATEST_MS - 2 * 86_400_000)


@pytest.mark.parametrize(
    "text",
    [
        "2026-03-02T14:05:00.250Z",
        "2026-03-02T14:05:00,250Z",
        "2026-03-02 14:05:00.25",
        "2026-3-2T14:05:00.250000Z",
        "2026-03-02T14:05:00.250123456Z",
        "2026-03-02T15:05:00.250+01:00",
        "2026-03-02T08:35:00.250-0530",
        "2026-03-02T15:05:00.250+01",
        "2026-03-02 14:05:00.250808489 +0000 UTC m=+70366.298768264",
        "2026-03-02 15:05:00.250808489 +0100 CET",
        " 2026-03-02t14:05:00.250z ",
        AT,
        AT / 1000,
    ],
)
def test_every_spelling_is_the_same_moment(text: object) -> None:
    assert read_moment(text) == AT


@pytest.mark.parametrize(
    "value",
    [
        *("next tuesday", "", "2026-13-02T00:00:00Z", "0001-01-01T00:00:00Z", "2026-02-30", "2026-03-02T25:00:00Z"),
        *(None, True, {}, [], 10**30, float("inf"), float("nan"), -(10**30)),
    ],
)
def test_what_is_no_moment_is_none(value: object) -> None:
    assert read_moment(value) is None


def test_a_date_is_its_midnight_and_a_small_number_means_seconds() -> None:
    midnight = int(datetime(2026, 3, 2, tzinfo=UTC).timestamp() * 1000)

    assert read_moment("2026-03-02") == read_moment("2026-3-2") == read_moment(midnight // 1000) == midnight


@given(moments, st.integers(-14 * 60, 14 * 60), st.sampled_from("T "), st.sampled_from(".,"))
def test_a_moment_written_in_any_zone_is_read_back(at_ms: int, offset: int, between: str, point: str) -> None:
    zone = timezone(timedelta(minutes=offset))
    moment = datetime(1970, 1, 1, tzinfo=UTC) + timedelta(milliseconds=at_ms)
    text = moment.astimezone(zone).isoformat(between, "milliseconds")

    assert read_moment(text) == at_ms
    assert read_moment(text.replace(".", point)) == at_ms


@given(st.text() | st.floats() | st.integers() | st.from_regex(r"\d{1,5}-\d\d?-\d\d?([T ]\d\d?:\d\d?)?", fullmatch=True))
def test_no_value_raises_and_what_is_read_lies_in_range(value: object) -> None:
    found = read_moment(value)

    assert found is None or EARLIEST_MS <= found <= LATEST_MS


def test_a_device_whose_clock_is_years_ahead_is_corrected() -> None:
    received = read_moment("2026-03-02T14:00:00Z")
    original = read_moment("2031-01-01T00:00:10.000Z")
    assert received is not None
    assert original is not None

    assert corrected(original, sent=original + 2_000, received=received) == received - 2_000


def test_an_import_with_an_honest_sent_at_keeps_its_time() -> None:
    assert corrected(AT - 10**10, sent=NOW, received=NOW) == AT - 10**10


@pytest.mark.parametrize("sent", [AT - 60_001, 0])
def test_sent_long_before_it_happened_means_the_earlier_of_both(sent: int) -> None:
    assert corrected(AT, sent=sent, received=NOW) == NOW


def test_without_sent_at_a_far_future_becomes_the_arrival() -> None:
    assert corrected(NOW + 86_400_001, sent=None, received=NOW) == NOW
    assert corrected(NOW + 3_600_000, sent=None, received=NOW) == NOW + 3_600_000


@given(moments, st.none() | moments, moments, st.booleans())
def test_a_corrected_time_is_never_a_day_ahead(original: int, sent: int | None, received: int, unreadable: bool) -> None:
    moment = corrected(original, sent=sent, received=received, sent_is_unreadable=unreadable)

    assert EARLIEST_MS <= moment <= received + 86_400_000
