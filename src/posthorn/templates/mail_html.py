"""Filled elements as HTML for mail clients: tables, inline styles, nothing that needs a script."""

import html
import re
from collections.abc import Callable, Iterable
from functools import lru_cache

from msgspec import Struct

from posthorn.templates.filling import Filled

_COLOUR = re.compile(r"#[0-9A-Fa-f]{3,8}|[A-Za-z]{3,30}|(?:rgb|hsl)a?\([0-9.,%/ ]{1,40}\)")
_LENGTH = re.compile(r"\d{1,4}(?:\.\d{1,2})?(?:px|%|em|rem|pt)?(?: \d{1,4}(?:px|%|em|pt)?){0,3}")
_STYLES = {
    "h1": ("h1", "margin:0 0 16px;font-size:28px;line-height:1.25;font-weight:700"),
    "h2": ("h2", "margin:0 0 12px;font-size:21px;line-height:1.3;font-weight:700"),
    "subtext": ("p", "margin:0 0 16px;font-size:13px;line-height:1.5;opacity:0.75"),
    "text": ("p", "margin:0 0 16px"),
}
_FLAG_STYLES = (
    ("bold", "font-weight:700"),
    ("italic", "font-style:italic"),
    ("underline", "text-decoration:underline"),
    ("strikethrough", "text-decoration:line-through"),
)
_ALIGNMENTS = frozenset({"left", "center", "right"})


class Look(Struct, frozen=True, kw_only=True):
    """What the brand decides: CSS colours that were checked."""

    primary: str
    on_primary: str


def mail_html(elements: Iterable[Filled], look: Look) -> str:
    """The elements as rows of HTML, each on a line of its own; every text in it is escaped."""
    return "\n".join([_WRITERS[element.kind](element, look) for element in elements if element.kind in _WRITERS])


@lru_cache(maxsize=1024)
def colour(written: str, default: str) -> str:
    """The CSS colour if it is one, else the default."""
    stripped = written.strip()
    return stripped if _COLOUR.fullmatch(stripped) else default


@lru_cache(maxsize=1024)
def length(written: str, default: str) -> str:
    """The CSS length if it is one (a bare number means pixels), else the default."""
    stripped = written.strip()
    if not _LENGTH.fullmatch(stripped):
        return default
    return stripped + "px" if stripped.replace(".", "").isdigit() else stripped


def _text(element: Filled, _look: Look) -> str:
    texts = element.texts
    tag, style = _STYLES.get(texts.get("text_style", ""), _STYLES["text"])
    align = texts.get("align", "")
    if align in _ALIGNMENTS:
        style += f";text-align:{align}"
    style += _styled(element)
    if element.markup:
        return f'<div class="markdown" style="{style}">{element.markup}</div>'
    return f'<{tag} style="{style}">{_inside(element)}</{tag}>'


def _styled(element: Filled) -> str:
    style = "".join([f";{css}" for flag, css in _FLAG_STYLES if flag in element.flags]) if element.flags else ""
    chosen = element.texts.get("color", "")
    return f"{style};color:{colour(chosen, 'inherit')}" if chosen else style


def _inside(element: Filled) -> str:
    if element.children:
        return "".join([_inline(child) for child in element.children])
    return _lines(element.texts.get("content", ""))


def _lines(text: str) -> str:
    written = html.escape(text)
    return written.replace("\r\n", "\n").replace("\n", "<br>\n") if "\n" in written else written


def _inline(element: Filled) -> str:
    if element.kind == "img":
        return _linked(_picture(element, "vertical-align:middle;max-width:100%;border:0"), element.texts.get("href", ""))
    written = _lines(element.texts.get("content", ""))
    if element.kind == "link":
        return _linked(written, element.texts["href"], _styled(element).lstrip(";"))
    style = _styled(element).lstrip(";")
    return f'<span style="{style}">{written}</span>' if style else written


def _linked(inside: str, address: str, style: str = "") -> str:
    if not address:
        return inside
    styled = f' style="{style}"' if style else ""
    return f'<a href="{html.escape(address)}" target="_blank" rel="noopener"{styled}>{inside}</a>'


def _action(element: Filled, look: Look) -> str:
    texts = element.texts
    align = texts.get("align", "center")
    if texts.get("style") == "link" or not texts["href"]:
        placed = align if align in _ALIGNMENTS else "center"
        return f'<p style="margin:0 0 16px;text-align:{placed}">{_linked(_lines(texts["content"]), texts["href"])}</p>'
    own = texts.get("background_color", "")
    background = colour(own, look.primary) if own else look.primary
    foreground = look.on_primary if background == look.primary else colour(texts.get("color", ""), readable_on(background))
    table, block = (' width="100%"', "display:block;text-align:center") if align == "full" else ("", "display:inline-block")
    placed = align if align in _ALIGNMENTS else "center"
    return (
        f'<table role="presentation" align="{placed}"{table} cellpadding="0" cellspacing="0" border="0" '
        f'style="margin:8px {"auto" if placed == "center" else "0"} 24px"><tr><td bgcolor="{background}" '
        f'style="border-radius:6px;background-color:{background}"><a href="{html.escape(texts["href"])}" target="_blank" '
        f'rel="noopener" style="{block};padding:12px 24px;border-radius:6px;color:{foreground};font-weight:600;'
        f'text-decoration:none">{_lines(texts["content"])}</a></td></tr></table><div style="clear:both"></div>'
    )


@lru_cache(maxsize=1024)
def readable_on(background: str) -> str:
    """White or near-black, whichever can be read on a `#rrggbb` background; white on any other."""
    if not re.fullmatch(r"#[0-9A-Fa-f]{6}", background):
        return "#ffffff"
    red, green, blue = (int(background[at : at + 2], 16) for at in (1, 3, 5))
    return "#111827" if (red * 299 + green * 587 + blue * 114) / 1000 > 160 else "#ffffff"


def _picture(element: Filled, style: str) -> str:
    texts = element.texts
    if not texts.get("src"):
        return html.escape(texts.get("alt_text", ""))
    chosen = length(texts.get("width", ""), "")
    if chosen:
        style += f";width:{chosen}"
    attribute = f' width="{chosen.removesuffix("px")}"' if chosen.endswith("px") else ""
    alt = html.escape(texts.get("alt_text", ""))
    return f'<img src="{html.escape(texts["src"])}" alt="{alt}"{attribute} style="{style}">'


def _image(element: Filled, _look: Look) -> str:
    align = element.texts.get("align", "center")
    placed = align if align in _ALIGNMENTS else "center"
    picture = _picture(element, "max-width:100%;height:auto;border:0" + (";width:100%" if align == "full" else ""))
    return f'<div style="margin:0 0 16px;text-align:{placed}">{_linked(picture, element.texts.get("href", ""))}</div>'


def _divider(element: Filled, _look: Look) -> str:
    line = colour(element.texts.get("color", ""), "#d1d5db")
    return f'<hr style="border:0;border-top:1px solid {line};margin:24px 0">'


def _quote(element: Filled, look: Look) -> str:
    texts = element.texts
    line = colour(texts.get("border_color", ""), look.primary)
    align = texts.get("align", "")
    placed = f";text-align:{align}" if align in _ALIGNMENTS else ""
    size = {"h1": ";font-size:28px", "h2": ";font-size:21px", "subtext": ";font-size:13px"}.get(texts.get("text_style", ""), "")
    return (
        f'<blockquote style="margin:0 0 16px;padding:4px 16px;border-left:4px solid {line}{placed}{size}{_styled(element)}">'
        f"{_lines(texts['content'])}</blockquote>"
    )


def _html(element: Filled, _look: Look) -> str:
    return element.markup


def _group(element: Filled, look: Look) -> str:
    return mail_html(element.children, look)


def _columns(element: Filled, look: Look) -> str:
    share = f"{100 // max(1, len(element.children))}%"
    cells = [
        f'<td class="column" valign="top" style="padding:0 8px;width:{length(child.texts.get("width", ""), share)}">'
        f"{mail_html(child.children, look) if child.kind in {'column', 'group'} else mail_html((child,), look)}</td>"
        for child in element.children
    ]
    return (
        '<table role="presentation" width="100%" cellpadding="0" cellspacing="0" border="0" style="margin:0 0 8px"><tr>'
        f"{''.join(cells)}</tr></table>"
    )


def _list(element: Filled, look: Look) -> str:
    tag = "ol" if element.texts.get("list_type") == "ordered" else "ul"
    items = [
        _list(item, look) if item.kind == "list" else f'<li style="margin:0 0 6px">{_item(item, look)}</li>'
        for item in element.children
    ]
    return f'<{tag} style="margin:0 0 16px;padding-left:24px">{"".join(items)}</{tag}>'


def _item(item: Filled, look: Look) -> str:
    if not item.children:
        return _inside(item)
    return "".join([_WRITERS[child.kind](child, look) if child.kind in _WRITERS else _inline(child) for child in item.children])


_WRITERS: dict[str, Callable[[Filled, Look], str]] = {
    "text": _text,
    "action": _action,
    "image": _image,
    "divider": _divider,
    "quote": _quote,
    "html": _html,
    "group": _group,
    "column": _group,
    "columns": _columns,
    "list": _list,
}
