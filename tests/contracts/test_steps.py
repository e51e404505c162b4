"""What every step of automations and journeys must do."""

from typing import Any

import msgspec
import pytest

from posthorn.automations.compile import compile_program
from posthorn.automations.discover import STEPS
from posthorn.automations.interpret import advance
from posthorn.automations.model import NOT_PROCESSED, Kind, Run, View
from posthorn.automations.outcomes import Step

NOW = 1_772_443_200_000
SAMPLES: dict[tuple[str, str], dict[str, Any]] = {
    ("automation", "send"): {"template": "t"},
    ("journey", "send"): {"message": {"template": "t"}},
    ("journey", "delay"): {"mode": "duration", "duration": "1 hour"},
    ("automation", "delay"): {"duration": "1 hour"},
    ("automation", "send-list"): {"list": "news", "template": "t"},
    ("automation", "fetch-data"): {"webhook": {"url": "https://shop.test/carts/{{data.a}}"}},
    ("journey", "fetch"): {"method": "get", "url": "https://shop.test/carts/{{data.a}}", "merge_strategy": "none"},
    ("automation", "get-profile"): {"user_id": "{{data.a}}"},
    ("journey", "ai"): {"output_schema": {"type": "object"}, "user_prompt": "Say {{data.a}}"},
    ("*", "wait-for-event"): {"event": "Order Completed", "timeout": "2 hours"},
    ("automation", "split"): {"variants": [{"id": "a", "weight": 1, "steps": []}, {"id": "b", "weight": 1}]},
    ("journey", "split"): {"variants": [{"id": "a", "weight": 1, "nodes": []}, {"id": "b", "weight": 1}]},
    ("*", "throttle"): {"max_allowed": 2, "period": "1 hour", "scope": "user"},
    ("automation", "add-to-batch"): {"wait_period": "PT5M", "max_wait_period": "PT1H"},
    ("journey", "batch"): {
        "scope": "user",
        "wait_period": "PT5M",
        "max_wait_period": "PT1H",
        "retain": {"type": "first", "count": 3},
    },
    ("*", "add-to-digest"): {"subscription_topic_id": "news"},
    ("*", "if"): {"condition": "data.a === 1", "then": [], "else": []},
    ("*", "switch"): {"cases": [{"condition": "true", "steps": []}], "default": []},
    ("*", "branch"): {"paths": [{"conditions": ["data.a", "exists"], "nodes": []}], "default": {"nodes": []}},
    ("*", "cancel"): {"cancelation_token": "t"},
    ("*", "update-profile"): {"profile": {"a": 1}},
    ("*", "invoke"): {"template": "other"},
    ("*", "exit"): {},
}
BY_NAME = pytest.mark.parametrize(("kind", "action"), sorted(STEPS))


def _sample(kind: str, action: str) -> dict[str, Any]:
    """A step as written. A new step needs a sample here."""
    fields = SAMPLES.get((kind, action)) or SAMPLES[("*", action)]
    return {("action" if kind == "automation" else "type"): action, **fields}


def _run(kind: Kind, **context: Any) -> Run:
    full = {"brand": None, "template": None, "recipient": "u", "profile": None, "data": {"a": 1}, **context}
    return Run(
        run_id="1-a",
        environment="production",
        user_key="u",
        automation_id="at",
        version=1,
        kind=kind,
        status=NOT_PROCESSED,
        context=full,
        created_at=NOW,
        updated_at=NOW,
    )


@BY_NAME
def test_a_step_says_what_it_is(kind: str, action: str) -> None:
    step = STEPS[(kind, action)]

    assert step.title
    assert step.config.__doc__
    assert all(field.type is not None for field in msgspec.structs.fields(step.config))


@BY_NAME
def test_a_step_can_be_described_as_a_schema(kind: str, action: str) -> None:
    assert "$ref" in msgspec.json.schema(STEPS[(kind, action)].config)


@BY_NAME
def test_a_step_does_the_same_twice(kind: Kind, action: str) -> None:
    program = compile_program(kind, [_sample(kind, action)])

    first, second = (advance(_run(kind), program, View(), NOW) for _ in range(2))

    assert first == second
    assert first.run.status in {"PROCESSED", "WAITING"}
    assert [one.action for one in first.steps] == [action]
    assert [one.sequence for one in first.steps] == [0]


@BY_NAME
def test_a_step_copes_with_a_context_that_holds_nothing(kind: Kind, action: str) -> None:
    empty = _run(kind, recipient=None, data=None)

    outcome = advance(empty, compile_program(kind, [_sample(kind, action)]), View(), NOW)

    assert outcome.run.status in {"PROCESSED", "WAITING", "ERROR"}
    assert bool(outcome.run.reason) == (outcome.run.status == "ERROR")


@BY_NAME
def test_a_step_whose_condition_is_false_is_skipped_with_a_reason(kind: Kind, action: str) -> None:
    written = {**_sample(kind, action), "conditions": ["data.a", "is equal", "2"]}

    outcome = advance(_run(kind), compile_program(kind, [written]), View(), NOW)

    assert [(one.status, bool(one.reason)) for one in outcome.steps] == [("SKIPPED", True)]
    assert outcome.effects == ()


def test_the_files_declare_what_they_are_found_by() -> None:
    assert all(isinstance(step, Step) and action == step.action for (_, action), step in STEPS.items())
