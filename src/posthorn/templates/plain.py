"""Filled elements as plain text and as Markdown."""

from collections.abc import Callable, Iterable

from posthorn.templates.filling import Filled
from posthorn.templates.markdown import escaped


def plain_text(elements: Iterable[Filled]) -> str:
    """The text part of a mail: everything, addresses spelt out, a blank line between elements."""
    return "\n\n".join(_lines(elements, _plain))


def short_text(elements: Iterable[Filled]) -> str:
    """A text message: texts, quotes, lists and actions, addresses spelt out, a line for each."""
    return "\n".join(_lines(elements, _short))


def body_text(elements: Iterable[Filled]) -> str:
    """The body of a push or inbox message: as `short_text`, without the actions, which become buttons."""
    return "\n".join(_lines(elements, _body))


def markdown_text(elements: Iterable[Filled]) -> str:
    """A direct message in Markdown, a blank line between elements."""
    return "\n\n".join(_lines(elements, _markdown))


def inline_text(element: Filled) -> str:
    """The text of an element with its inline children, addresses spelt out."""
    if not element.children:
        return element.texts.get("content", "")
    return "".join(_inline(child) for child in element.children)


def _lines(elements: Iterable[Filled], write: Callable[[Filled], str]) -> list[str]:
    return [line for element in elements if (line := write(element).strip())]


def _plain(element: Filled) -> str:
    kind = element.kind
    if kind == "divider":
        return "---"
    if kind == "image":
        return _labelled(element.texts.get("alt_text", ""), element.texts.get("href", ""))
    if kind == "html":
        return element.texts["content"]
    if kind in {"group", "columns", "column"}:
        return plain_text(element.children)
    return _short(element)


def _short(element: Filled) -> str:
    if element.kind == "action":
        return _labelled(element.texts["content"], element.texts["href"])
    if element.kind in {"group", "columns", "column"}:
        return short_text(element.children)
    return _body(element)


def _body(element: Filled) -> str:
    kind = element.kind
    if kind == "text":
        return inline_text(element)
    if kind == "quote":
        return "\n".join(f"> {line}" for line in element.texts["content"].splitlines())
    if kind == "list":
        return _list(element, inline_text)
    if kind in {"group", "columns", "column"}:
        return body_text(element.children)
    return ""


def _list(element: Filled, write: Callable[[Filled], str], indent: str = "") -> str:
    lines: list[str] = []
    is_ordered = element.texts.get("list_type") == "ordered"
    for number, item in enumerate(element.children, start=1):
        if item.kind == "list":
            lines.append(_list(item, write, indent + "  "))
            continue
        lines.append(f"{indent}{f'{number}.' if is_ordered else '-'} {_item(item, write)}")
        lines += [_list(child, write, indent + "  ") for child in item.children if child.kind == "list"]
    return "\n".join(lines)


def _item(item: Filled, write: Callable[[Filled], str]) -> str:
    if not item.children:
        return write(item)
    parts = [write(child) if child.kind == "text" else _inline(child) for child in item.children if child.kind != "list"]
    return "".join(parts)


def _inline(element: Filled) -> str:
    texts = element.texts
    if element.kind == "link":
        return _followed(texts["content"], texts["href"])
    if element.kind == "img":
        return _followed(texts.get("alt_text", ""), texts.get("href", ""))
    return texts.get("content", "")


def _labelled(label: str, address: str) -> str:
    return f"{label}: {address}" if label and address and label != address else label or address


def _followed(label: str, address: str) -> str:
    return f"{label} ({address})" if label and address and label != address else label or address


def _markdown(element: Filled) -> str:
    kind, texts = element.kind, element.texts
    if kind == "text":
        return element.markup or _headed(_markdown_inline(element), texts.get("text_style", ""))
    if kind == "action":
        return _markdown_link(texts["content"], texts["href"])
    if kind == "image":
        return _markdown_link(texts.get("alt_text", "") or texts["src"], texts.get("href", "") or texts["src"])
    if kind == "divider":
        return "---"
    if kind == "list":
        return _list(element, _markdown_inline)
    if kind in {"group", "columns", "column"}:
        return markdown_text(element.children)
    return _body(element)


def _markdown_inline(element: Filled) -> str:
    if element.children:
        return "".join(_markdown_styled(child) for child in element.children)
    return _markdown_styled(element)


def _markdown_styled(element: Filled) -> str:
    texts = element.texts
    if element.kind == "img":
        return _markdown_link(texts.get("alt_text", "") or texts["src"], texts.get("href", "") or texts["src"])
    written = escaped(texts.get("content", ""))
    if written.strip():
        marks = (("bold", "**"), ("italic", "_"), ("strikethrough", "~~"))
        for mark in (mark for flag, mark in marks if flag in element.flags):
            written = f"{mark}{written}{mark}"
    return f"[{written}]({texts['href']})" if element.kind == "link" and texts["href"] else written


def _markdown_link(label: str, address: str) -> str:
    return f"[{escaped(label)}]({address.replace(')', '%29')})" if address else escaped(label)


def _headed(written: str, style: str) -> str:
    return {"h1": "# ", "h2": "## "}.get(style, "") + written
