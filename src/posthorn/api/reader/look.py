"""The colours of a page for readers: the brand's, as far as text in them can be read (WCAG 2.1, 1.4.3 and 1.4.11)."""

import re
from collections.abc import Mapping
from importlib.resources import files
from typing import Any

from msgspec import Struct

PRIMARY = "#2563eb"
PAGE = "#f3f4f6"
"""The background of a page; its cards are white, where contrasts with dark colours are higher."""

_INK = "#111827"
_TEXT_CONTRAST = 4.5
_EDGE_CONTRAST = 3.0
_HEX = re.compile(r"#(?:[0-9a-fA-F]{3}){1,2}")
_CSS = files("posthorn.api.reader").joinpath("pages/reader.css").read_text("utf-8")


class Look(Struct, frozen=True, kw_only=True):
    """CSS colours `#rrggbb`. primary: of areas; on_primary: of text on them; link, edge: of text and lines elsewhere."""

    primary: str
    on_primary: str
    link: str
    edge: str


def look_of(settings: Mapping[str, Any] | None) -> Look:
    """The look of a brand by its settings (courier.md 9.4); ours for None or colours that are none."""
    colors = (settings or {}).get("colors")
    primary = _colour(colors.get("primary") if isinstance(colors, Mapping) else None)
    on_page = contrast(primary, PAGE)
    return Look(
        primary=primary,
        on_primary="#ffffff" if contrast(primary, "#ffffff") >= contrast(primary, "#000000") else "#000000",
        link=primary if on_page >= _TEXT_CONTRAST else _INK,
        edge=primary if on_page >= _EDGE_CONTRAST else _INK,
    )


def style(look: Look) -> str:
    """The style sheet of the pages."""
    colours = f"--primary:{look.primary};--on-primary:{look.on_primary};--link:{look.link};--edge:{look.edge}"
    return f":root{{{colours}}}{_CSS}"


def contrast(one: str, other: str) -> float:
    """The contrast ratio of two colours `#rrggbb`, from 1 to 21. Source: WCAG 2.1, "contrast ratio"."""
    darker, lighter = sorted((_luminance(one), _luminance(other)))
    return (lighter + 0.05) / (darker + 0.05)


def _luminance(colour: str) -> float:
    shares = [int(colour[at : at + 2], 16) / 255 for at in (1, 3, 5)]
    red, green, blue = (share / 12.92 if share <= 0.04045 else ((share + 0.055) / 1.055) ** 2.4 for share in shares)
    return 0.2126 * red + 0.7152 * green + 0.0722 * blue


def _colour(written: Any) -> str:
    if not isinstance(written, str) or not _HEX.fullmatch(written.strip()):
        return PRIMARY
    digits = written.strip()[1:].lower()
    return "#" + (digits if len(digits) == 6 else "".join(digit * 2 for digit in digits))
