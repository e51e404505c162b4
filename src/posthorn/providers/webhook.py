"""Webhook: the message as JSON to the recipient's own address (courier.md 6.10), signed if a secret is set (10.10).

| their word           | ours |
|---|---|
| any 2xx              | Accepted, and Delivered |
| 408, 429, 5xx        | Deferred, after their Retry-After |
| 404, 410             | Rejected by the recipient's fault: the address is gone |
| any other            | Rejected |
"""

import re
from base64 import b64encode
from collections.abc import Mapping
from typing import Annotated, Any
from urllib.parse import urlsplit

import msgspec
from msgspec import Meta, Struct

from posthorn.errors import Permanent
from posthorn.outbound import HttpRequest, HttpResponse
from posthorn.providers.answers import refusal
from posthorn.providers.callbacks import read_receipts
from posthorn.providers.merge import deep_merge
from posthorn.providers.model import Accepted, Outgoing, Rejected, Result
from posthorn.providers.seam import SECRET, Provider
from posthorn.secrets import courier_signature

_METHODS = ("POST", "PUT")
_OVERRIDE_METHODS = ("POST", "PUT", "PATCH", "DELETE", "GET")
_GONE = (404, 410)
_HEADER = re.compile(r"[A-Za-z0-9!#$%&'*+.^_`|~-]+")
_CONNECTION_HEADERS = frozenset(
    ("host", "connection", "content-length", "transfer-encoding", "expect", "upgrade", "te", "trailer", "keep-alive")
)


class Settings(Struct, frozen=True, kw_only=True):
    """How calls are signed."""

    signing_secret: Annotated[
        str,
        Meta(
            title="Signing secret",
            description="Signs each call in the header courier-signature. Empty: calls are not signed.",
            extra_json_schema=SECRET,
        ),
    ] = ""


def has_url(to: Mapping[str, Any]) -> bool:
    """Whether a profile names an address to call."""
    hook = to.get("webhook")
    return isinstance(hook, dict) and isinstance(hook.get("url"), str) and hook["url"].startswith(("http://", "https://"))


def host_of(to: Mapping[str, Any]) -> str:
    """Host and port of that address; "" if they cannot be read, which the call will say."""
    try:
        return urlsplit(to["webhook"]["url"]).netloc
    except ValueError:
        return ""


def request(outgoing: Outgoing, settings: Settings) -> HttpRequest:
    """The call. The body is compact JSON, so that a receiver who writes it anew gets the same bytes.

    Raises Permanent for a method, header or authentication that cannot be used.
    """
    hook: dict[str, Any] = outgoing.to["webhook"] if has_url(outgoing.to) else {}
    override = outgoing.override
    body = _body(outgoing, hook)
    headers = _clean(hook.get("headers")) | _authorization(hook.get("authentication")) | _clean(override.get("headers"))
    headers |= {"content-type": "application/json", "idempotency-key": outgoing.idempotency_key}
    if settings.signing_secret:
        headers["courier-signature"] = courier_signature(settings.signing_secret, body, at_ms=outgoing.attempted_at)
    return HttpRequest(method=_method(hook, override), url=_url(hook, override), headers=headers, body=body)


def receipt(response: HttpResponse, outgoing: Outgoing, settings: Settings) -> Result:
    """What the answer means."""
    if 200 <= response.status < 300:
        return Accepted(reference={"status": response.status}, is_delivered=True)
    refused = refusal(response, now_ms=outgoing.attempted_at)
    if isinstance(refused, Rejected) and response.status in _GONE:
        return msgspec.structs.replace(refused, is_recipient_fault=True)
    return refused


def _body(outgoing: Outgoing, hook: Mapping[str, Any]) -> bytes:
    to = outgoing.to if hook.get("profile") == "expanded" else outgoing.given
    payload: Any = {
        "message": {"template": outgoing.template, "to": _without_credentials(to), "data": outgoing.data},
    }
    if "body" in outgoing.override:
        payload = deep_merge(payload, outgoing.override["body"])
    return msgspec.json.encode(payload)


def _without_credentials(to: Mapping[str, Any]) -> dict[str, Any]:
    hook = to.get("webhook")
    if not isinstance(hook, dict):
        return dict(to)
    shown = {key: value for key, value in hook.items() if key not in ("authentication", "headers")}
    return {**to, "webhook": shown}


def _method(hook: Mapping[str, Any], override: Mapping[str, Any]) -> str:
    method, allowed = override.get("method"), _OVERRIDE_METHODS
    if method is None:
        method, allowed = hook.get("method") or "POST", _METHODS
    if method not in allowed:
        raise Permanent(f"The method of a webhook must be one of {', '.join(allowed)}.")
    return method


def _url(hook: Mapping[str, Any], override: Mapping[str, Any]) -> str:
    url = override.get("url") or hook.get("url")
    if not isinstance(url, str):
        raise Permanent("The recipient names no webhook address.")
    return url


def _clean(headers: Any) -> dict[str, str]:
    if headers is None:
        return {}
    if not isinstance(headers, dict):
        raise Permanent("The headers of a webhook must be an object.")
    for name in headers:
        if not _HEADER.fullmatch(name):
            raise Permanent("A header of the webhook has a name that cannot be sent.")
    return {name.lower(): str(value) for name, value in headers.items() if name.lower() not in _CONNECTION_HEADERS}


def _authorization(authentication: Any) -> dict[str, str]:
    given = authentication if isinstance(authentication, dict) else {}
    match given.get("mode", "none"):
        case "none":
            return {}
        case "basic":
            pair = f"{given.get('username', '')}:{given.get('password', '')}"
            return {"authorization": "Basic " + b64encode(pair.encode()).decode()}
        case "bearer":
            return {"authorization": f"Bearer {given.get('token', '')}"}
        case _:
            raise Permanent("The authentication of a webhook must be none, basic or bearer.")


provider = Provider(
    key="webhook",
    title="Webhook",
    description="Posts the message as JSON to an address of the recipient.",
    channel="webhook",
    settings=Settings,
    idempotency="key",
    has_address=has_url,
    receiver_of=host_of,
    request=request,
    receipt=receipt,
    callbacks=read_receipts,
)
