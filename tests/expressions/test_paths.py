import pytest
from hypothesis import given
from hypothesis import strategies as st

from posthorn.expressions.paths import lookup, lookup_name, split
from posthorn.expressions.values import UNDEFINED

SCOPE = {"data": {"items": [{"name": "Pen"}], "a b": {"c.d": 1}, "none": None, "$": 2}, "profile": {"email": "a@b.c"}}

json_values = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats() | st.text(max_size=8),
    lambda inner: st.lists(inner, max_size=4) | st.dictionaries(st.text(max_size=6), inner, max_size=4),
    max_leaves=12,
)


@pytest.mark.parametrize(
    ("path", "value"),
    [
        ("data.items[0].name", "Pen"),
        ("data.items.0.name", "Pen"),
        ("data.items.length", 1),
        ('data["a b"]["c.d"]', 1),
        ("data['a b']['c.d']", 1),
        ("data.none", None),
        ("data.$", 2),
        ("profile.email.length", 5),
    ],
)
def test_a_path_leads_to_its_value(path: str, value: object):
    assert lookup(path, SCOPE) == value


@pytest.mark.parametrize(
    "path",
    [
        "",
        ".",
        "data.",
        "data..items",
        ".data",
        "data.items[1]",
        "data.items[-1]",
        "data.items[0",
        "data[x]",
        "nobody.x",
    ],
)
def test_a_path_that_leads_nowhere_is_undefined(path: str):
    assert lookup(path, SCOPE) is UNDEFINED


def test_a_bare_name_is_looked_for_in_the_data_first():
    scope = {"data": {"event": "Order Completed"}, "event": "nt_1", "recipient": "u1"}

    assert lookup_name("event", scope) == "Order Completed"
    assert lookup_name("recipient", scope) == "u1"


def test_a_dotted_path_is_looked_for_at_the_root_first():
    scope = {"data": {"profile": {"email": "wrong", "plan": "pro"}}, "profile": {"email": "right"}}

    assert lookup_name("profile.email", scope) == "right"
    assert lookup_name("profile.plan", scope) == "pro"


@given(st.text(max_size=40), st.dictionaries(st.text(max_size=5), json_values, max_size=4))
def test_no_path_raises(path: str, scope: dict[str, object]):
    lookup(path, scope)
    lookup_name(path, scope)


@given(st.lists(st.from_regex(r"[a-z_]{1,6}", fullmatch=True), min_size=1, max_size=6))
def test_dots_join_what_split_parts(keys: list[str]):
    assert split(".".join(keys)) == tuple(keys)
