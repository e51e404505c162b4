from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from posthorn.api.reader.look import PAGE, PRIMARY, contrast, look_of, style

colours = st.integers(0, 0xFFFFFF).map(lambda number: f"#{number:06x}")


def test_black_on_white_has_the_highest_contrast() -> None:
    assert contrast("#000000", "#ffffff") == pytest.approx(21)
    assert contrast("#777777", "#ffffff") == pytest.approx(4.478, abs=0.001)


@given(colours)
def test_whatever_the_brand_is_text_can_be_read(primary: str) -> None:
    look = look_of({"colors": {"primary": primary}})

    assert look.primary == primary
    assert contrast(look.primary, look.on_primary) >= 4.5
    assert contrast(look.link, PAGE) >= 4.5
    assert contrast(look.edge, PAGE) >= 3


def test_the_style_sheet_has_the_background_that_contrasts_are_held_against() -> None:
    assert f"background:{PAGE}" in style(look_of(None))


@pytest.mark.parametrize("written", ["#ABC", " #aabbcc "])
def test_short_and_padded_colours_are_understood(written: str) -> None:
    assert look_of({"colors": {"primary": written}}).primary == "#aabbcc"


@pytest.mark.parametrize(
    "settings", [None, {}, {"colors": None}, {"colors": "red"}, {"colors": {"primary": "red;}*{color:red"}}]
)
def test_what_is_no_colour_is_ours(settings: Any) -> None:
    look = look_of(settings)

    assert look.primary == PRIMARY
    assert style(look).startswith(":root{--primary:#2563eb;")
