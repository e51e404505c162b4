"""HTML answers that run no script: the headers every page of ours carries."""

import base64
import hashlib
from html import escape

from litestar import Response

SECURITY_HEADERS = {"x-content-type-options": "nosniff", "referrer-policy": "no-referrer"}
"""On every answer, of whatever type."""


def page_headers(sources: str) -> dict[str, str]:
    """The headers of a page that loads only these sources (in the words of a content security policy), runs nothing that
    they do not name, and that nobody may frame. Its forms go back to us only.
    """
    policy = f"default-src 'none'; {sources}; form-action 'self'; base-uri 'none'; frame-ancestors 'none'"
    return {"content-security-policy": policy, "x-frame-options": "DENY"}


def html_page(title: str, body: str, style: str = "", *, status: int = 200) -> Response[str]:
    """A page of its own: `body` is HTML in which everything foreign is already escaped, `style` is CSS.

    Nothing is loaded from elsewhere, no script runs, and nobody may frame it; forms go back to us only.
    """
    digest = base64.b64encode(hashlib.sha256(style.encode()).digest()).decode()
    headers = page_headers(f"style-src 'sha256-{digest}'; img-src 'self' data:")
    text = (
        '<!doctype html><html lang="en"><head><meta charset="utf-8">'
        '<meta name="viewport" content="width=device-width, initial-scale=1">'
        f"<title>{escape(title)}</title><style>{style}</style></head><body>{body}</body></html>"
    )
    return Response(text, status_code=status, media_type="text/html", headers=headers)
