from typing import Any

import pytest

from automations.automation_parts import Play
from posthorn.automations.batching import BatchAdded
from posthorn.automations.compile import compile_program
from posthorn.automations.model import Tell
from posthorn.errors import Invalid

STEP = {"action": "add-to-batch", "wait_period": "PT5M", "max_wait_period": "PT1H"}


def _added(play: Play) -> tuple[str, BatchAdded]:
    (told,) = (effect for effect in play.effects if isinstance(effect, Tell))
    assert isinstance(told.payload, BatchAdded)
    return told.user_key, told.payload


def test_the_owner_goes_on_with_all_items_under_their_category() -> None:
    play = Play([{**STEP, "category_key": "likes"}, {"action": "send", "template": "t"}])

    play.answer({"collection": {"counts": {"": 2}, "items": [{"by": "u-1", "data": {"n": 1}}]}})

    assert play.sent() == [{"total": 5, "likes": {"count": 2, "items": [{"n": 1}]}}]


def test_a_run_that_joins_ends_well_and_does_nothing_more() -> None:
    play = Play([STEP, {"action": "send", "template": "t"}])

    play.answer({"joined": "1-b"})

    assert (play.run.status, play.sent(), "1-b" in play.steps[0].reason) == ("PROCESSED", [], True)


def test_a_reference_sorts_the_items_into_categories() -> None:
    _, added = _added(Play([{**STEP, "category_key": "{{data.kind}}"}], data={"kind": "likes"}))

    assert added.item.category == "likes"


def test_a_batch_is_of_the_step_of_the_user_or_of_a_key_wherever_it_is() -> None:
    keyed = {**STEP, "scope": "dynamic", "batch_key": "{{data.shop}}"}
    shops = [_added(Play([keyed], data={"shop": shop}))[0] for shop in ("a", "a", "b")]

    assert _added(Play([{**STEP, "scope": "user"}]))[0] == "u-1"
    assert _added(Play([STEP]))[0].startswith("posthorn:batch:")
    assert shops[0] == shops[1] != shops[2]


@pytest.mark.parametrize(
    "wrong",
    [
        {"wait_period": "PT1H"},
        {"max_wait_period": "P61D"},
        {"max_items": 0},
        {"retain": {"type": "highest", "count": 1}},
        {"scope": "dynamic"},
    ],
)
def test_what_makes_no_batch_is_refused(wrong: dict[str, Any]) -> None:
    with pytest.raises(Invalid):
        compile_program("automation", [{**STEP, **wrong}])
