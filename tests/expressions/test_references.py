import time
from contextlib import suppress
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from posthorn.errors import Invalid
from posthorn.expressions.references import resolve

SCOPE: dict[str, Any] = {
    "data": {
        "id": 7,
        "name": "Ada",
        "on": True,
        "list": [1, 2],
        "none": None,
        "text": "{{data.name}} ${data.name} refs.data.id",
    },
    "profile": {"email": "ada@example.test"},
    "recipient": "u-1",
    "brand": "b-1",
    "template": None,
    "refs": {"reminder": {"status": "SENT"}},
    "f1": {"body": {"tenant_id": "acme"}, "status": 200},
}

json_values = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats() | st.text(alphabet="refs.data{}$`[]x ", max_size=20),
    lambda inner: st.lists(inner, max_size=4) | st.dictionaries(st.text(max_size=6) | st.just("$ref"), inner, max_size=3),
    max_leaves=10,
)


@pytest.mark.parametrize(
    ("value", "resolved"),
    [
        ("refs.data.id", 7),
        ("refs.recipient", "u-1"),
        ("refs.reminder.status", "SENT"),
        ("refs.data.nothing", None),
        ({"$ref": "data.list"}, [1, 2]),
        ({"$ref": "refs.data.id"}, 7),
        ({"$ref": "reminder.status"}, "SENT"),
        ({"$ref": "data.nothing"}, None),
        ("cart-${data.id}", "cart-7"),
        ("${`prefix-${data.id}`}", "prefix-7"),
        ("a${data.nothing}b${data.none}c", "abc"),
        ("{{data.id}}", 7),
        ("{{ data.list }}", [1, 2]),
        ("{{nothing}}", ""),
        ("{{f1.body.tenant_id}}", "acme"),
        ("Hello {{name}}, {{data.on}} {{data.list}} {{gone}}!", "Hello Ada, true [1,2] !"),
        ("https://x.test/{{data.id}}?q=${profile.email}", "https://x.test/7?q=ada@example.test"),
        ("refs. are nice", "refs. are nice"),
        ("body { color: red } ${", "body { color: red } ${"),
        ("costs 5 {single}", "costs 5 {single}"),
        (3, 3),
        (None, None),
    ],
)
def test_a_reference_is_replaced(value: object, resolved: object):
    assert resolve(value, SCOPE) == resolved


def test_references_are_found_at_any_depth():
    value = {"to": {"user_id": "refs.recipient", "data": {"cart": {"$ref": "data.id"}, "x": ["{{data.name}}"]}}}

    assert resolve(value, SCOPE) == {"to": {"user_id": "u-1", "data": {"cart": 7, "x": ["Ada"]}}}


@pytest.mark.parametrize("value", ["refs.data.text", "{{data.text}}", "${data.text}", "{{data.text}}!", {"$ref": "data.text"}])
def test_what_was_put_in_is_not_read_again(value: object):
    assert str(resolve(value, SCOPE)).rstrip("!") == SCOPE["data"]["text"]


def test_a_value_nested_without_end_is_refused():
    value: Any = "x"
    for _ in range(200):
        value = [value]

    with pytest.raises(Invalid):
        resolve(value, SCOPE)


def test_references_do_not_blow_up():
    with pytest.raises(Invalid):
        resolve(["${data.big}"] * 100, {"data": {"big": "x" * 100_000}})


@pytest.mark.parametrize("source", ["${" * 100_000, "{{" * 100_000, "${`" * 50_000, "{{" + " " * 200_000, "${a}" * 50_000])
def test_hostile_texts_take_no_time(source: str):
    began = time.process_time()

    with suppress(Invalid):
        resolve(source, SCOPE)
    assert time.process_time() - began < 2


@given(json_values, st.dictionaries(st.text(max_size=4), json_values, max_size=3))
def test_nothing_but_invalid_is_ever_raised_and_no_shape_changes(value: Any, scope: dict[str, Any]):
    resolved = resolve(value, scope)

    if isinstance(value, list):
        assert len(resolved) == len(value)
