from typing import Any

import pytest

from automations.automation_parts import Play
from posthorn.automations.compile import compile_program
from posthorn.automations.model import Tell
from posthorn.errors import Invalid

STEP = {"action": "throttle", "max_allowed": 1, "period": "1 hour"}


def _owner(play: Play) -> str:
    (told,) = (effect for effect in play.effects if isinstance(effect, Tell))
    return told.user_key


def test_who_may_pass_goes_on_and_who_may_not_ends_throttled() -> None:
    for passes, status in ((True, "PROCESSED"), (False, "THROTTLED")):
        play = Play([STEP, {"action": "exit"}])

        play.answer({"passes": passes, "count": 1})

        assert (play.run.status, play.statuses[0]) == (status, status)


def test_it_is_counted_for_the_user_for_all_or_for_a_key() -> None:
    keyed = {**STEP, "scope": "dynamic", "throttle_key": "{{data.total}}"}

    assert _owner(Play([STEP])) == "u-1"
    assert _owner(Play([STEP], data={"user_id": "u-7"})) == "u-7"
    assert _owner(Play([{**STEP, "scope": "GLOBAL"}])).startswith("posthorn:throttle:")
    assert (
        _owner(Play([keyed]))
        == _owner(Play([{"action": "exit", "if": "false"}, keyed]))
        != _owner(Play([keyed], data={"total": 6}))
    )


@pytest.mark.parametrize("data", [{"max": 0}, {"max": "many"}, {}])
def test_a_number_that_is_none_ends_the_run_with_a_reason(data: dict[str, Any]) -> None:
    play = Play([{**STEP, "max_allowed": "{{data.max}}"}], data=data)

    assert (play.run.status, "max_allowed" in play.run.reason) == ("ERROR", True)


@pytest.mark.parametrize("wrong", [{"max_allowed": 0}, {"period": "soon"}, {"scope": "dynamic"}, {"scope": "galaxy"}])
def test_what_cannot_be_counted_is_refused(wrong: dict[str, Any]) -> None:
    with pytest.raises(Invalid):
        compile_program("automation", [{**STEP, **wrong}])
