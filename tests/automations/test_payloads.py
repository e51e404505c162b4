from typing import Any

import pytest

from automations.automation_parts import VIEW, journey, library, own_event
from posthorn.automations.decide import decide
from posthorn.automations.model import RUN_INVOKED, RunInvoked
from posthorn.automations.payloads import mismatch

SCHEMA = {
    "type": "object",
    "properties": {
        "name": {"type": "string"},
        "age": {"type": ["integer", "null"]},
        "orders": {"type": "array", "items": {"type": "object", "properties": {"total": {"type": "number"}}}},
    },
    "required": ["name"],
}


@pytest.mark.parametrize(
    ("data", "told"),
    [
        ({}, ""),
        ({"name": "Ada", "age": 3.0, "orders": [{"total": 1.5}], "more": object}, ""),
        ({"age": None}, ""),
        ({"name": 5}, "data.name: Expected string."),
        ({"age": True}, "data.age: Expected integer or null."),
        ({"age": 1.5}, "data.age: Expected integer or null."),
        ({"orders": [{}, {"total": "1"}]}, "data.orders[1].total: Expected number."),
        ([], "data: Expected object."),
    ],
)
def test_what_is_there_must_have_its_type_and_what_is_missing_may_be(data: Any, told: str) -> None:
    assert mismatch(SCHEMA, data) == told


def test_a_schema_that_makes_no_sense_refuses_nothing() -> None:
    assert mismatch({"type": "dream", "properties": [], "items": 5}, {"a": 1}) == ""


def test_a_run_with_another_payload_ends_with_the_reason() -> None:
    trigger = {"type": "trigger", "trigger_type": "api-invoke", "schema": SCHEMA}
    automations = library(journey("jn", [trigger, {"type": "exit"}]))
    asked = RunInvoked(run_id="1-a", automation_id="jn", recipient="u-1", data={"name": 5})

    (run,) = decide(own_event(RUN_INVOKED, asked), (), VIEW, automations, 0).runs

    assert (run.status, run.reason) == ("ERROR", "data.name: Expected string.")
