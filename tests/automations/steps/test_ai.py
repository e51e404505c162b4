from typing import Any

import pytest

from automations.automation_parts import Play
from posthorn.automations.compile import compile_program
from posthorn.errors import Invalid

SCHEMA = {"type": "object", "properties": {"mood": {"type": "string"}}, "required": ["mood"]}
NODE = {"id": "a1", "type": "ai", "output_schema": SCHEMA, "user_prompt": "How is {{data.name}}?"}


def test_what_the_model_answers_is_seen_under_the_nodes_id() -> None:
    play = Play([NODE, {"type": "send", "message": {"template": "t", "data": {"mood": "{{a1.output.mood}}"}}}], "journey")

    play.answer({"status": 200, "body": {"mood": "fine"}})

    assert play.sent() == [{"total": 5, "mood": "fine"}]


@pytest.mark.parametrize("body", [{}, [], None, "fine"])
def test_an_answer_of_another_form_is_none(body: Any) -> None:
    play = Play([{**NODE, "on_error": [{"type": "exit"}]}], "journey")

    play.answer({"status": 200, "body": body})

    assert play.statuses == ["ERROR", "PROCESSED"]


def test_without_a_prompt_the_run_ends_with_the_reason() -> None:
    assert Play([{**NODE, "user_prompt": "{{data.nothing}}"}], "journey").run.reason == "There is no prompt."


def test_a_schema_that_is_no_objects_is_refused() -> None:
    with pytest.raises(Invalid):
        compile_program("journey", [{**NODE, "output_schema": {"type": "string"}}])
