from contextlib import suppress
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from posthorn.errors import Invalid
from posthorn.expressions.conditions import check, holds

SCOPE: dict[str, Any] = {
    "data": {
        "total": 60.0,
        "plan": "pro",
        "vip": True,
        "tags": ["a", 5],
        "none": None,
        "id": "9007199254740993",
        "zero": "007",
    },
    "profile": {"email": "ada@example.test"},
}


@pytest.mark.parametrize(
    ("atom", "result"),
    [
        (["data.total", "is equal", "60"], True),
        (["data.total", "is not equal", "60.0"], False),
        (["data.total", "greater than", "7"], True),
        (["data.total", "greater than or equal", "60"], True),
        (["data.total", "less than", "7"], False),
        (["data.total", "less than or equal", "60"], True),
        (["data.plan", "is equal", "pro"], True),
        (["data.vip", "is equal", "true"], True),
        (["data.zero", "is equal", "7"], True),
        (["data.id", "is equal", "9007199254740992"], False),
        (["data.tags", "contains", "5"], True),
        (["data.tags", "does not contain", "b"], True),
        (["profile.email", "contains", "@example"], True),
        (["profile.email", "starts with", "ada"], True),
        (["profile.email", "ends with", ".com"], False),
        (["profile.email", "exists"], True),
        (["data.none", "exists"], False),
        (["data.gone", "does not exist"], True),
        (["data.gone", "is equal", ""], False),
        (["data.gone", "is not equal", "x"], True),
        (["data.gone", "less than", "5"], False),
        (["data.gone", "does not contain", "x"], True),
        (["plan", "is equal", "pro"], True),
    ],
)
def test_an_atom_decides(atom: list[str], result: bool):
    assert holds(atom, SCOPE).holds is result


def test_the_reason_names_the_deciding_atom_and_what_it_saw():
    conditions = {"AND": [["data.plan", "is equal", "pro"], ["data.total", "greater than", "100"]]}

    verdict = holds(conditions, SCOPE)

    assert not verdict.holds
    assert verdict.reason == 'data.total greater than "100" does not hold: it is 60'


def test_groups_may_hold_groups():
    conditions = {"OR": [{"AND": [["data.plan", "is equal", "free"]]}, {"AND": [["data.vip", "is equal", "true"]]}]}

    assert holds(conditions, SCOPE).holds


def test_no_conditions_always_hold():
    assert holds(None, {}).holds


@pytest.mark.parametrize(
    ("conditions", "message"),
    [
        ("x", "conditions: Expected an atom"),
        ({}, "conditions: Expected an atom"),
        ({"AND": [], "OR": []}, "one key"),
        ({"AND": []}, "at least one"),
        ({"XOR": [["a", "exists"]]}, "A group is"),
        ([], "An atom is"),
        (["a"], "An atom is"),
        (["a", "is like", "b"], 'conditions: Unknown operator "is like"'),
        (["a", "exists", "b"], "takes no value"),
        (["a", "is equal"], "takes one value"),
        (["a", "is equal", ["b"]], "takes one value"),
        ({"AND": [["a", "exists"], ["a", "?"]]}, 'conditions.AND[1]: Unknown operator "?"'),
        ({"AND": [{"OR": [{"AND": [{"OR": [["a", "exists"]]}]}]}]}, "nested too deeply"),
        ({"AND": [["a", "exists"]] * 501}, "more than 500"),
    ],
)
def test_what_is_no_condition_is_refused(conditions: object, message: str):
    with pytest.raises(Invalid) as refused:
        check(conditions)
    assert message in refused.value.message


json_values = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats() | st.text(max_size=300),
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(st.text(max_size=3), inner, max_size=3),
    max_leaves=8,
)
operators = st.sampled_from(
    ["is equal", "is not equal", "contains", "does not contain", "starts with", "less than", "greater than"]
)
atoms = st.tuples(st.sampled_from(["data.a", "data.b", "x" * 300]), operators, st.text(max_size=300)).map(list)


@given(atoms, json_values)
def test_every_value_gets_a_verdict_with_a_short_reason(atom: list[str], value: Any):
    verdict = holds(atom, {"data": {"a": value}})

    assert 0 < len(verdict.reason) <= 200


@given(atoms, json_values)
def test_not_equal_is_the_opposite_of_equal(atom: list[str], value: Any):
    scope = {"data": {"a": value}}

    assert holds([atom[0], "is equal", atom[2]], scope).holds != holds([atom[0], "is not equal", atom[2]], scope).holds


@given(st.lists(atoms, min_size=1, max_size=5), json_values)
def test_and_is_all_and_or_is_any(members: list[list[str]], value: Any):
    scope = {"data": {"a": value, "b": "x"}}
    single = [holds(member, scope).holds for member in members]

    assert holds({"AND": members}, scope).holds == all(single)
    assert holds({"OR": members}, scope).holds == any(single)


@given(json_values)
def test_check_raises_nothing_but_invalid(conditions: Any):
    with suppress(Invalid):
        check(conditions)
