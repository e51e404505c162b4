"""Tests of the clock."""

from posthorn.clock import FrozenClock, SystemClock, iso


def test_a_frozen_clock_moves_only_when_it_is_moved():
    clock = FrozenClock(1_000)
    clock.advance(250)

    assert clock.now_ms() == 1_250


def test_the_clock_of_this_machine_does_not_run_backwards():
    clock = SystemClock()

    assert clock.now_ms() <= clock.now_ms()


def test_a_moment_is_written_in_utc_with_milliseconds():
    assert iso(1_772_443_200_007) == "2026-03-02T09:20:00.007Z"
    assert iso(0) == "1970-01-01T00:00:00.000Z"
