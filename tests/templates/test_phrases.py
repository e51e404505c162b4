import html
import time

import pytest
from hypothesis import given
from hypothesis import strategies as st

from posthorn.templates.phrases import Variable, fill, markup_phrase, phrase

SCOPE = {"data": {"name": "Ada", "cart": {"id": 7}}, "profile": {"email": "a@b.c"}, "$": {"item": {"x": "y"}, "index": 0}}


@pytest.mark.parametrize(
    ("source", "shown"),
    [
        ("Hello {{name}} and {name}", "Hello Ada and Ada"),
        ("{{ data.cart.id }}/{cart.id}/{{{cart.id}}}", "7/7/7"),
        ("{{$.item.x}} {$.index}", "y 0"),
        ("{{cart}}", '{"id":7}'),
        ("{{nobody}}{nobody}!", "!"),
        ('{"a": 1} {} { name } a{b:c}', '{"a": 1} {} { name } a{b:c}'),
        ("body { color: red }", "body { color: red }"),
        ("{{#if name}}x{{/if}}", "{{#if name}}x{{/if}}"),
        ("${name} {{name", "${name} {{name"),
    ],
)
def test_variables_are_filled_and_other_braces_stay(source: str, shown: str):
    assert fill(phrase(source), SCOPE) == shown


def test_what_was_put_in_is_not_read_again():
    assert fill(phrase("{{x}}"), {"data": {"x": "{{y}}", "y": "secret"}}) == "{{y}}"


def test_in_html_single_braces_without_a_variable_stay():
    source = "<script>function(){return}</script>{name}{{gone}}"

    assert fill(markup_phrase(source), SCOPE) == "<script>function(){return}</script>Ada"


@pytest.mark.parametrize("attribute", ['href="{{x}}"', "href='{{x}}'", "src={{x}}", 'HREF = "{x}"'])
def test_in_html_a_variable_that_begins_an_address_is_checked(attribute: str):
    pieces = markup_phrase(f"<a {attribute}>")

    assert any(isinstance(piece, Variable) and piece.is_address for piece in pieces)
    assert "alert" not in fill(pieces, {"data": {"x": "java\tscript:alert(1)"}}, html.escape)
    assert "https://x.test" in fill(pieces, {"data": {"x": "https://x.test"}}, html.escape)


@pytest.mark.parametrize("source", ["{{" * 100_000, "{" * 200_000, "{{" + "a" * 200_000, "{a" * 100_000, "{a.a" * 50_000])
def test_hostile_texts_take_no_time(source: str):
    began = time.process_time()

    fill(phrase(source), SCOPE)

    assert time.process_time() - began < 2


@given(st.text(alphabet="{}$. abc\n[]#'\"", max_size=40))
def test_no_text_raises(source: str):
    fill(phrase(source), SCOPE)
    fill(markup_phrase(source), SCOPE, html.escape)


@given(st.text().filter(lambda text: "{" not in text))
def test_a_text_without_braces_stays_as_it_is(source: str):
    assert fill(phrase(source), SCOPE) == source
