from contextlib import suppress

from hypothesis import given
from hypothesis import strategies as st

from posthorn.errors import Invalid
from posthorn.templates.markdown import escaped, parse_markdown
from posthorn.templates.render import render


def html_of(source: str, **data: object) -> str:
    content = {"elements": [{"type": "text", "format": "markdown", "content": source}]}
    return render(content, channel="email", scope={"data": data}, now=0).html


def text_of(source: str, **data: object) -> str:
    content = {"elements": [{"type": "text", "format": "markdown", "content": source}]}
    return render(content, channel="email", scope={"data": data}, now=0).text


def test_markdown_becomes_html():
    assert "<p>A <strong>bold</strong> <em>word</em></p>" in html_of("A **bold** *word*")
    assert "<h1>Title</h1>" in html_of("# Title")


def test_values_mark_nothing_up():
    page = html_of("Hi **{{name}}**", name="[x](https://evil.test) <b>*y*</b> `z`")

    assert "<strong>[x](https://evil.test) &lt;b&gt;*y*&lt;/b&gt; `z`</strong>" in page


def test_html_in_markdown_is_escaped():
    assert "&lt;script&gt;" in html_of("<script>alert(1)</script>")


def test_a_link_may_hold_variables():
    page = html_of("[cart]({{url}}) [other](https://x.test/{{id}}?a=1&b=2)", url="https://shop.test/1", id="7")

    assert 'href="https://shop.test/1"' in page
    assert 'href="https://x.test/7?a=1&amp;b=2"' in page


def test_a_link_to_code_is_dropped():
    assert "javascript" not in html_of("[a]({{url}}) [b](javascript:alert(1)) ![c]({{url}})", url="javascript:alert(1)")


def test_the_text_alternative_spells_links_out():
    source = "# Hi\n\nSee [the *cart*](https://x.test/{{id}}).\n\n- one\n- **two**\n\n1. first\n\n---\n\n`code`"

    assert text_of(source, id=7) == "Hi\n\nSee the cart (https://x.test/7).\n\n- one\n- two\n\n1. first\n\n---\n\ncode"


def test_an_address_that_is_its_own_text_is_told_once():
    assert text_of("<https://x.test>") == "https://x.test"


def test_escaped_values_are_literal_markdown():
    assert html_of(escaped("*a* _b_ [c](d) `e` ~~f~~")).count("*a* _b_ [c](d) `e` ~~f~~") == 1


def test_private_characters_of_the_source_are_harmless():
    parse_markdown("\ue000" + "5\ue001 \ue0020\ue003 {{a}}")


@given(st.text(alphabet="*_[]()<>`#-1. \n{}ax!|~:/\\&\ue000\ue001", max_size=60), st.text(max_size=20))
def test_no_markdown_raises(source: str, value: str):
    with suppress(Invalid):
        html_of(source, a=value, x=value)
