import pytest

from posthorn.errors import Invalid
from posthorn.messages.limits import limit_reached, read_limit, refusal, still_counted

NOW = 1_772_443_200_000
HOUR = 3_600_000


def test_a_limit_is_read_as_people_write_it() -> None:
    limit = read_limit("20 per 1 day")

    assert limit is not None
    assert (limit.max_messages, limit.period_ms, read_limit(" ")) == (20, 24 * HOUR, None)


@pytest.mark.parametrize("text", ["many", "0 per 1 day", "5 per soon", "5", "1001 per 1 day", "-1 per 1 day"])
def test_what_is_no_limit_is_refused(text: str) -> None:
    with pytest.raises(Invalid):
        read_limit(text)


def test_it_looks_back_over_the_period_that_ends_now() -> None:
    limit = read_limit("2 per 1 hour")

    assert limit is not None
    assert limit_reached(limit, [NOW - 2, NOW - 1], NOW)
    assert not limit_reached(limit, [NOW - HOUR, NOW - 1], NOW)
    assert refusal(None, None, [NOW] * 9, NOW) == ""
    assert refusal(limit, None, [NOW] * 9, NOW) == "The send limit of 2 per 1 hour is reached."
    assert still_counted(limit, [NOW - HOUR, NOW - 1], NOW) == [NOW - 1, NOW]
