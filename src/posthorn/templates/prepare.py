"""Content made ready for one channel and locale: parsed once, rendered often."""

from collections.abc import Mapping
from functools import lru_cache
from typing import Any, cast

import msgspec
from msgspec import Struct

from posthorn.templates.elemental import check_content, elements_of
from posthorn.templates.markdown import Markdown, parse_markdown
from posthorn.templates.phrases import Phrase, markup_phrase, phrase

_SPELLINGS = {"altText": "alt_text", "borderColor": "border_color", "imgSrc": "src", "imgHref": "href"}
_FLAGS = ("bold", "italic", "strikethrough", "underline", "disable_tracking")
_NOT_TEXTS = frozenset({"type", "if", "loop", "ref", "id", "checksum", "channels", "locales", "elements", "raw", "format"})
_EMAIL_ONLY = frozenset({"html"})


class Part(Struct, frozen=True, kw_only=True):
    """One element, its texts parsed. `markdown`: of a text with that format. `fixed`: texts without variables."""

    kind: str
    texts: dict[str, Phrase]
    fixed: dict[str, str]
    flags: frozenset[str]
    markdown: Markdown | None
    condition: str | None
    loop: str | None
    ref: str | None
    children: tuple["Part", ...]


class Prepared(Struct, frozen=True, kw_only=True):
    """The parts of one channel, and the raw map of its channel element."""

    parts: tuple[Part, ...]
    raw: dict[str, Any]
    layout: dict[str, str]


def prepare(content: dict[str, Any], channel: str, locale: str | None) -> Prepared:
    """Content ready for the channel. Raises Invalid for what is no content."""
    encoded = msgspec.json.encode(content)
    has_locales = locale is not None and b'"locales"' in encoded
    return _prepared(encoded, channel, _plain_locale(locale or "") if has_locales else "")


@lru_cache(maxsize=256)
def _prepared(encoded: bytes, channel: str, locale: str) -> Prepared:
    content = msgspec.json.decode(encoded)
    check_content(content)
    elements = elements_of(content)
    raw: dict[str, Any] = {}
    layout: dict[str, str] = {}
    if elements and elements[0]["type"] == "channel":
        chosen = _chosen(elements, channel)
        elements = chosen.get("elements") or []
        raw = chosen.get("raw") or {}
        layout = {name: str(chosen[name]) for name in ("font_size", "line_height", "padding") if chosen.get(name)}
    return Prepared(parts=_parts(elements, channel, locale), raw=raw, layout=layout)


def _chosen(elements: list[dict[str, Any]], channel: str) -> dict[str, Any]:
    for wanted in (channel, "default"):
        for element in elements:
            if element["channel"] == wanted:
                return element
    return {}


def _parts(elements: list[dict[str, Any]], channel: str, locale: str) -> tuple[Part, ...]:
    return tuple(_part(element, channel, locale) for element in elements if _is_for(element, channel))


def _is_for(element: dict[str, Any], channel: str) -> bool:
    channels = element.get("channels")
    if element["type"] == "comment" or (element["type"] in _EMAIL_ONLY and channel != "email"):
        return False
    return not channels or channel in channels


def _part(source: dict[str, Any], channel: str, locale: str) -> Part:
    element = _localised(source, locale)
    kind = element["type"]
    is_markdown = kind == "text" and element.get("format") == "markdown" and isinstance(element.get("content"), str)
    parse = markup_phrase if kind in {"html", "jsonnet"} else phrase
    texts = {
        _SPELLINGS.get(name, name): parse(str(value))
        for name, value in element.items()
        if name not in _NOT_TEXTS and isinstance(value, (str, int, float)) and not isinstance(value, bool)
    }
    return Part(
        kind=kind,
        texts=texts,
        fixed=_fixed(texts),
        flags=frozenset(flag for flag in _FLAGS if element.get(flag) is True),
        markdown=parse_markdown(element["content"]) if is_markdown else None,
        condition=element.get("if"),
        loop=element.get("loop"),
        ref=element.get("ref"),
        children=_parts(element.get("elements") or [], channel, locale),
    )


def _fixed(texts: Mapping[str, Phrase]) -> dict[str, str]:
    return {
        name: cast("str", pieces[0]) if pieces else ""
        for name, pieces in texts.items()
        if not pieces or (len(pieces) == 1 and isinstance(pieces[0], str))
    }


def _localised(element: dict[str, Any], locale: str) -> dict[str, Any]:
    locales = element.get("locales")
    if not locales or not locale:
        return element
    known = {_plain_locale(name): part for name, part in locales.items()}
    part = known.get(locale) or known.get(locale.split("-")[0]) or {}
    return {**element, **{name: value for name, value in part.items() if name not in {"type", "id", "checksum"}}}


def _plain_locale(locale: str) -> str:
    return locale.strip().replace("_", "-").lower()[:35]
