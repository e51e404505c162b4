"""Pages for readers as answers: a template filled in, everything foreign escaped, in the colours of a brand."""

from importlib.resources import files
from typing import Any

from litestar import Response
from minijinja import Environment

from posthorn.api.context import Context
from posthorn.api.pages import html_page
from posthorn.api.reader.look import Look, look_of, style
from posthorn.engine.tenant_views import brand_of, load_tenants
from posthorn.preferences.links import Reader, read_link
from posthorn.templates.brand_store import brand
from posthorn.templates.brands import DEFAULT

_HERE = files("posthorn.api.reader") / "pages"
_PRIVATE = {"cache-control": "no-store", "x-robots-tag": "noindex"}


def reader_page(name: str, values: dict[str, Any], look: Look, *, status: int = 200) -> Response[str]:
    """A page from the template `pages/<name>.html`; its heading is its title."""
    body = _templates.render_template(f"{name}.html", **_encodable(values))
    response = html_page(_encodable(values["heading"]), body, style(look), status=status)
    response.headers.update(_PRIVATE)
    return response


def looked_at(context: Context, purpose: str, token: str) -> Response[None]:
    """For somebody who only looks whether the page of a link is there."""
    found = read_link(context.vault, purpose, token)
    return Response(None, status_code=200 if found else 404, headers={"cache-control": "no-store"})


async def look_for(context: Context, reader: Reader, brand_id: str) -> Look:
    """The look of a page whose brand this is. "default": the reader's tenant's, else the workspace's. "none", and where there
    is no such brand: ours.
    """
    if brand_id == "none":
        return look_of(None)
    async with context.database.snapshot() as tx:
        if brand_id == DEFAULT and reader.tenant_id:
            tenants = await load_tenants(tx, reader.environment, {reader.tenant_id})
            brand_id = brand_of(reader.tenant_id, tenants) or DEFAULT
        found = await brand(tx, reader.environment, brand_id) or await brand(tx, reader.environment, DEFAULT)
    return look_of(found.settings if found else None)


def _encodable(value: Any) -> Any:
    # half a surrogate pair is a character to Python and to JSON, but cannot be sent
    if isinstance(value, str):
        return value.encode("utf-8", "replace").decode()
    if isinstance(value, dict):
        return {name: _encodable(inner) for name, inner in value.items()}
    return [_encodable(inner) for inner in value] if isinstance(value, list) else value


_templates = Environment(
    templates={each.name: each.read_text("utf-8") for each in _HERE.iterdir() if each.name.endswith(".html")},
    debug=False,  # else an error would show, in the logs, what a page was to show
    auto_escape_callback=lambda _: "html",
    undefined_behavior="strict",
    trim_blocks=True,
    lstrip_blocks=True,
)
