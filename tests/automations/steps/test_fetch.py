from typing import Any

import pytest

from automations.automation_parts import Play
from posthorn.automations.compile import compile_program
from posthorn.errors import Invalid

NODE = {"id": "f1", "type": "fetch", "method": "get", "url": "https://shop.test", "merge_strategy": "none"}


def test_a_journey_sees_the_answer_under_the_nodes_id() -> None:
    branch = {
        "type": "branch",
        "paths": [{"conditions": ["f1.body.open", "is equal", "true"], "nodes": []}],
        "default": {"nodes": []},
    }
    play = Play([NODE, branch], "journey")

    play.answer({"status": 200, "body": {"open": True}})

    assert play.steps[1].reason != "No path held."


def test_nodes_for_a_failure_are_taken() -> None:
    play = Play([{**NODE, "on_error": [{"type": "exit"}]}], "journey")

    play.answer(error="It is broken.")

    assert (play.run.status, play.statuses) == ("PROCESSED", ["ERROR", "PROCESSED"])


@pytest.mark.parametrize("changed", [{"method": "patch"}, {"merge_strategy": "mix"}, {"url": "shop"}, {"body": "x"}])
def test_a_node_that_cannot_be_done_is_refused(changed: dict[str, Any]) -> None:
    with pytest.raises(Invalid):
        compile_program("journey", [{**NODE, **changed}])
