from typing import Any

import pytest

from automations.automation_parts import automation
from posthorn.automations.circles import circle, immediate_invokes

DELAY = {"action": "delay", "duration": "1 hour"}


def _invoke(name: str, **more: Any) -> dict[str, Any]:
    return {"action": "invoke", "template": name, **more}


@pytest.mark.parametrize(
    ("steps", "found"),
    [
        ([_invoke("b")], ["b"]),
        ([DELAY, _invoke("b")], []),
        ([{**DELAY, "if": "data.slow"}, _invoke("b")], ["b"]),
        ([{"action": "if", "condition": "true", "then": [DELAY, _invoke("b")], "else": [_invoke("c")]}], ["c"]),
        ([_invoke("b"), {"action": "wait-for-event", "event": "x", "timeout": "1 day", "then": [_invoke("c")]}], ["b"]),
        ([_invoke("{{data.next}}")], ["{{data.next}}"]),
    ],
)
def test_what_is_invoked_without_a_wait_is_found_inside_branches_too(steps: list[Any], found: list[str]) -> None:
    assert list(immediate_invokes(steps)) == found


def test_a_circle_is_told_with_its_path() -> None:
    b, c = automation("b", [_invoke("see")]), automation("c", [_invoke("a")], alias="see")

    assert circle(automation("a", [_invoke("b")]), [b, c]) == ["a", "b", "c"]
    assert circle(automation("a", [_invoke("a")]), []) == ["a"]


def test_a_wait_anywhere_on_the_way_opens_the_circle() -> None:
    assert circle(automation("a", [_invoke("b")]), [automation("b", [DELAY, _invoke("a")])]) == []


def test_a_circle_among_others_is_not_held_against_this_one() -> None:
    b, c = automation("b", [_invoke("c")]), automation("c", [_invoke("b")])

    assert circle(automation("a", [_invoke("b")]), [b, c]) == []
