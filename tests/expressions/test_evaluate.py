import math
from collections.abc import Callable
from contextlib import suppress
from typing import Any

import pytest
from hypothesis import example, given
from hypothesis import strategies as st

from posthorn.errors import Invalid
from posthorn.expressions.evaluate import evaluate
from posthorn.expressions.values import UNDEFINED

NOW = 1_700_000_000_000
SCOPE: dict[str, Any] = {
    "data": {
        "total": 60,
        "plan": "pro",
        "tags": ["a", "b"],
        "items": [{"price": 5}, {"price": 20}],
        "empty": None,
        "vip": True,
    },
    "profile": {"email": "ada@example.test"},
    "refs": {"reminder": {"status": "SENT"}, "lost": {"status": "UNDELIVERABLE"}},
    "$": {"item": "x", "index": 1},
}


def value_of(source: str) -> Any:
    return evaluate(source, SCOPE, now=NOW)


@pytest.mark.parametrize(
    ("source", "value"),
    [
        ("data.total > 50 && data.plan === 'pro'", True),
        ('data.plan == "free" || !data.vip', False),
        ("plan", "pro"),
        ("data['total'] % 7", 4),
        ("data.total / 8", 7.5),
        ("1 + 2 * 3 - -4", 11),
        ("(1 + 2) * 3", 9),
        ("'a' + 1 + 2", "a12"),
        ("'x' + data.empty + data.nothing", "xnullundefined"),
        ("data.total > 100 ? 'big' : data.total > 50 ? 'medium' : 'small'", "medium"),
        ("data.tags.includes('b')", True),
        ("'hello'.includes('ell')", True),
        ("['pro', 'team'].includes(data.plan)", True),
        ("data.tags.length", 2),
        ("data.items.some(i => i.price > 10)", True),
        ("data.items.every((i) => i.price > 10)", False),
        ("data.items.map(i => i.price * 2)", [10, 40]),
        ("data.items.filter(i => i.price > 10).length", 1),
        ("data.items.map(i => data.tags.map(t => t + i.price))", [["a5", "b5"], ["a20", "b20"]]),
        ("typeof data.total", "number"),
        ("typeof data.nothing === 'undefined'", True),
        ("typeof null", "object"),
        ("new Date('2026-01-01T00:00:00Z').getTime()", 1_767_225_600_000),
        ("new Date(5).getTime() < Date.now()", True),
        ("Date.now()", NOW),
        ("$.index + 1", 2),
        ("0 || null || 'last'", "last"),
        ("null === undefined", False),
        ("'5' === 5", False),
        ("'10' < '9'", True),
        ("'10' < 9", False),
        ("true === 1", False),
        (" [1, 2,].length ", 2),
        ("'it\\'s \\u0041\\n'", "it's A\n"),
        (".5 + 1e2", 100.5),
    ],
)
def test_the_subset_means_what_javascript_means(source: str, value: object):
    assert value_of(source) == value


@pytest.mark.parametrize(
    "source", ["data.a.b.c", "nobody", "nobody.some(x => x)", "data.total.foo", "data.tags[7]", "data.total.getTime()"]
)
def test_missing_members_are_undefined(source: str):
    assert value_of(source) is UNDEFINED


@pytest.mark.parametrize(
    ("source", "value"),
    [
        ("refs.reminder.status < MessageStatus.Opened", True),
        ("refs.reminder.status >= MessageStatus.Delivered", False),
        ("refs.reminder.status === MessageStatus.Sent", True),
        ("refs.lost.status < MessageStatus.Enqueued", True),
        ("refs.nobody.status < MessageStatus.Opened", False),
        ("MessageStatus.Routed <= MessageStatus.Delayed && MessageStatus.Delayed <= MessageStatus.Routed", True),
        ("MessageStatus.Opened", "OPENED"),
    ],
)
def test_message_statuses_compare_by_rank(source: str, value: object):
    assert value_of(source) == value


@pytest.mark.parametrize("source", ["0 / 0", "1 % 0", "+'abc'", "new Date('soon').getTime()", "data.nothing * 2"])
def test_arithmetic_without_a_result_is_nan(source: str):
    assert math.isnan(value_of(source))


@pytest.mark.parametrize(
    "source",
    [
        "",
        "data.",
        "1 +",
        "a = 1",
        "a => a",
        "data.total.toFixed(2)",
        "alert(1)",
        "eval('1')",
        "this",
        "new Map()",
        "Date.parse('x')",
        "data.items.map((a, b) => a)",
        "data.items.some(data.total)",
        "data.items.includes(i => i)",
        "`text`",
        "{}",
        "a; b",
        "a ?? b",
        "a?.b",
        "/x/",
        "1 2",
        "'open",
        "import('os')",
        "(" * 40 + "1" + ")" * 40,
        "!" * 60 + "1",
        "1" + "+1" * 3000,
        "x" * 5000,
        "🙂",
    ],
)
def test_what_lies_outside_the_subset_is_refused(source: str):
    with pytest.raises(Invalid):
        value_of(source)


@pytest.mark.parametrize(
    "source", ["data.__class__", "data.items.__len__", "'a'.__class__", "__builtins__", "refs.constructor"]
)
def test_python_cannot_be_reached(source: str):
    assert value_of(source) is UNDEFINED


def test_work_is_bounded():
    scope = {"data": {"xs": list(range(1000))}}

    with pytest.raises(Invalid, match="steps"):
        evaluate("xs.map(a => xs.map(b => a * b))", scope, now=NOW)
    with pytest.raises(Invalid, match="characters"):
        evaluate("s + s", {"data": {"s": "x" * 90_000}}, now=NOW)


numbers = st.integers(-50, 50)


def _combined(
    parts: tuple[tuple[str, Callable[[], int]], str, tuple[str, Callable[[], int]]],
) -> tuple[str, Callable[[], int]]:
    (left, left_value), operator, (right, right_value) = parts
    operations: dict[str, Callable[[], int]] = {
        "+": lambda: left_value() + right_value(),
        "-": lambda: left_value() - right_value(),
        "*": lambda: left_value() * right_value(),
    }
    return f"({left} {operator} {right})", operations[operator]


arithmetic = st.recursive(
    numbers.map(lambda n: (str(n) if n >= 0 else f"({n})", lambda: n)),
    lambda inner: st.tuples(inner, st.sampled_from(["+", "-", "*"]), inner).map(_combined),
    max_leaves=12,
)


@given(arithmetic)
def test_arithmetic_agrees_with_python(case: tuple[str, Callable[[], int]]):
    source, expected = case
    if source.count("(") > 20 or abs(expected()) > 2**53:
        return

    assert value_of(source) == expected()


@given(
    st.lists(st.tuples(numbers, st.sampled_from(["+", "-", "*", "<", "<=", "===", "&&", "||"])), min_size=1, max_size=8),
    numbers,
)
def test_ranks_of_operators_agree_with_python(pairs: list[tuple[int, str]], last: int):
    words = {"===": "==", "&&": "and", "||": "or"}
    source = "".join(f"{abs(n)} {operator} " for n, operator in pairs) + str(abs(last))
    if sum(operator in {"<", "<=", "==="} for _, operator in pairs) > 1:
        return  # Python reads a < b < c otherwise

    oracle = "".join(f"{abs(n)} {words.get(operator, operator)} " for n, operator in pairs) + str(abs(last))
    assert value_of(source) == eval(oracle)


@given(st.text(alphabet="ab.()[]'\"<>=!&|+-*/%?:, 019$_~`{}\\\n", max_size=40) | st.text(max_size=30))
@example("a" + "[a" * 30)
def test_nothing_but_invalid_is_ever_raised(source: str):
    with suppress(Invalid):
        evaluate(source, {"data": {"a": [1, "b", {"a": None}], "b": {}}}, now=NOW)
