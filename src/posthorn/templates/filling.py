"""Parts with their variables filled in: what is visible for this recipient, as plain texts."""

import html
import re
from collections.abc import Callable, Iterator, Mapping
from typing import Any, cast

import nh3
from msgspec import Struct

from posthorn.errors import Invalid
from posthorn.expressions.evaluate import evaluate
from posthorn.expressions.paths import lookup_name
from posthorn.expressions.values import truth
from posthorn.templates.elemental import loop_path
from posthorn.templates.links import is_web, safe_address
from posthorn.templates.markdown import Address, Pieces, escaped
from posthorn.templates.phrases import Phrase, beginning, fill, markup_phrase, phrase, shown
from posthorn.templates.prepare import Part

MAX_CHARACTERS = 2_000_000
_MAX_ELEMENTS = 10_000
_BLANKS = re.compile(r"[ \t]*\n\s*\n\s*")

Link = Callable[[str, bool], str]


class Filled(Struct, frozen=True):
    """One visible element.

    texts: its attributes, not escaped; `content` is plain text. markup: HTML that is safe as it is, of `html` elements
    and Markdown, or Markdown for a channel that takes that; "" if there is none.
    """

    kind: str
    texts: Mapping[str, str]
    flags: frozenset[str]
    children: tuple["Filled", ...]
    markup: str


class Filling:
    """One rendering on its way: the scope, the links met so far, and how much may still be written."""

    def __init__(self, scope: Mapping[str, Any], *, now: int, channel: str, link: Link | None) -> None:
        self._refs: dict[str, Any] = {**_mapping(scope.get("refs"))}
        self._urls: dict[str, Any] = {"urls": scope["urls"]} if "urls" in scope else {}
        # {$.urls.unsubscribe} is another way to write {{urls.unsubscribe}} (courier.md 8.5)
        self._scope: dict[str, Any] = {**scope, "refs": self._refs, "$": self._urls}
        self._now = now
        self._channel = channel
        self._link = link
        self._rewritten: dict[tuple[str, bool], str] = {}
        self._elements_left = _MAX_ELEMENTS
        self._characters_left = MAX_CHARACTERS
        self.links: list[str] = []

    def parts(self, parts: tuple[Part, ...]) -> tuple[Filled, ...]:
        """The visible elements in order. Raises Invalid for a runaway template or an expression that fails."""
        return tuple(filled for part in parts for filled in self._each(part))

    def raw(self, value: Any) -> Any:
        """A raw value of a channel with the variables in its texts filled in; the keys `html` are HTML."""
        if isinstance(value, str):
            return self._counted(fill(phrase(value), self._scope))
        if isinstance(value, dict):
            fields = cast("dict[str, Any]", value)
            return {name: self._raw_field(name, item) for name, item in fields.items()}
        return [self.raw(item) for item in cast("list[Any]", value)] if isinstance(value, list) else value

    def _raw_field(self, name: str, value: Any) -> Any:
        if name == "html" and isinstance(value, str):
            return self._counted(fill(markup_phrase(value), self._scope, html.escape))
        return self.raw(value)

    def _each(self, part: Part) -> Iterator[Filled]:
        if part.loop is None:
            yield from self._one(part)
            return
        outside = self._scope["$"]
        for index, item in enumerate(self._items(part.loop)):
            self._scope["$"] = {"item": item, "index": index, **self._urls}
            yield from self._one(part)
        self._scope["$"] = outside

    def _items(self, source: str) -> list[Any]:
        path = loop_path(source)
        found = lookup_name(path, self._scope) if path else evaluate(source, self._scope, now=self._now)
        return cast("list[Any]", found) if isinstance(found, list) else []

    def _one(self, part: Part) -> Iterator[Filled]:
        self._elements_left -= 1
        if self._elements_left < 0:
            raise Invalid(f"The template makes more than {_MAX_ELEMENTS} elements.")
        is_visible = part.condition is None or truth(evaluate(part.condition, self._scope, now=self._now))
        if part.ref is not None:
            self._refs[part.ref] = {"visible": is_visible}
        if is_visible:
            yield self._filled(part)

    def _filled(self, part: Part) -> Filled:
        texts: Mapping[str, str] = part.fixed
        markup = ""
        if len(part.texts) > len(part.fixed) or "href" in part.texts or "src" in part.texts:
            texts = {name: self._attribute(name, pieces, part) for name, pieces in part.texts.items()}
        if part.kind == "html":
            markup = texts["content"]
            texts = {**texts, "content": plain_of_html(markup)}
        elif part.markdown is not None:
            markup = self._marked_up(part)
            texts = {**texts, "content": self._pieces(part.markdown.plain, None, is_html=False)}
        self._counted(texts.get("content", ""))
        return Filled(part.kind, texts, part.flags, self.parts(part.children) if part.children else (), markup)

    def _attribute(self, name: str, pieces: Phrase, part: Part) -> str:
        if name == "href":
            return self._address(pieces, is_untracked="disable_tracking" in part.flags)
        if name == "src":
            return _source(fill(pieces, self._scope), pieces)
        return fill(pieces, self._scope, html.escape if part.kind == "html" else None)

    def _marked_up(self, part: Part) -> str:
        if self._channel == "email" and part.markdown is not None:
            return self._pieces(part.markdown.html, html.escape, is_html=True)
        if self._channel == "direct_message":
            return self._counted(fill(part.texts["content"], self._scope, escaped))
        return ""

    def _pieces(self, pieces: Pieces, escape: Callable[[str], str] | None, *, is_html: bool) -> str:
        written: list[str] = []
        for piece in pieces:
            if isinstance(piece, str):
                written.append(piece)
            elif isinstance(piece, Address):
                address = self._address(piece.pieces, is_untracked=False)
                written.append(html.escape(address) if is_html else address)
            else:
                written.append(shown(piece, self._scope, escape))
        return self._counted("".join(written))

    def _address(self, pieces: Phrase, *, is_untracked: bool) -> str:
        address = safe_address(fill(pieces, self._scope), beginning(pieces))
        if not is_web(address):
            return address
        key = (address, is_untracked)
        if key not in self._rewritten:
            self.links += [] if address in self.links else [address]
            self._rewritten[key] = self._link(address, is_untracked) if self._link else address
        return self._rewritten[key]

    def _counted(self, written: str) -> str:
        self._characters_left -= len(written)
        if self._characters_left < 0:
            raise Invalid(f"The template writes more than {MAX_CHARACTERS} characters.")
        return written


def _source(address: str, pieces: Phrase) -> str:
    start = beginning(pieces)
    return address if start.startswith("data:image/") else safe_address(address, start)


def plain_of_html(markup: str) -> str:
    """The text of a piece of HTML."""
    return _BLANKS.sub("\n\n", html.unescape(nh3.clean(markup, tags=set()))).strip()


def _mapping(value: Any) -> Mapping[str, Any]:
    return cast("Mapping[str, Any]", value) if isinstance(value, Mapping) else {}
