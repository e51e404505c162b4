from html.parser import HTMLParser
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from posthorn.errors import Invalid
from posthorn.templates.render import Action, Rendered, render

NOW = 1_772_443_200_000
CART: list[dict[str, Any]] = [
    {"type": "meta", "title": "{{vendor}} still has your cart"},
    {"type": "text", "content": "Hello {{profile.given_name}}, {total} EUR are waiting."},
    {"type": "action", "content": "Open the cart", "href": "https://shop.example.test/carts/{{cart_id}}", "action_id": "open"},
]
SCOPE: dict[str, Any] = {
    "data": {"vendor": "Shop", "total": 42.5, "cart_id": "c-9", "items": [{"name": "Pen"}, {"name": "Ink"}]},
    "profile": {"given_name": "Ada", "locale": "fr"},
}


def rendered(elements: list[dict[str, Any]], channel: str = "email", **options: Any) -> Rendered:
    scope = options.pop("scope", SCOPE)
    return render({"version": "2022-01-01", "elements": elements}, channel=channel, scope=scope, now=NOW, **options)


def text_of(*elements: dict[str, Any], scope: dict[str, Any] = SCOPE) -> str:
    return rendered(list(elements), scope=scope).text


def test_a_mail_has_a_subject_html_and_text():
    mail = rendered(CART)

    assert mail.subject == "Shop still has your cart"
    assert ">Hello Ada, 42.5 EUR are waiting.</p>" in mail.html
    assert 'href="https://shop.example.test/carts/c-9"' in mail.html
    assert mail.text == "Hello Ada, 42.5 EUR are waiting.\n\nOpen the cart: https://shop.example.test/carts/c-9"
    assert mail.blocks == (("text", "Hello Ada, 42.5 EUR are waiting."), ("action", "Open the cart"))


def test_sugar_is_rendered_too():
    mail = render(
        {"title": "Hi {{name}}", "body": "Line one\nLine two"}, channel="email", scope={"data": {"name": "Ada"}}, now=NOW
    )

    assert mail.subject == "Hi Ada"
    assert "Line one<br>\nLine two" in mail.html


@pytest.mark.parametrize("channel", ["push", "inbox", "banner"])
def test_a_push_has_a_title_a_body_and_actions(channel: str):
    push = rendered(CART, channel)

    assert push.title == "Shop still has your cart"
    assert push.body == "Hello Ada, 42.5 EUR are waiting."
    assert push.actions == (Action("Open the cart", "https://shop.example.test/carts/c-9", "open"),)
    assert push.html == ""


def test_a_text_message_spells_its_links_out():
    sms = rendered(CART, "sms")

    assert sms.text == "Hello Ada, 42.5 EUR are waiting.\nOpen the cart: https://shop.example.test/carts/c-9"


def test_a_direct_message_is_markdown_whose_values_mark_nothing_up():
    elements = [
        {"type": "text", "text_style": "h1", "content": "Dear {{name}}"},
        {"type": "text", "elements": [{"type": "string", "content": "now", "bold": True}]},
        {"type": "text", "format": "markdown", "content": "**Hi** {{name}}"},
        CART[2],
    ]

    message = rendered(elements, "direct_message", scope={"data": {"name": "*A*", "cart_id": "1"}})

    assert message.body == ("# Dear \\*A\\*\n\n**now**\n\n**Hi** \\*A\\*\n\n[Open the cart](https://shop.example.test/carts/1)")


def test_web_links_are_rewritten_once_each_and_listed():
    asked: list[tuple[str, bool]] = []

    def link(href: str, is_untracked: bool) -> str:
        asked.append((href, is_untracked))
        return f"https://t.test/{len(asked)}"

    elements = [
        {"type": "action", "content": "A", "href": "https://a.test"},
        {"type": "image", "src": "https://a.test/i.png", "href": "https://a.test"},
        {"type": "text", "elements": [{"type": "link", "content": "B", "href": "https://b.test", "disable_tracking": True}]},
        {"type": "text", "format": "markdown", "content": "[C](https://c.test)"},
        {"type": "action", "content": "M", "href": "mailto:x@y.z"},
    ]
    mail = rendered(elements, link=link)

    assert asked == [("https://a.test", False), ("https://b.test", True), ("https://c.test", False)]
    assert mail.links == ("https://a.test", "https://b.test", "https://c.test")
    assert mail.html.count('href="https://t.test/1"') == 2
    assert 'src="https://a.test/i.png"' in mail.html
    assert "https://t.test/3" in mail.text
    assert "mailto:x@y.z" in mail.html


def test_an_element_is_left_out_when_its_condition_is_false():
    elements = [
        {"type": "text", "content": "big", "if": "data.total > 50"},
        {"type": "text", "content": "small", "if": "total < 50"},
    ]

    assert text_of(*elements) == "small"


def test_a_loop_repeats_an_element():
    assert text_of({"type": "text", "loop": "data.items", "content": "{{$.index}}: {{$.item.name}}"}) == "0: Pen\n\n1: Ink"
    assert text_of({"type": "text", "loop": "items", "if": "$.item.name === 'Ink'", "content": "{$.item.name}"}) == "Ink"
    assert text_of({"type": "text", "loop": "data.items.filter(i => i.name === 'Pen')", "content": "{$.item.name}"}) == "Pen"
    assert text_of({"type": "text", "loop": "data.total", "content": "x"}) == ""


def test_loops_nest():
    scope = {"data": {"orders": [{"id": 1, "lines": ["a", "b"]}, {"id": 2, "lines": []}]}}
    inner = {"type": "text", "loop": "$.item.lines", "content": "{{$.item}}"}
    group = {"type": "group", "loop": "data.orders", "elements": [inner, {"type": "text", "content": "order {{$.item.id}}"}]}

    assert text_of(group, scope=scope) == "a\n\nb\n\norder 1\n\norder 2"


def test_a_later_element_may_ask_whether_one_was_visible():
    first = {"type": "text", "ref": "big", "content": "big", "if": "data.total > 50"}
    second = {"type": "text", "content": "not big", "if": "!refs.big.visible"}

    assert text_of(first, second) == "not big"


def test_an_element_may_be_for_some_channels_only():
    elements = [
        {"type": "text", "content": "mail", "channels": ["email"]},
        {"type": "text", "content": "text", "channels": ["sms"]},
    ]

    assert rendered(elements).text == "mail"
    assert rendered(elements, "sms").text == "text"


def test_channel_elements_serve_their_own_channel_or_the_default():
    elements = [
        {"type": "channel", "channel": "email", "elements": [{"type": "text", "content": "mail"}], "padding": "8px"},
        {"type": "channel", "channel": "default", "elements": [{"type": "text", "content": "any"}]},
    ]

    assert rendered(elements).text == "mail"
    assert "padding:8px" in rendered(elements).html
    assert rendered(elements, "sms").text == "any"


def test_raw_content_of_a_channel_is_used_as_it_is():
    raw = {"subject": "S {{vendor}}", "html": "<p>{{vendor}}</p><style>p{color}</style>", "extra": [{"n": "{{total}}"}]}
    mail = rendered([{"type": "channel", "channel": "email", "raw": raw}], scope={"data": {"vendor": "<A>\nB", "total": 3}})

    assert mail.subject == "S <A> B"
    assert mail.html == "<p>&lt;A&gt;\nB</p><style>p{color}</style>"
    assert mail.text == "<A>\nB"
    assert mail.raw["extra"] == [{"n": "3"}]


@pytest.mark.parametrize(
    ("locale", "shown"),
    [("fr", "Bonjour"), ("fr-CA", "Salut"), ("fr_BE", "Bonjour"), ("FR", "Bonjour"), ("de", "Hello"), (None, "Hello")],
)
def test_a_locale_falls_back_to_its_language_and_then_the_default(locale: str | None, shown: str):
    element = {"type": "text", "content": "Hello", "locales": {"fr": {"content": "Bonjour"}, "fr-CA": {"content": "Salut"}}}

    assert rendered([element], locale=locale).text == shown


def test_lists_are_numbered_and_nested():
    items = [
        {"type": "list-item", "content": "one"},
        {
            "type": "list-item",
            "elements": [{"type": "string", "content": "two "}, {"type": "link", "content": "x", "href": "https://x.test"}],
        },
        {"type": "list", "elements": [{"type": "list-item", "content": "inner"}]},
    ]
    mail = rendered([{"type": "list", "list_type": "ordered", "elements": items}])

    assert mail.text == "1. one\n2. two x (https://x.test)\n  - inner"
    assert mail.html.count("<li") == 3


def test_every_kind_of_element_has_its_place_in_html_and_text():
    elements = [
        {"type": "image", "src": "https://x.test/a.png", "alt_text": "A picture", "width": "120px"},
        {"type": "divider", "color": "red"},
        {"type": "quote", "content": "wise\nwords"},
        {"type": "columns", "elements": [{"type": "column", "elements": [{"type": "text", "content": "left"}]}]},
        {"type": "html", "content": "<table><tr><td>cell</td></tr></table>"},
        {"type": "comment", "comment": "hidden"},
        {"type": "jsonnet", "content": "{ raw: 1 }"},
    ]
    mail = rendered(elements)

    assert '<img src="https://x.test/a.png" alt="A picture" width="120"' in mail.html
    assert "border-top:1px solid red" in mail.html
    assert mail.text == "A picture\n\n---\n\n> wise\n> words\n\nleft\n\ncell"
    assert "hidden" not in mail.html
    assert mail.raw == {"jsonnet": "{ raw: 1 }"}


def test_a_footer_appears_with_an_unsubscribe_address():
    mail = rendered(
        CART, scope={**SCOPE, "urls": {"unsubscribe": "https://p.test/u/1"}, "brand": {"colors": {"primary": "#ffffff"}}}
    )

    assert '<a href="https://p.test/u/1"' in mail.html
    assert mail.text.endswith("Unsubscribe: https://p.test/u/1")
    assert "background-color:#ffffff;" in mail.html or 'bgcolor="#ffffff"' in mail.html
    assert "color:#111827;font-weight:600" in mail.html


def test_the_year_is_built_in():
    assert text_of({"type": "text", "content": "{{datetime.year}} {datetime.year}"}) == "2026 2026"


def test_a_subject_cannot_begin_another_header():
    mail = rendered([{"type": "meta", "title": "Hi {{x}}"}], scope={"data": {"x": "a\r\nBcc: evil@x.test\u2028b\x00c"}})

    assert mail.subject == "Hi a Bcc: evil@x.test b c"


@pytest.mark.parametrize(
    "element",
    [
        {"type": "text", "content": "x", "loop": "data.many"},
        {"type": "text", "content": "{{big}}" * 30},
        {"type": "group", "loop": "data.many", "elements": [{"type": "text", "content": "x", "loop": "data.many"}]},
        {"type": "html", "content": "{{big}}" * 30},
    ],
)
def test_a_runaway_template_is_stopped(element: dict[str, Any]):
    with pytest.raises(Invalid, match="more than"):
        rendered([element], scope={"data": {"many": [1] * 20_000, "big": "x" * 100_000}})


@pytest.mark.parametrize("content", [{}, {"elements": [{"type": "x"}]}, {"elements": 5}])
def test_content_that_is_none_is_refused(content: dict[str, Any]):
    with pytest.raises(Invalid):
        render(content, channel="email", scope={}, now=NOW)


EVERYTHING: list[dict[str, Any]] = [
    {"type": "meta", "title": "{{x}}"},
    {"type": "text", "content": "{{x}} {x}", "color": "{{x}}", "align": "{{x}}", "text_style": "{{x}}"},
    {"type": "text", "content": "**{{x}}** [{{x}}]({{x}}) ![{{x}}]({{x}})", "format": "markdown"},
    {
        "type": "text",
        "elements": [
            {"type": "link", "content": "{{x}}", "href": "{{x}}"},
            {"type": "img", "src": "{{x}}", "alt_text": "{{x}}"},
        ],
    },
    {"type": "action", "content": "{{x}}", "href": "{{x}}", "background_color": "{{x}}", "style": "{{x}}"},
    {"type": "action", "content": "{{x}}", "href": "https://x.test/{{x}}"},
    {"type": "image", "src": "{{x}}", "href": "{{x}}", "alt_text": "{{x}}", "width": "{{x}}"},
    {"type": "divider", "color": "{{x}}"},
    {"type": "quote", "content": "{{x}}", "border_color": "{{x}}"},
    {"type": "html", "content": "<p title=\"{{x}}\">{{x}}</p><a href='{{x}}'>y</a>"},
    {"type": "columns", "elements": [{"type": "column", "width": "{{x}}", "elements": [{"type": "text", "content": "{{x}}"}]}]},
    {"type": "list", "elements": [{"type": "list-item", "content": "{{x}}", "loop": "data.x"}]},
    {"type": "text", "content": "{{x.a.b}} {{$.item}}", "loop": "data.x", "if": "x.a !== 5 && x.includes('a')"},
]

json_values = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats() | st.text(max_size=20),
    lambda inner: st.lists(inner, max_size=4) | st.dictionaries(st.text(max_size=5), inner, max_size=4),
    max_leaves=10,
)


@given(json_values, st.sampled_from(["email", "sms", "push", "inbox", "direct_message", "webhook"]))
def test_no_data_makes_rendering_fail(value: Any, channel: str):
    result = rendered(EVERYTHING, channel, scope={"data": {"x": value}, "profile": value, "brand": value, "urls": value})

    assert all(isinstance(text, str) for text in (result.subject, result.title, result.html, result.text, result.body))


class _Spy(HTMLParser):
    """Notes every tag with a name we never write, every handler, and every address that runs code."""

    def __init__(self) -> None:
        super().__init__()
        self.found: list[str] = []

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        if tag in {"script", "svg", "iframe", "object", "b", "x"}:
            self.found.append(tag)
        for name, value in attrs:
            squeezed = "".join(character for character in value or "" if character > " ").lower()
            if name.startswith("on") or (
                name in {"href", "src"} and squeezed.startswith(("javascript:", "data:", "vbscript:"))
            ):
                self.found.append(f"{name}={value}")
            if name == "style" and ("expression(" in squeezed or "url(" in squeezed):
                self.found.append(f"{name}={value}")


ATTACKS = [
    "<script>alert(1)</script>",
    '"><script>alert(1)</script>',
    "'><svg onload=alert(1)>",
    '" onmouseover="alert(1)',
    "' onmouseover='alert(1)",
    "javascript:alert(1)",
    "JaVaScRiPt:alert(1)",
    " java\tscript:alert(1)",
    "data:text/html,<script>alert(1)</script>",
    "red;background:url(javascript:alert(1))",
    "</style></title><script>alert(1)</script>",
    "[x](javascript:alert(1))",
    "<b>bold</b>",
    'https://x.test/" onclick="alert(1)',
    "&#106;avascript:alert(1)",
]


def _spied(attack: str) -> list[str]:
    branded: dict[str, Any] = {
        "colors": {"primary": attack},
        "email": {"footer": {"content": attack}, "header": {"logo": {"image": attack, "href": attack}, "barColor": attack}},
    }
    scope = {"data": {"x": attack}, "brand": branded, "urls": {"unsubscribe": attack}}
    spy = _Spy()
    spy.feed(rendered(EVERYTHING, scope=scope, locale=attack).html)
    return spy.found


@pytest.mark.parametrize("attack", ATTACKS)
def test_no_script_gets_into_a_mail(attack: str):
    assert _spied(attack) == []


@given(st.lists(st.sampled_from([*ATTACKS, '"', "'", ">", "<", "`", "\\", "\n", ")", "](", "{{x}}"]), max_size=5).map("".join))
def test_no_mixture_of_attacks_gets_into_a_mail(attack: str):
    assert _spied(attack) == []
