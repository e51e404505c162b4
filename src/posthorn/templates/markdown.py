"""Markdown with variables: parsed once, its values put in as texts, never as markup."""

import re
from collections.abc import MutableMapping, Sequence
from functools import lru_cache
from typing import Any, TypeAlias

from markdown_it import MarkdownIt
from markdown_it.common.utils import escapeHtml
from markdown_it.renderer import RendererHTML
from markdown_it.token import Token
from markdown_it.utils import OptionsDict
from msgspec import Struct

from posthorn.templates.phrases import Phrase, Variable, phrase

# Variables travel through the parser as private characters, addresses leave it as such.
_PRIVATE = re.compile("[\ue000-\ue003]")
_VARIABLE = re.compile("\ue000(\\d+)\ue001")
_MARK = re.compile("\ue000(\\d+)\ue001|\ue002(\\d+)\ue003")
_SPECIAL = re.compile(r"([\\`*_~\[\]<>|])")


class Address(Struct, frozen=True):
    """A place for an address, made of the phrase."""

    pieces: Phrase


Pieces: TypeAlias = tuple[str | Variable | Address, ...]


class Markdown(Struct, frozen=True):
    """Parsed Markdown: as HTML and as plain text with the addresses spelt out."""

    html: Pieces
    plain: Pieces


def escaped(value: str) -> str:
    """A value as it must stand inside Markdown so that it marks nothing up."""
    return _SPECIAL.sub(r"\\\1", value)


@lru_cache(maxsize=1024)
def parse_markdown(source: str) -> Markdown:
    """Reads Markdown (CommonMark, tables, strikethrough; no HTML) with variables in it."""
    pieces = phrase(_PRIVATE.sub("", source))
    variables = [piece for piece in pieces if isinstance(piece, Variable)]
    numbers = iter(range(len(variables)))
    marked = "".join(piece if isinstance(piece, str) else f"\ue000{next(numbers)}\ue001" for piece in pieces)
    tokens = _parser.parse(marked)
    addresses: list[Phrase] = []
    written = _parser.renderer.render(tokens, _parser.options, {"addresses": addresses, "variables": variables})
    html = _pieces(written, variables, addresses)
    plain = _pieces(_plain(tokens, addresses, variables), variables, addresses)
    return Markdown(html, plain)


def _pieces(written: str, variables: list[Variable], addresses: list[Phrase]) -> Pieces:
    pieces: list[str | Variable | Address] = []
    position = 0
    for mark in _MARK.finditer(written):
        if mark.start() > position:
            pieces.append(written[position : mark.start()])
        pieces.append(variables[int(mark[1])] if mark[1] else Address(addresses[int(mark[2])]))
        position = mark.end()
    if position < len(written):
        pieces.append(written[position:])
    return tuple(pieces)


def _address_mark(href: str, addresses: list[Phrase], variables: list[Variable]) -> str:
    pieces = _pieces(href, variables, [])
    addresses.append(tuple(piece for piece in pieces if not isinstance(piece, Address)))
    return f"\ue002{len(addresses) - 1}\ue003"


def _plain(tokens: Sequence[Token], addresses: list[Phrase], variables: list[Variable]) -> str:
    lines: list[str] = []
    markers: list[str] = []
    for token in tokens:
        if token.type == "bullet_list_open":
            markers.append("- ")
        elif token.type == "ordered_list_open":
            markers.append("1. ")
        elif token.type in {"bullet_list_close", "ordered_list_close"}:
            markers.pop()
            lines.append("" if markers else "\n")
        elif token.type == "list_item_open":
            lines.append("  " * (len(markers) - 1) + (token.info + ". " if token.info else markers[-1]))
        elif token.type == "inline":
            lines.append(_inline(token.children or [], addresses, variables) + "\n")
        else:
            lines.append(_block(token))
    return re.sub(r"\n{3,}", "\n\n", "".join(lines)).strip("\n")


def _block(token: Token) -> str:
    if token.type in {"fence", "code_block"}:
        return token.content.rstrip("\n") + "\n\n"
    if token.type == "hr":
        return "---\n\n"
    return "\n" if token.type in {"paragraph_close", "heading_close"} and not token.hidden else ""


def _inline(tokens: Sequence[Token], addresses: list[Phrase], variables: list[Variable]) -> str:
    written: list[str] = []
    open_links: list[str] = []
    for token in tokens:
        if token.type in {"text", "code_inline"}:
            written.append(token.content)
        elif token.type in {"softbreak", "hardbreak"}:
            written.append("\n")
        elif token.type == "link_open":
            open_links.append(str(token.attrGet("href") or ""))
        elif token.type == "link_close" and open_links:
            href = open_links.pop()
            if not "".join(written).endswith(href):
                written.append(f" ({_address_mark(href, addresses, variables)})")
        elif token.type == "image":
            written.append(token.content)
    return "".join(written)


def _link_open(
    _renderer: RendererHTML, tokens: Sequence[Token], index: int, _options: OptionsDict, env: MutableMapping[str, Any]
) -> str:
    mark = _address_mark(str(tokens[index].attrGet("href") or ""), env["addresses"], env["variables"])
    return f'<a href="{mark}" target="_blank" rel="noopener">'


def _image(
    renderer: RendererHTML, tokens: Sequence[Token], index: int, options: OptionsDict, env: MutableMapping[str, Any]
) -> str:
    token = tokens[index]
    mark = _address_mark(str(token.attrGet("src") or ""), env["addresses"], env["variables"])
    alt = escapeHtml(renderer.renderInlineAsText(token.children, options, env))
    return f'<img src="{mark}" alt="{alt}" style="max-width:100%;height:auto;border:0">'


def _new_parser() -> MarkdownIt:
    parser = MarkdownIt("commonmark", {"html": False, "breaks": True}).enable(["strikethrough", "table"])
    parser.add_render_rule("link_open", _link_open)
    parser.add_render_rule("image", _image)
    # Addresses are checked when their variables are known; until then they must stay as they were written.
    parser.normalizeLink = lambda url: url
    parser.validateLink = lambda url: True
    return parser


_parser = _new_parser()
