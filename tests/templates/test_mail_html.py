import pytest

from posthorn.templates.mail_html import colour, length, readable_on


@pytest.mark.parametrize("written", ["#fff", "#A1b2C3", "red", "rgb(1, 2, 3)", "hsla(1,2%,3%,0.5)"])
def test_a_colour_is_let_through(written: str):
    assert colour(written, "black") == written


@pytest.mark.parametrize("written", ["", "red;x:y", "url(x)", "#ggg", 'red"', "expression(alert(1))"])
def test_anything_else_is_no_colour(written: str):
    assert colour(written, "black") == "black"


@pytest.mark.parametrize(("written", "css"), [("120", "120px"), ("50%", "50%"), ("8px 16px", "8px 16px"), ("1.5em", "1.5em")])
def test_a_length_is_let_through(written: str, css: str):
    assert length(written, "0") == css


@pytest.mark.parametrize("written", ["", "1px;x:y", "wide", "calc(1px)", "1" * 9])
def test_anything_else_is_no_length(written: str):
    assert length(written, "0") == "0"


def test_a_label_can_be_read_on_its_button():
    assert readable_on("#ffffff") == "#111827"
    assert readable_on("#000000") == "#ffffff"
    assert readable_on("red") == "#ffffff"
