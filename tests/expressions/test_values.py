import math

import pytest
from hypothesis import given
from hypothesis import strategies as st

from posthorn.expressions.values import UNDEFINED, number, text, truth


@pytest.mark.parametrize("value", [[], {}, "0", 1, -0.5, True])
def test_javascript_takes_it_for_true(value: object):
    assert truth(value)


@pytest.mark.parametrize("value", ["", 0, 0.0, math.nan, None, False, UNDEFINED])
def test_javascript_takes_it_for_false(value: object):
    assert not truth(value)


@pytest.mark.parametrize(
    ("value", "shown"),
    [
        (None, ""),
        (UNDEFINED, ""),
        (True, "true"),
        (5.0, "5"),
        (0.5, "0.5"),
        ([1, "a"], '[1,"a"]'),
        ({"a": None}, '{"a":null}'),
    ],
)
def test_a_value_inside_a_text(value: object, shown: str):
    assert text(value) == shown


@pytest.mark.parametrize(("value", "amount"), [(" 12.5 ", 12.5), ("", 0), (True, 1), (None, 0), ("1e3", 1000)])
def test_a_value_as_a_number(value: object, amount: float):
    assert number(value) == amount


@pytest.mark.parametrize("value", ["abc", "1_000", "nan", "infinity", "-inf", [], {}, UNDEFINED, "9" * 500])
def test_what_is_no_number_is_nan(value: object):
    assert math.isnan(number(value))


@given(st.integers() | st.floats())
def test_any_number_can_be_shown(value: float):
    assert text(value)
    number(value)


def test_an_integer_of_any_length_can_be_shown():
    assert text(10**5000) == "Infinity"
    assert number(10**5000) == math.inf
