import pytest

from posthorn.errors import Invalid
from posthorn.expressions.periods import since_moment

NOW = 1_772_443_200_000
DAY = 86_400_000


@pytest.mark.parametrize(
    ("text", "moment"),
    [
        ("7d", NOW - 7 * DAY),
        ("12h", NOW - DAY // 2),
        ("2 weeks", NOW - 14 * DAY),
        ("P1D", NOW - DAY),
        ("2026-03-02T09:20:00Z", NOW),
    ],
)
def test_a_length_counts_back_from_now_and_a_moment_is_itself(text: str, moment: int) -> None:
    assert since_moment(text, now=NOW) == moment


@pytest.mark.parametrize("text", ["", "d", "yesterday", "-3d"])
def test_what_is_neither_is_refused(text: str) -> None:
    with pytest.raises(Invalid):
        since_moment(text, now=NOW)
