"""Measurements for Prometheus."""

import hmac
from ipaddress import ip_address

from litestar import Response, get

from posthorn.api.bodies import ApiRequest
from posthorn.api.caller import PUBLIC
from posthorn.api.context import GivenContext
from posthorn.errors import Forbidden
from posthorn.telemetry import METRICS_CONTENT_TYPE

_FORWARDED = ("forwarded", "x-forwarded-for", "x-real-ip")


@get("/metrics", opt=PUBLIC, security=[], include_in_schema=False)
async def read_metrics(request: ApiRequest, context: GivenContext) -> Response[bytes]:
    """The text format of Prometheus, for callers on this machine or with the metrics token."""
    if not (_has_token(request, context.settings.metrics_token) or _is_local(request)):
        raise Forbidden("Metrics are for this machine, or for a caller with the metrics token.")
    return Response(context.metrics.text(), media_type=METRICS_CONTENT_TYPE)


def _has_token(request: ApiRequest, token: str) -> bool:
    given = request.headers.get("authorization", "").encode()
    return bool(token) and hmac.compare_digest(given, f"Bearer {token}".encode())


def _is_local(request: ApiRequest) -> bool:
    # a proxy on this machine speaks for others: its callers need the token
    if request.client is None or any(name in request.headers for name in _FORWARDED):
        return False
    try:
        return ip_address(request.client.host).is_loopback
    except ValueError:
        return False


handlers = [read_metrics]
