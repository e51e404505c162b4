from typing import Any

from posthorn.automations.compile import compile_program
from posthorn.automations.planning import place_of, proposed


def _delay(hours: int, **more: Any) -> dict[str, Any]:
    return {"action": "delay", "duration": f"{hours} hours", **more}


def _proposed(old: list[Any], new: list[Any]) -> dict[str, str]:
    return proposed(compile_program("automation", old), compile_program("automation", new))


def test_nodes_that_were_left_as_they_are_are_found_where_they_are_now() -> None:
    assert _proposed([_delay(1), _delay(2)], [{"action": "exit"}, _delay(1), _delay(3), _delay(2)]) == {"0": "1", "1": "3"}


def test_a_node_that_was_changed_is_known_by_its_id() -> None:
    assert _proposed([_delay(1, id="wait")], [{"action": "exit"}, _delay(5, id="wait")]) == {"wait": "wait"}


def test_an_id_that_does_something_else_now_is_no_counterpart() -> None:
    assert _proposed([_delay(1, id="x")], [{"action": "exit", "id": "x"}]) == {}


def test_a_node_inside_a_branch_is_found_there() -> None:
    inside = {"action": "if", "condition": "data.a", "then": [_delay(1)]}
    program = compile_program("automation", [inside])

    assert _proposed([_delay(1)], [inside]) == {"0": "0.then.0"}
    assert (place_of(program, "0.then.0"), place_of(program, "9")) == (1, None)
