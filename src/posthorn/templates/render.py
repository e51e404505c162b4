"""Content and data in, what a channel carries out. Source: courier.md 6.11."""

import re
from collections.abc import Iterable, Iterator, Mapping
from datetime import UTC, datetime
from typing import Any

from msgspec import Struct
from msgspec.structs import replace

from posthorn.templates.filling import Filled, Filling, Link, plain_of_html
from posthorn.templates.frame import footer_text, framed, look_of
from posthorn.templates.mail_html import mail_html
from posthorn.templates.plain import body_text, inline_text, markdown_text, plain_text, short_text
from posthorn.templates.prepare import prepare

# A subject becomes a header: what could end a line in it must not.
_BREAKS = re.compile(r"[\s\x00-\x1f\x7f-\x9f]+")
_WITH_BUTTONS = frozenset({"push", "inbox", "banner"})
_IN_BLOCKS = frozenset({"text", "action", "quote", "html"})


class Action(Struct, frozen=True):
    """One button: its label, where it leads (rewritten), and the template's name for it."""

    label: str
    href: str
    action_id: str


class Rendered(Struct, frozen=True, kw_only=True):
    """What one channel carries; "" where it has no use for a field.

    email: subject, html, text. sms: text and body. direct_message: title, body (Markdown) and text. Others: title, body
    and text. blocks: (type, text) in order. links: the distinct web addresses, before they were rewritten.
    raw: the raw map of the channel element, filled in, and `jsonnet` as it was written.
    """

    subject: str = ""
    title: str = ""
    html: str = ""
    text: str = ""
    body: str = ""
    blocks: tuple[tuple[str, str], ...] = ()
    links: tuple[str, ...] = ()
    actions: tuple[Action, ...] = ()
    raw: dict[str, Any] = {}


class Setting(Struct, frozen=True, kw_only=True):
    """Where a mail is set: the scope with the brand, the language of the text, the layout of the channel element."""

    scope: Mapping[str, Any]
    language: str
    layout: Mapping[str, str]


def render(
    content: dict[str, Any],
    *,
    channel: str,
    scope: Mapping[str, Any],
    now: int,
    locale: str | None = None,
    link: Link | None = None,
) -> Rendered:
    """The content for one recipient on one channel.

    scope: data, profile, tenant, brand, courier, urls, event, recipient; a bare name is looked for in data, then at the
    root; what is missing renders empty. now: milliseconds. link(href, is_untracked): the address to put in place of a
    web address; asked once for each.
    Raises Invalid for content that is none, an expression that fails and a template that runs away.
    """
    prepared = prepare(content, channel, locale)
    filling = Filling(_with_built_ins(scope, now), now=now, channel=channel, link=link)
    elements = filling.parts(prepared.parts)
    raw = filling.raw(prepared.raw) if prepared.raw else {}
    title = _one_line(next((element.texts.get("title", "") for element in elements if element.kind == "meta"), ""))
    visible = [element for element in elements if element.kind not in {"meta", "jsonnet"}]
    if channel == "email":
        rendered = _mail(visible, title, raw, Setting(scope=scope, language=locale or "", layout=prepared.layout))
    else:
        rendered = _short_form(channel, visible, title, raw)
    jsonnet = [element.texts["content"] for element in elements if element.kind == "jsonnet"]
    return replace(
        rendered,
        blocks=tuple(_blocks(visible)),
        links=tuple(filling.links),
        actions=tuple(_actions(visible)),
        raw={**raw, "jsonnet": jsonnet[0]} if jsonnet else raw,
    )


def _mail(visible: list[Filled], title: str, raw: Mapping[str, Any], setting: Setting) -> Rendered:
    subject = _one_line(_text_of(raw, "subject") or title)
    own_html = _text_of(raw, "html")
    if own_html:
        return Rendered(subject=subject, html=own_html, text=_text_of(raw, "text") or plain_of_html(own_html))
    inside = mail_html(visible, look_of(setting.scope))
    document = framed(inside, title=subject, scope=setting.scope, language=setting.language, layout=setting.layout)
    parts = [_text_of(raw, "text") or plain_text(visible), footer_text(setting.scope)]
    return Rendered(subject=subject, html=document, text="\n\n".join(part for part in parts if part))


def _short_form(channel: str, visible: list[Filled], title: str, raw: Mapping[str, Any]) -> Rendered:
    title = _one_line(_text_of(raw, "title") or _text_of(raw, "subject") or title)
    own = _text_of(raw, "body") or _text_of(raw, "text")
    if channel == "sms":
        text = own or short_text(visible)
        return Rendered(text=text, body=text)
    if channel == "direct_message":
        return Rendered(title=title, body=own or markdown_text(visible), text=own or plain_text(visible))
    text = own or (body_text(visible) if channel in _WITH_BUTTONS else short_text(visible))
    return Rendered(title=title, text=text, body=text)


def _with_built_ins(scope: Mapping[str, Any], now: int) -> Mapping[str, Any]:
    return scope if "datetime" in scope else {**scope, "datetime": {"year": datetime.fromtimestamp(now / 1000, UTC).year}}


def _blocks(elements: Iterable[Filled]) -> Iterator[tuple[str, str]]:
    for element in elements:
        if element.kind in {"group", "columns", "column"}:
            yield from _blocks(element.children)
        elif element.kind == "list":
            yield element.kind, body_text((element,))
        elif element.kind == "image":
            yield element.kind, element.texts.get("alt_text", "")
        elif element.kind in _IN_BLOCKS:
            yield element.kind, inline_text(element)


def _actions(elements: Iterable[Filled]) -> Iterator[Action]:
    for element in elements:
        if element.kind == "action":
            texts = element.texts
            yield Action(texts["content"], texts["href"], texts.get("action_id", ""))
        elif element.children and element.kind in {"group", "columns", "column"}:
            yield from _actions(element.children)


def _text_of(raw: Mapping[str, Any], name: str) -> str:
    value = raw.get(name)
    return value if isinstance(value, str) else ""


def _one_line(text: str) -> str:
    return _BREAKS.sub(" ", text).strip()
