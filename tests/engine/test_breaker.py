from posthorn.engine.breaker import FAILURES_TO_OPEN, LONGEST_PAUSE_MS, Breaker, after_failure, after_success, held


def _after(failures: int, now: int = 1_000) -> Breaker:
    breaker = Breaker()
    for _ in range(failures):
        breaker = after_failure(breaker, now)
    return breaker


def test_a_few_failures_leave_it_closed() -> None:
    assert _after(FAILURES_TO_OPEN - 1).room(1_000, 64) == 64


def test_the_fifth_failure_opens_it_for_a_while() -> None:
    breaker = _after(FAILURES_TO_OPEN)

    assert breaker.room(1_000, 64) == 0
    assert breaker.room(breaker.open_until, 64) == 1


def test_one_success_closes_it() -> None:
    assert after_success(_after(9)).room(1_000, 64) == 64


def test_the_pause_doubles_up_to_a_minute() -> None:
    pauses = [_after(FAILURES_TO_OPEN + more).open_until - 1_000 for more in range(8)]

    assert pauses[:3] == [1_000, 2_000, 4_000]
    assert pauses[-1] == LONGEST_PAUSE_MS


def test_it_stays_open_as_long_as_the_other_side_asks_and_no_shorter_than_before() -> None:
    breaker = held(_after(FAILURES_TO_OPEN), 9_000)

    assert breaker.room(8_999, 64) == 0
    assert breaker.room(9_000, 64) == 1
    assert held(breaker, 0) == breaker
