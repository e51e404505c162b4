"""Counting what was refused, in memory that stays small."""

from posthorn.api.noticed import HOUR_MS, Noticed
from posthorn.clock import FrozenClock


def test_each_word_is_counted_with_whom_it_was_last_about() -> None:
    clock = FrozenClock(10 * HOUR_MS)
    noticed = Noticed(clock)
    noticed.note("invalid_key", "10.0.0.1")
    clock.advance(1_000)
    noticed.note("invalid_key", "x" * 1_000)

    (seen,) = noticed.lately().values()
    assert (seen.count, seen.last_at, len(seen.about)) == (2, 10 * HOUR_MS + 1_000, 100)


def test_an_hour_later_it_is_forgotten() -> None:
    clock = FrozenClock(10 * HOUR_MS)
    noticed = Noticed(clock)
    noticed.note("invalid_key", "a")
    clock.advance(HOUR_MS + 60_000)
    noticed.note("other", "a")

    assert list(noticed.lately()) == ["other"]


def test_words_without_end_take_no_memory() -> None:
    noticed = Noticed(FrozenClock(10 * HOUR_MS))
    for at in range(1_000):
        noticed.note(f"word {at}", "a")

    assert len(noticed.lately()) == 100
