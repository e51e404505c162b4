from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from posthorn.automations.compile import MAX_NESTING, MAX_STEPS, compile_program
from posthorn.errors import Invalid

EXIT = {"action": "exit"}


def _shape(nodes: list[Any]) -> list[tuple[str, int, tuple[int, ...]]]:
    program = compile_program("automation", nodes)
    return [(one.node_id, one.next, one.targets) for one in program.instructions]


def test_lists_inside_a_step_lie_behind_it_and_lead_out_of_it() -> None:
    inner = {"action": "if", "condition": "true", "then": [EXIT, EXIT], "else": []}

    assert _shape([EXIT, inner, EXIT]) == [
        ("0", 1, ()),
        ("1", 4, (2, 4)),
        ("1.then.0", 3, ()),
        ("1.then.1", 4, ()),
        ("2", 5, ()),
    ]


def test_the_end_of_the_last_list_is_the_end() -> None:
    case = {"condition": "true", "steps": [{"action": "if", "condition": "true", "then": [EXIT]}]}

    assert _shape([{"action": "switch", "cases": [case], "default": [EXIT]}]) == [
        ("0", 4, (1, 3)),
        ("0.cases.0.steps.0", 4, (2, 4)),
        ("0.cases.0.steps.0.then.0", 4, ()),
        ("0.default.0", 4, ()),
    ]


@pytest.mark.parametrize(
    ("steps", "text"),
    [
        ("x", "steps: Expected a list"),
        ([1], "steps[0]: Expected an object"),
        ([{}], "steps[0].action: Required"),
        ([{"action": "dance"}], 'steps[0].action: Unknown action "dance"'),
        ([EXIT, {"action": "delay", "duration": 5}], "steps[1].duration: Expected `str | object | null`, got `int`"),
        ([{"action": "delay"}], "steps[0]: One of `duration` and `until`: Required"),
        ([{"action": "invoke"}], "steps[0].template: Required"),
        ([{"action": "cancel"}], "steps[0].cancelation_token: Required"),
        ([{**EXIT, "ref": "data"}], 'steps[0]: "data" is a reserved word'),
        ([{**EXIT, "ref": "a"}, {**EXIT, "id": "a"}], 'steps[1]: "a" is used twice as an id or ref'),
        ([{"action": "if", "condition": "true", "then": [{"action": "x"}]}], 'steps[0].then[0].action: Unknown action "x"'),
    ],
)
def test_a_fault_is_told_with_its_place(steps: Any, text: str) -> None:
    with pytest.raises(Invalid) as refused:
        compile_program("automation", steps)

    assert refused.value.message == text


@pytest.mark.parametrize(
    "step",
    [
        {"action": "delay", "duration": "soon"},
        {"action": "delay", "until": "tomorrow"},
        {**EXIT, "if": "data.a ==="},
        {**EXIT, "if": "fetch('x')"},
        {**EXIT, "conditions": ["a", "resembles", "b"]},
        {"action": "if", "condition": ["a"]},
        {"action": "update-profile", "profile": {}, "merge": "shuffle"},
    ],
)
def test_what_can_be_seen_to_be_wrong_is_refused_before_it_runs(step: Any) -> None:
    with pytest.raises(Invalid, match=r"^steps\[0\]"):
        compile_program("automation", [step])


def test_too_many_and_too_deep_steps_are_refused() -> None:
    deep: list[Any] = [EXIT]
    for _ in range(MAX_NESTING + 1):
        deep = [{"action": "if", "condition": "true", "then": deep}]

    with pytest.raises(Invalid, match="nested at most"):
        compile_program("automation", deep)
    with pytest.raises(Invalid, match="more than 1000 steps"):
        compile_program("automation", [EXIT] * (MAX_STEPS + 1))


def test_a_journeys_trigger_is_no_instruction_and_stands_outside_of_branches() -> None:
    trigger = {"type": "trigger", "trigger_type": "api-invoke"}
    branch = {"type": "branch", "paths": [], "default": {"nodes": [trigger]}}

    assert compile_program("journey", [trigger]).instructions == ()
    with pytest.raises(Invalid, match="cannot stand inside a branch"):
        compile_program("journey", [branch])


JSON = st.recursive(
    st.none() | st.booleans() | st.integers() | st.text(max_size=8),
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(st.text(max_size=8), inner, max_size=3),
    max_leaves=8,
)
ACTIONS = ("delay", "send", "if", "switch", "cancel", "update-profile", "invoke", "exit")
FIELDS = ("duration", "until", "message", "template", "condition", "then", "cases", "profile", "if", "ref", "context")
ANY_STEP = st.fixed_dictionaries(
    {"action": st.sampled_from(ACTIONS)},
    optional=dict.fromkeys(FIELDS, JSON),  # pyright: ignore[reportArgumentType] - hypothesis types the mapping by its keys
)


@given(st.lists(ANY_STEP, max_size=3))
def test_whatever_is_written_is_a_program_or_is_refused(steps: list[Any]) -> None:
    try:
        instructions = compile_program("automation", steps).instructions
    except Invalid:
        return

    assert all(one.next > place for place, one in enumerate(instructions))
