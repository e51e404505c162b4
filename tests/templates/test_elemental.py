from contextlib import suppress
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from posthorn.errors import Invalid
from posthorn.templates.elemental import check_content, elements_of, normal_form

json_values = st.recursive(
    st.none() | st.booleans() | st.integers() | st.text(max_size=8) | st.sampled_from(["text", "list", "channel", "link"]),
    lambda inner: (
        st.lists(inner, max_size=3)
        | st.dictionaries(
            st.sampled_from(["type", "elements", "content", "href", "id", "if", "locales", "channels"]), inner, max_size=5
        )
    ),
    max_leaves=15,
)


def test_sugar_means_a_meta_and_a_text():
    content = {"title": "Hello", "body": "World"}

    check_content(content)

    assert elements_of(content) == [{"type": "meta", "title": "Hello"}, {"type": "text", "content": "World"}]
    assert normal_form(content)["version"] == "2022-01-01"


def test_every_element_type_is_accepted():
    check_content(
        {
            "version": "2020-01-01",
            "elements": [
                {"type": "meta", "title": "x"},
                {
                    "type": "text",
                    "elements": [{"type": "string", "content": "a"}, {"type": "link", "content": "b", "href": "c"}],
                },
                {"type": "action", "content": "Go", "href": "https://x.test", "align": "full", "style": "link"},
                {"type": "image", "src": "https://x.test/a.png", "altText": "A"},
                {"type": "divider"},
                {"type": "quote", "content": "q", "borderColor": "#fff"},
                {"type": "group", "elements": []},
                {"type": "columns", "elements": [{"type": "column", "width": "50%", "elements": []}]},
                {"type": "list", "list_type": "ordered", "elements": [{"type": "list-item", "content": "one"}]},
                {"type": "html", "content": "<b>x</b>"},
                {"type": "jsonnet", "content": "{}"},
                {"type": "comment", "comment": "nothing"},
            ],
        }
    )


def text(**fields: Any) -> dict[str, Any]:
    return {"elements": [{"type": "text", "content": "x", **fields}]}


@pytest.mark.parametrize(
    ("content", "message"),
    [
        (None, "content: Required"),
        ("x", "content: Expected an object"),
        ({}, "content.elements: Required"),
        ({"title": "x"}, "content.body: Required"),
        ({"elements": {}}, "content.elements: Expected a list of elements"),
        ({"elements": [{}]}, "content.elements[0].type: Required"),
        ({"elements": [{"type": "meta"}, {"type": "x"}]}, 'content.elements[1].type: Unknown element type "x"'),
        ({"elements": [{"type": "action"}]}, "content.elements[0].content: Required; content.elements[0].href: Required"),
        ({"elements": [{"type": "text"}]}, "content.elements[0].content: Required"),
        (text(align="up"), "content.elements[0].align: Expected one of center, full, left, right"),
        (text(color=5), "content.elements[0].color: Expected a text"),
        (text(channels="email"), "content.elements[0].channels: Expected a list of texts"),
        (text(locales={"fr": "x"}), "content.elements[0].locales: Expected an object of partial elements"),
        (text(**{"if": "data.x ="}), "content.elements[0].if: "),
        (text(loop="data.x ="), "content.elements[0].loop: "),
        ({"elements": [{"type": "string", "content": "x"}]}, "string belongs inside a text"),
        ({"elements": [{"type": "text", "elements": [{"type": "text", "content": "x"}]}]}, "only string, link and img"),
        ({"elements": [{"type": "channel", "channel": "email"}, {"type": "divider"}]}, "all must be"),
        ({"elements": [{"type": "group", "elements": [{"type": "channel", "channel": "sms"}]}]}, "belongs at the top level"),
        ({"elements": [{"type": "divider", "id": "a"}, {"type": "divider", "id": "a"}]}, 'id: "a" is used twice'),
        ({"elements": [{"type": "divider"}] * 1001}, "More than 1000 elements"),
        ({"title": "x", "body": "x" * 600_000}, "content: Larger than 512000 bytes"),
    ],
)
def test_a_problem_is_named_with_its_place(content: Any, message: str):
    with pytest.raises(Invalid) as refused:
        check_content(content)

    assert message in refused.value.message


def test_endless_nesting_is_refused():
    content: dict[str, Any] = {"elements": []}
    for _ in range(50):
        content = {"elements": [{"type": "group", **content}]}

    with pytest.raises(Invalid, match="Nested more than 10"):
        check_content(content)


@given(json_values)
def test_nothing_but_invalid_is_ever_raised(content: Any):
    with suppress(Invalid):
        check_content(content)
