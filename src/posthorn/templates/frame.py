"""The frame around a mail: head, logo, body and footer."""

import html
from collections.abc import Mapping
from typing import Any

from posthorn.expressions.paths import lookup
from posthorn.templates.links import safe_address
from posthorn.templates.mail_html import Look, colour, length, readable_on

_PRIMARY = "#2563eb"
_FONT = "-apple-system,BlinkMacSystemFont,'Segoe UI',Roboto,Helvetica,Arial,sans-serif"
_FULL = 'width="100%" cellpadding="0" cellspacing="0" border="0"'
_HEAD = """<!DOCTYPE html>
<html lang="{language}"><head><meta charset="utf-8"><meta name="viewport" content="width=device-width,initial-scale=1">
<meta name="color-scheme" content="light dark"><meta name="supported-color-schemes" content="light dark">
<title>{title}</title><style>
:root {{ color-scheme: light dark; }}
body {{ margin: 0; padding: 0; width: 100%; -webkit-text-size-adjust: 100%; }}
.markdown > :first-child {{ margin-top: 0; }} .markdown > :last-child {{ margin-bottom: 0; }}
@media (max-width: 620px) {{ .card {{ padding: 24px 20px !important; }}
 .column {{ display: block !important; width: 100% !important; padding: 0 !important; box-sizing: border-box; }} }}
@media (prefers-color-scheme: dark) {{ .page {{ background-color: #111827 !important; }}
 .card {{ background-color: #1f2937 !important; color: #f3f4f6 !important; }} .card a {{ color: #93c5fd; }}
 .foot {{ color: #9ca3af !important; }} }}
</style></head>
"""


def look_of(scope: Mapping[str, Any]) -> Look:
    """The colours of the brand in the scope; our own where it has none."""
    primary = colour(_brand(scope, "colors.primary"), _PRIMARY)
    return Look(primary=primary, on_primary=readable_on(primary))


def framed(inside: str, *, title: str, scope: Mapping[str, Any], language: str, layout: Mapping[str, str]) -> str:
    """A whole HTML document around the rows of a mail. A footer appears if the brand has one or `urls.unsubscribe` is set.

    In short lines: a mail whose lines are longer than SMTP allows has to be encoded whole.
    """
    head = _HEAD.format(language=html.escape(language or "en"), title=html.escape(title))
    card = (
        f"padding:{length(layout.get('padding', ''), '32px')};border-radius:8px;background-color:#ffffff;color:#111827;"
        f"font-family:{_FONT};font-size:{length(layout.get('font_size', ''), '16px')};"
        f"line-height:{length(layout.get('line_height', ''), '1.55')};text-align:left;word-break:break-word"
    )
    return (
        f'{head}<body class="page" style="margin:0;padding:0;background-color:#f3f4f6">\n'
        f'<table role="presentation" class="page" {_FULL} style="background-color:#f3f4f6"><tr>\n'
        f'<td align="center" style="padding:24px 12px"><table role="presentation" {_FULL} style="max-width:600px">\n'
        f'{_logo(scope)}<tr><td class="card" style="{card}">\n{inside}\n</td></tr>\n{_footer(scope)}'
        "</table></td></tr></table></body></html>"
    )


def footer_text(scope: Mapping[str, Any]) -> str:
    """The footer as plain text; "" if there is none."""
    content = _brand(scope, "email.footer.content")
    unsubscribe = _address(scope, "urls.unsubscribe")
    lines = [content.strip(), f"Unsubscribe: {unsubscribe}" if unsubscribe else ""]
    return "\n".join(line for line in lines if line)


def _logo(scope: Mapping[str, Any]) -> str:
    image = safe_address(_brand(scope, "email.header.logo.image"), "")
    bar = colour(_brand(scope, "email.header.barColor"), "")
    stripe = f'<tr><td style="height:4px;border-radius:4px;background-color:{bar}"></td></tr>' if bar else ""
    if not image:
        return stripe
    picture = f'<img src="{html.escape(image)}" alt="" height="40" style="height:40px;border:0">'
    href = safe_address(_brand(scope, "email.header.logo.href"), "")
    linked = f'<a href="{html.escape(href)}" target="_blank" rel="noopener">{picture}</a>' if href else picture
    return f'{stripe}<tr><td style="padding:16px 0">{linked}</td></tr>'


def _footer(scope: Mapping[str, Any]) -> str:
    content = html.escape(_brand(scope, "email.footer.content").strip()).replace("\n", "<br>")
    unsubscribe = _address(scope, "urls.unsubscribe")
    link = (
        f'<a href="{html.escape(unsubscribe)}" target="_blank" rel="noopener" style="color:inherit">Unsubscribe</a>'
        if unsubscribe
        else ""
    )
    inside = "<br>".join(part for part in (content, link) if part)
    if not inside:
        return ""
    style = f"padding:20px 12px;font-family:{_FONT};font-size:12px;line-height:1.5;color:#6b7280;text-align:center"
    return f'<tr><td class="foot" style="{style}">{inside}</td></tr>'


def _brand(scope: Mapping[str, Any], path: str) -> str:
    """A text of the brand, which stands in the scope as its settings or whole; most mails have none."""
    if not scope.get("brand"):
        return ""
    for full in (f"brand.{path}", f"brand.settings.{path}"):
        found = lookup(full, scope)
        if isinstance(found, str):
            return found
    return ""


def _address(scope: Mapping[str, Any], path: str) -> str:
    found = lookup(path, scope)
    return safe_address(found, "") if isinstance(found, str) else ""
