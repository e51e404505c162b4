import msgspec
import pytest

from automations.automation_parts import NOW
from posthorn.automations.schedule import Schedule

HOUR = 3_600_000


def test_a_cron_expression_is_meant_in_its_zone_or_else_in_the_given_one() -> None:
    own = Schedule(cron="0 12 * * *", timezone="UTC+2").next_due(after=NOW, zone="UTC-5")
    given = Schedule(cron="0 12 * * *").next_due(after=NOW, zone="UTC-5")

    assert given is not None
    assert own is not None
    assert given - own == 7 * HOUR


def test_a_single_time_comes_once() -> None:
    schedule = Schedule(at="2026-03-02T10:00:00", timezone="Europe/Paris")
    due = schedule.next_due(after=0)

    assert due == NOW - HOUR // 3
    assert schedule.next_due(after=due) is None


@pytest.mark.parametrize(
    "wrong", [{}, {"cron": "x"}, {"at": "soon"}, {"cron": "@daily", "at": "2026-01-01"}, {"cron": "@daily", "timezone": "Moon"}]
)
def test_what_is_no_schedule_is_refused(wrong: dict[str, str]) -> None:
    with pytest.raises(msgspec.ValidationError):
        msgspec.convert(wrong, Schedule)
