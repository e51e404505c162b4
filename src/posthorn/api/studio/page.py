"""Pages as answers: templates filled in, everything foreign escaped, under headers that let nothing else run."""

import hashlib
import json
from datetime import UTC, datetime
from importlib.resources import files
from typing import Any

from litestar import Response
from minijinja import Environment, safe

from posthorn.api.pages import page_headers
from posthorn.api.session import ENVIRONMENT_COOKIE
from posthorn.api.studio.viewer import Viewer
from posthorn.clock import iso

_HERE = files("posthorn.api.studio")

ASSETS = {each.name: each.read_bytes() for each in (_HERE / "static").iterdir() if each.is_file()}
"""The files at /studio/assets/, by name."""

VERSION = hashlib.blake2b(b"".join(ASSETS[name] for name in sorted(ASSETS)), digest_size=6).hexdigest()
"""Changes whenever one of them does, so that browsers may keep them for ever."""

_SOURCES = "style-src 'self'; script-src 'self'; connect-src 'self'; img-src 'self' data:; frame-src 'self'"
_FRAME_POLICY = (
    "default-src 'none'; style-src 'unsafe-inline'; img-src data: http: https:; font-src data: http: https:; "
    "base-uri 'none'; form-action 'none'; frame-ancestors 'self'; "
    "sandbox allow-popups allow-popups-to-escape-sandbox"
)
_NO_STORE = {"cache-control": "no-store"}
_LONGEST = 2_000_000


def page(viewer: Viewer, name: str, values: dict[str, Any], *, status: int = 200) -> Response[str]:
    """A page of Studio from the template `pages/<name>.html`."""
    response = _html(name, {"viewer": viewer, **values}, status)
    if viewer.switched:
        response.set_cookie(ENVIRONMENT_COOKIE, viewer.environment, path="/studio", httponly=True, samesite="lax")
    return response


def bare_page(name: str, values: dict[str, Any], *, status: int) -> Response[str]:
    """A page for somebody who is not known to be signed in: it shows no data."""
    return _html(name, {"viewer": None, **values}, status)


def framed(html: str) -> Response[str]:
    """A mail to be shown in a frame of ours. It may load pictures and open links in a new window; it runs no script, sends
    no form, and has an origin of its own, so that it reaches nothing of Studio.
    """
    text = '<!doctype html><base target="_blank">' + html if html else "<!doctype html>"
    headers = {"content-security-policy": _FRAME_POLICY, "x-frame-options": "SAMEORIGIN", **_NO_STORE}
    return Response(_encodable(text), media_type="text/html", headers=headers)


def pretty(value: Any) -> str:
    """A value of JSON, indented, for people to read."""
    text = json.dumps(value, indent=2, ensure_ascii=False)
    return text if len(text) <= _LONGEST else text[:_LONGEST] + "\n…"


def moment(at_ms: int | None) -> str:
    """A time as a page shows it, to the second, in UTC."""
    if at_ms is None:
        return ""
    return safe(f'<time datetime="{iso(at_ms)}">{datetime.fromtimestamp(at_ms / 1000, UTC):%Y-%m-%d %H:%M:%S}</time>')


def _html(name: str, values: dict[str, Any], status: int) -> Response[str]:
    text = _templates.render_template(f"{name}.html", **_encodable(values))
    headers = {**page_headers(_SOURCES), **_NO_STORE}
    return Response(text, status_code=status, media_type="text/html", headers=headers)


def _encodable(value: Any) -> Any:
    # half a surrogate pair is a character to Python and to JSON, but cannot be sent
    if isinstance(value, str):
        return value.encode("utf-8", "replace").decode()
    if isinstance(value, dict):
        return {name: _encodable(inner) for name, inner in value.items()}
    return value


def _load_templates() -> Environment:
    sources = {each.name: each.read_text("utf-8") for each in (_HERE / "pages").iterdir()}
    return Environment(
        templates=sources,
        filters={"moment": moment},
        globals={"version": VERSION},
        debug=False,  # else an error would show, in the logs, what a page was to show
        auto_escape_callback=lambda _: "html",
        undefined_behavior="strict",
        trim_blocks=True,
        lstrip_blocks=True,
    )


_templates = _load_templates()
