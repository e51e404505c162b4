from contextlib import suppress
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from messages.message_cases import CONTENT, NOW
from posthorn.errors import Invalid
from posthorn.messages.requests import check_request

ADA = {"user_id": "u-1042"}


def check(message: Any) -> Any:
    return check_request({"message": message}, now=NOW)


def test_the_message_and_its_recipients_come_apart() -> None:
    message, found = check({"to": [ADA, {"email": "b@example.test"}], "content": CONTENT, "data": {"a": 1}})

    assert message == {"content": CONTENT, "data": {"a": 1}}
    assert [target.recipient for target in found.targets] == ["u-1042", "b@example.test"]


@pytest.mark.parametrize("body", [None, [], {}, {"message": None}, "text"])
def test_a_body_without_a_message_is_refused(body: Any) -> None:
    with pytest.raises(Invalid, match="message: Required"):
        check_request(body, now=NOW)


def test_neither_content_nor_template_has_the_wire_text() -> None:
    with pytest.raises(Invalid) as refused:
        check({"to": ADA})

    assert refused.value.message == "Invalid Request. Either 'content' or 'template' must be defined."


@pytest.mark.parametrize(
    ("fields", "text"),
    [
        ({"content": "text"}, "message.content: Expected an object"),
        ({"content": {"subject": "x"}}, "message.content.elements: Required"),
        ({"content": {"title": 1, "body": "x"}}, "message.content.title: Required"),
        ({"content": {"elements": {}}}, "message.content.elements: Expected a list"),
        ({"content": {"elements": [{"type": "script"}]}}, r'message.content.elements\[0\].type: Unknown element type "script"'),
        ({"routing": {"method": "some", "channels": []}}, "message.routing.method: Expected 'all' or 'single'"),
        ({"routing": {"method": "all"}}, "message.routing.channels: Required"),
        ({"routing": {"method": "all", "channels": [5]}}, r"message.routing.channels\[0\]: Expected an object"),
        ({"metadata": {"tags": ["x"] * 10}}, "At most 9 tags"),
        ({"metadata": {"tags": ["x" * 31]}}, "at most 30 characters"),
        ({"metadata": {"tags": "x"}}, "Expected an array of strings"),
        ({"delay": {"duration": 400 * 86_400_000}}, "one year at most"),
        ({"delay": {"duration": "1 hour"}}, "message.delay.duration: Expected milliseconds"),
        ({"delay": {"until": "whenever"}}, "whenever"),
        ({"delay": {"duration": 1, "until": "Mo 09:00-10:00", "timezone": "Mars/Phobos"}}, "Mars/Phobos"),
        ({"timeout": {"criteria": []}}, "message.timeout.criteria"),
        ({"data": []}, "message.data: Expected an object"),
        ({"template": 5}, "message.template: Expected a string"),
    ],
)
def test_what_cannot_be_sent_is_refused_with_its_path(fields: dict[str, Any], text: str) -> None:
    with pytest.raises(Invalid, match=text):
        check({"to": ADA, "content": CONTENT, **fields})


def test_elements_nested_without_end_are_refused() -> None:
    element: dict[str, Any] = {"type": "group"}
    for _ in range(200):
        element = {"type": "group", "elements": [element]}

    with pytest.raises(Invalid, match="levels deep"):
        check({"to": ADA, "content": {"version": "2022-01-01", "elements": [element]}})


json_values = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats(allow_nan=False) | st.text(max_size=8),
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(st.text(max_size=8), inner, max_size=3),
    max_leaves=8,
)
parts = st.sampled_from(
    ["content", "template", "routing", "metadata", "delay", "timeout", "timeouts", "data", "channels", "context"]
)
inner_parts = st.sampled_from(["elements", "title", "method", "channels", "tags", "utm", "duration", "until", "criteria"])


@given(st.dictionaries(parts, json_values | st.dictionaries(inner_parts, json_values, max_size=3), max_size=5))
def test_any_json_is_a_message_or_refused(message: dict[str, Any]) -> None:
    with suppress(Invalid):
        check({"to": ADA, "content": CONTENT, **message})
