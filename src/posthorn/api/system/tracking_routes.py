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
_PIXELS = ("identify", "track", "page", "screen", "group", "alias")
_SHORT = (*_PIXELS, "batch")

SECURITY_SCHEME = {"type": "http", "scheme": "basic", "description": "The write key as the user, the password empty."}
"""How these routes take their key; the body and the query may carry it too."""


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
    return paths


def _operation(name: str, summary: str, *, body: bool = False) -> dict[str, Any]:
    operation: dict[str, Any] = {
        "operationId": f"tracking_{name}",
        "tags": ["tracking"],
        "summary": summary,
        "security": _BASIC,
        "responses": {"200": {"description": "Taken"}},
    }
    return operation | {"requestBody": _BODY} if body else operation
