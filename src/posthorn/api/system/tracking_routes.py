"""The Tracking API in the words of OpenAPI: those routes are bare ASGI, so nothing generates their description."""

from typing import Any

_BODY = {"content": {"application/json": {"schema": {"type": "object"}}}, "required": True}
_BASIC = [{"writeKey": []}]
_CALLS = {
    "identify": "Says who somebody is, with traits",
    "track": "Says what somebody did, with properties",
    "page": "Says which page somebody saw",
    "screen": "Says which screen of an app somebody saw",
    "group": "Says which organisation somebody belongs to",
    "alias": "Joins two ids of one user",
    "batch": "Up to 2,500 events in one request",
    "import": "The same as /v1/batch, as older SDKs call it",
    "m": "Telemetry of the SDKs; taken and forgotten",
}
_INBOUND = {
    "debug": ("post", "200", "Whether the API key is known; what Segment's destination asks first"),
    "inbound/segment": ("post", "202", "Events as Segment's Courier destination or webhook sends them, one or an array"),
    "inbound/rudderstack": ("post", "202", "Events as RudderStack sends them"),
    "inbound/courier": ("post", "202", "One track event in Courier's own form"),
}
_PIXELS = ("identify", "track", "page", "screen", "group", "alias")
_SHORT = (*_PIXELS, "batch")

SECURITY_SCHEME = {"type": "http", "scheme": "basic", "description": "The write key as the user, the password empty."}
"""How these routes take their key; the body and the query may carry it too."""

REFUSAL = {
    "type": "object",
    "title": "Refusal",
    "description": "Why the Tracking API refused: `code` for programs, `message` for people, `error` again for older SDKs.",
    "properties": {
        "success": {"const": False},
        "code": {"type": "string"},
        "message": {"type": "string"},
        "error": {"type": "string"},
    },
    "required": ["success", "code", "message", "error"],
}
"""The body of every refusal of these routes. Source: segment.md 3.5."""


def tracking_paths() -> dict[str, Any]:
    """The value of `paths` for these routes. Source: segment.md 3.1, courier.md 1.2 to 1.11."""
    paths = {f"/v1/{call}": {"post": _operation(call, text, body=True)} for call, text in _CALLS.items()}
    for call in _SHORT:
        paths[f"/v1/{call[0]}"] = {"post": _operation(f"{call}_short", f"Short form of /v1/{call}", body=True)}
    for call in _PIXELS:
        text = f"The call `{call}` as a picture of one pixel; the event is in the query"
        paths[f"/v1/pixel/{call}"] = {"get": _operation(f"pixel_{call}", text)}
    settings = _operation("settings", "The settings document that browser and mobile SDKs load first")
    settings["parameters"] = [{"name": "writeKey", "in": "path", "required": True, "schema": {"type": "string"}}]
    paths["/v1/projects/{writeKey}/settings"] = {"get": settings}
    return paths | _inbound_paths()


def refused(schema: str) -> dict[str, Any]:
    """The answers of every operation that is refused, in the words of a schema of `components`."""
    content = {"application/json": {"schema": {"$ref": f"#/components/schemas/{schema}"}}}
    return {
        "4XX": {"description": "Refused", "content": content},
        "5XX": {"description": "Not possible right now", "content": content},
    }


def _inbound_paths() -> dict[str, Any]:
    paths: dict[str, Any] = {}
    for path, (method, status, text) in _INBOUND.items():
        operation = _operation(path.replace("/", "_"), text, body=path != "debug")
        responses = {status: {"description": "Taken"}, **refused("Problem")}
        paths[f"/{path}"] = {method: {**operation, "security": [{"key": []}], "responses": responses}}
    return paths


def _operation(name: str, summary: str, *, body: bool = False) -> dict[str, Any]:
    operation: dict[str, Any] = {
        "operationId": f"tracking_{name}",
        "tags": ["tracking"],
        "summary": summary,
        "security": _BASIC,
        "responses": {"200": {"description": "Taken"}, **refused("Refusal")},
    }
    return operation | {"requestBody": _BODY} if body else operation
