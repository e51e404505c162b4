"""The description of the API: /openapi.json for programs, /docs for people. Both come from the handlers themselves."""

from collections.abc import Callable, Iterator
from html import escape
from typing import Any, TypeVar

import msgspec
from litestar import Response, Router, get
from litestar.openapi.plugins import JsonRenderPlugin

from posthorn.api.bodies import ApiRequest
from posthorn.api.caller import PUBLIC
from posthorn.api.pages import html_page
from posthorn.api.system.tracking_routes import REFUSAL, SECURITY_SCHEME, refused, tracking_paths

Kept = TypeVar("Kept")
_METHODS = ("get", "post", "put", "patch", "delete")
_PROBLEM = {
    "type": "object",
    "title": "Problem",
    "description": "Why a request was refused: `message` for people, `type` for programs.",
    "properties": {"message": {"type": "string"}, "type": {"type": "string"}},
    "required": ["message", "type"],
}
_STYLE = """
body{font:15px/1.5 system-ui,sans-serif;max-width:60rem;margin:2rem auto;padding:0 1rem;color:#1c1e21;background:#fff}
h2{margin-top:2.5rem;text-transform:capitalize}summary{cursor:pointer;padding:.3rem 0}
code,pre{font:13px/1.5 ui-monospace,monospace}pre{background:#f3f4f6;padding:.8rem;overflow:auto}
.method{display:inline-block;width:4.2rem;font-weight:600}.about{color:#5c6370}
table{border-collapse:collapse}td{padding:.1rem 1rem .1rem 0;vertical-align:top}
@media(prefers-color-scheme:dark){body{color:#e6e6e6;background:#17181a}pre{background:#24262a}.about{color:#9aa0a8}}
"""


def docs_router() -> Router:
    """Where the framework puts its own routes of this kind."""
    return Router("/docs/schema", route_handlers=[], include_in_schema=False, opt=PUBLIC)


def docs_plugin() -> JsonRenderPlugin:
    """The framework's renderer, which needs to serve something: the generated part, at /docs/schema."""
    return JsonRenderPlugin()


@get("/openapi.json", opt=PUBLIC, include_in_schema=False)
async def read_openapi(request: ApiRequest) -> Response[bytes]:
    """The description of every route, the Tracking API's included."""
    return Response(_kept(request, "openapi_json", _openapi_json), media_type="application/json")


@get("/docs", opt=PUBLIC, include_in_schema=False)
async def read_docs(request: ApiRequest) -> Response[str]:
    """The same as a page that loads nothing from elsewhere."""
    return html_page("Posthorn API", _kept(request, "docs_html", _docs_html), _STYLE)


def _kept(request: ApiRequest, name: str, build: Callable[[ApiRequest], Kept]) -> Kept:
    # anybody may ask for these, and building one takes 20 ms: the routes do not change while the app runs
    state = request.app.state
    if name not in state:
        state[name] = build(request)
    return state[name]


def _openapi_json(request: ApiRequest) -> bytes:
    return msgspec.json.encode(_description(request))


def _docs_html(request: ApiRequest) -> str:
    return "".join(_page(_description(request)))


def _description(request: ApiRequest) -> dict[str, Any]:
    schema = request.app.openapi_schema.to_schema()
    components = schema.get("components", {})
    schemes = {**components.get("securitySchemes", {}), "writeKey": SECURITY_SCHEME}
    return {
        **schema,
        "paths": {**_with_refusals(schema["paths"]), **tracking_paths()},
        "components": {
            **components,
            "securitySchemes": schemes,
            "schemas": {**components.get("schemas", {}), "Problem": _PROBLEM, "Refusal": REFUSAL},
        },
    }


def _with_refusals(paths: dict[str, Any]) -> dict[str, Any]:
    """The paths, with our one body for every refusal instead of the framework's; which status it has depends on the case."""
    told_apart = ("/health",)  # its 503 says what is wrong in its own form
    return {
        path: items if path in told_apart else {name: _refusing(item) for name, item in items.items()}
        for path, items in paths.items()
    }


def _refusing(operation: Any) -> Any:
    if not isinstance(operation, dict) or "responses" not in operation:
        return operation
    good = {status: answer for status, answer in operation["responses"].items() if not status.startswith("4")}
    return {**operation, "responses": {**good, **refused("Problem")}}


def _page(description: dict[str, Any]) -> Iterator[str]:
    yield "<h1>Posthorn API</h1>"
    version = escape(description["info"]["version"])
    yield f'<p>Version {version}. For programs: <a href="/openapi.json">openapi.json</a>.</p>'
    group = None
    for path, method, operation in sorted(_operations(description), key=lambda item: (_group(item[0]), item[0])):
        if _group(path) != group:
            group = _group(path)
            yield f"<h2>{escape(group)}</h2>"
        yield _details(path, method, operation, description)


def _operations(description: dict[str, Any]) -> Iterator[tuple[str, str, dict[str, Any]]]:
    for path, item in description["paths"].items():
        for method in _METHODS:
            if method in item:
                yield path, method, item[method]


def _group(path: str) -> str:
    first = path.split("/")[1]
    return "Tracking" if first == "v1" else first


def _details(path: str, method: str, operation: dict[str, Any], description: dict[str, Any]) -> str:
    about = operation.get("description") or operation.get("summary") or ""
    parts = [
        f'<details><summary><code><span class="method">{method.upper()}</span>{escape(path)}</code> '
        f'<span class="about">{escape(about.partition(". ")[0])}</span></summary>',
        f"<p>{escape(about)}</p>",
        _parameters(operation.get("parameters", [])),
        _body("Body", operation.get("requestBody"), description),
    ]
    for status, response in sorted(operation.get("responses", {}).items()):
        if status.startswith("2"):
            parts.append(_body(f"Answer {status}", response, description))
    return "".join([*parts, "</details>"])


def _parameters(parameters: list[dict[str, Any]]) -> str:
    rows = (
        f"<tr><td><code>{escape(item['name'])}</code></td><td>{escape(item['in'])}</td>"
        f"<td>{'required' if item.get('required') else ''}</td></tr>"
        for item in parameters
    )
    return f"<table>{''.join(rows)}</table>" if parameters else ""


def _body(title: str, holder: dict[str, Any] | None, description: dict[str, Any]) -> str:
    for media in (holder or {}).get("content", {}).values():
        schema = _resolved(media.get("schema", {}), description)
        text = msgspec.json.format(msgspec.json.encode(schema)).decode()
        return f"<p>{escape(title)}</p><pre>{escape(text)}</pre>"
    return ""


def _resolved(schema: dict[str, Any], description: dict[str, Any]) -> dict[str, Any]:
    reference = schema.get("$ref", "")
    name = reference.rpartition("/")[2]
    return description.get("components", {}).get("schemas", {}).get(name, schema) if reference else schema


handlers = [read_openapi, read_docs]
