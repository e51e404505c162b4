"""Bodies: decoded strictly, and complaints that name the place."""

import re
from typing import Annotated, Any

import msgspec
import pytest
from hypothesis import given
from hypothesis import strategies as st
from msgspec import Meta, Struct

from posthorn.api.bodies import decode
from posthorn.errors import Invalid


class Content(Struct, frozen=True, kw_only=True):
    version: str
    elements: list[dict[str, Any]] = []


class Notification(Struct, frozen=True, kw_only=True):
    name: str
    content: Content
    tags: list[str] | None = None


class Body(Struct, frozen=True, kw_only=True):
    notification: Notification | None
    others: dict[str, Notification] = {}
    many: tuple[Notification, ...] = ()
    limit: Annotated[int, Meta(ge=1)] = 1


def _complaint(body: str) -> str:
    with pytest.raises(Invalid) as caught:
        decode(body.encode(), Body)
    return caught.value.message


@pytest.mark.parametrize(
    ("body", "message"),
    [
        ("{}", "notification: Required"),
        ('{"notification": {}}', "notification.name: Required; notification.content: Required"),
        ('{"notification": {"name": "a", "content": {}}}', "notification.content.version: Required"),
        ('{"notification": null, "many": [{"name": "a"}]}', "many[0].content: Required"),
        ('{"notification": null, "others": {"x": {"name": "a"}}}', "others.x.content: Required"),
        ('{"notification": null, "limit": 0}', "limit: Expected `int` >= 1"),
        ('{"notification": null, "limit": "1"}', "limit: Expected `int`, got `str`"),
        ('{"notification": 5}', "notification: Expected `object | null`, got `int`"),
    ],
)
def test_a_complaint_names_the_place(body: str, message: str) -> None:
    assert _complaint(body) == message


@pytest.mark.parametrize("body", ["", "{", '{"notification": 5', "nul", '{"a": 1}x', '{"limit": 1e999}'])
def test_what_is_no_json_is_refused_as_such(body: str) -> None:
    assert re.match(r"The body is not valid JSON: |notification: Required", _complaint(body))


@pytest.mark.parametrize(
    ("text", "is_refused"), [(r"\u0000", True), (r"\\\u0000", True), (r"\\u0000", False), (r"\u00000", True)]
)
def test_only_a_real_nul_character_is_refused(text: str, is_refused: bool) -> None:
    body = f'{{"text": "{text}"}}'.encode()

    if is_refused:
        with pytest.raises(Invalid, match="must not contain"):
            decode(body, Any)
    else:
        assert decode(body, Any) == {"text": r"\u0000"}


@pytest.mark.parametrize(("depth", "is_refused"), [(100, False), (101, True), (50_000, True)])
def test_nesting_ends_at_a_hundred_levels(depth: int, is_refused: bool) -> None:
    body = b"[" * depth + b"]" * depth

    if is_refused:
        with pytest.raises(Invalid, match="nested too deeply"):
            decode(body, Any)
    else:
        assert isinstance(decode(body, Any), list)


def test_many_small_objects_are_not_deep() -> None:
    assert len(decode(b"[" + b"{}," * 500 + b"{}]", Any)) == 501


@given(
    st.binary()
    | st.recursive(st.none() | st.text(), lambda x: st.lists(x) | st.dictionaries(st.text(), x)).map(msgspec.json.encode)
)
def test_any_bytes_are_taken_or_refused(body: bytes) -> None:
    try:
        taken = decode(body, Body)
    except Invalid as error:
        taken, message = None, error.message
        assert message
    assert taken is None or isinstance(taken, Body)
