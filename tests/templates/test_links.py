import pytest
from hypothesis import given
from hypothesis import strategies as st

from posthorn.templates.links import is_web, safe_address


@pytest.mark.parametrize(
    "address", ["https://x.test/a?b=c#d", "http://x.test", "mailto:a@b.c", "tel:+49", "/path", "#top", "//x.test", "x.test/a:b"]
)
def test_an_address_may_come_from_data(address: str):
    assert safe_address(address, "") == address


@pytest.mark.parametrize(
    "address",
    [
        "javascript:alert(1)",
        " JavaScript:alert(1)",
        "java\nscript:alert(1)",
        "\x01javascript:alert(1)",
        "java\u200bscript:alert(1)",
        "data:text/html,<script>",
        "vbscript:x",
        "file:///etc/passwd",
        "myapp://x",
    ],
)
def test_no_other_scheme_may_come_from_data(address: str):
    assert safe_address(address, "") == ""


def test_an_author_may_use_his_own_scheme():
    assert safe_address("myapp://cart/7", "myapp://cart/") == "myapp://cart/7"


@pytest.mark.parametrize("beginning", ["java", "", "javascript:"])
def test_nobody_may_use_javascript(beginning: str):
    assert safe_address("javascript:alert(1)", beginning) == ""


def test_blanks_cannot_break_out():
    assert "\n" not in safe_address("https://x.test/a b\r\nBcc: x", "")


@given(st.text())
def test_what_is_let_through_has_no_blanks_and_no_code(address: str):
    safe = safe_address(address, "")

    assert not any(character.isspace() and character < "\x80" for character in safe)
    assert not safe.lower().startswith(("javascript:", "data:", "vbscript:"))


def test_only_http_is_web():
    assert is_web("HTTPS://x.test")
    assert not is_web("mailto:a@b.c")
    assert not is_web("/x")
