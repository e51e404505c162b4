"""The ASGI application of this folder: finds the handler, renders refusals, adds the headers browsers need."""

from collections.abc import Awaitable, Callable, Mapping
from functools import partial
from typing import Any

from msgspec import Struct

from posthorn.access.model import Keys
from posthorn.api.tracking.answers import (
    COURIER_FAULT,
    SUCCESS,
    TRACKING_FAULT,
    Answer,
    courier_refusal,
    tracking_refusal,
)
from posthorn.api.tracking.batch import take_batch
from posthorn.api.tracking.body import ClientGone
from posthorn.api.tracking.cors import headers_for, preflight
from posthorn.api.tracking.courier_track import take_courier_track
from posthorn.api.tracking.destination import SOURCE_PREFIX, check_key, take_inbound
from posthorn.api.tracking.intake import Intake, Limits
from posthorn.api.tracking.pixel import IMAGE, take_pixel
from posthorn.api.tracking.rate import Buckets
from posthorn.api.tracking.request import Receive, Request, Send, networks, read_request
from posthorn.api.tracking.settings_document import PREFIX, SUFFIX, show_settings
from posthorn.api.tracking.single import take_single
from posthorn.clock import Clock
from posthorn.errors import Invalid, NotFound, Refusal
from posthorn.events.model import Entry
from posthorn.telemetry import logger

Handler = Callable[[Intake, Request], Awaitable[Answer]]


class Route(Struct, frozen=True):
    """One path: who handles it, by which methods, in whose words it refuses, and what it says when we are at fault."""

    handler: Handler
    methods: frozenset[str]
    refuse: Callable[[Refusal], Answer] = tracking_refusal
    fault: Answer = TRACKING_FAULT

    @property
    def allow(self) -> bytes:
        """The value of an Allow header."""
        return ", ".join([*sorted(self.methods), "OPTIONS"]).encode()


_log = logger("tracking")

_POST = frozenset({"POST"})
_GET = frozenset({"GET"})
_ANY_WRITE = frozenset({"POST", "PUT", "PATCH"})


async def _ignore(intake: Intake, request: Request) -> Answer:
    """POST /v1/m: what the SDKs tell about themselves; nothing is stored."""
    del intake, request
    return SUCCESS


async def _refuse_path(intake: Intake, request: Request) -> Answer:
    del intake
    raise NotFound(f"There is nothing at {request.path}", code="not_found")


def _routes() -> dict[str, Route]:
    routes = {
        "/v1/batch": Route(take_batch, _POST),
        "/v1/b": Route(take_batch, _POST),
        "/v1/import": Route(take_batch, _POST),
        "/v1/m": Route(_ignore, _POST),
        "/debug": Route(check_key, _POST, courier_refusal, COURIER_FAULT),
        "/inbound/segment": Route(partial(take_inbound, origin="segment"), _ANY_WRITE, courier_refusal, COURIER_FAULT),
        "/inbound/rudderstack": Route(partial(take_inbound, origin="rudderstack"), _ANY_WRITE, courier_refusal, COURIER_FAULT),
        "/inbound/courier": Route(take_courier_track, _POST, courier_refusal, COURIER_FAULT),
        "/inbound/track": Route(take_courier_track, _POST, courier_refusal, COURIER_FAULT),
    }
    for kind in ("identify", "track", "page", "screen", "group", "alias"):
        single = Route(partial(take_single, kind=kind), _POST)
        routes |= {f"/v1/{kind}": single, f"/v1/{kind[0]}": single}
        routes[f"/v1/pixel/{kind}"] = Route(partial(take_pixel, kind=kind), _GET, fault=IMAGE)
    return routes


_ROUTES = _routes()
_SETTINGS = Route(show_settings, _GET)
_NOTHING = Route(_refuse_path, _POST | _GET | _ANY_WRITE | {"DELETE", "HEAD"})


class TrackingApp:
    """Segment's Tracking API, its destination calls, and Courier's inbound calls; for `http` scopes alone."""

    def __init__(
        self,
        *,
        append: Callable[[list[Entry]], Awaitable[None]],
        seen: Callable[[str, str], Awaitable[bool]],
        notice: Callable[[str, str], None],
        keys: Keys,
        clock: Clock,
        limits: Limits,
    ) -> None:
        """The arguments are those of `Intake`. Raises ValueError for a trusted proxy that is no address."""
        self._intake = Intake(append=append, seen=seen, notice=notice, keys=keys, clock=clock, limits=limits, buckets=Buckets())
        self._proxies = networks(limits.trusted_proxies)

    def handles(self, path: str) -> bool:
        """Whether a path belongs here; everything below /v1/ does."""
        return path.startswith("/v1/") or _route(path.removesuffix("/")) is not _NOTHING

    async def __call__(self, scope: Mapping[str, Any], receive: Receive, send: Send) -> None:
        """Answers one request."""
        request = read_request(scope, receive, self._proxies)
        route = _route(request.path)
        try:
            answer = await self._answer(route, request)
        except Refusal as refusal:
            answer = route.refuse(refusal)
        except ClientGone:
            return
        except Exception:  # noqa: BLE001 - the outermost loop: a page in a browser must be able to read this, too
            _log.exception("request.failed", method=request.method, path=request.path)
            answer = route.fault
        headers = headers_for(request, answer)
        await send({"type": "http.response.start", "status": answer.status, "headers": headers})
        await send({"type": "http.response.body", "body": answer.body})

    async def _answer(self, route: Route, request: Request) -> Answer:
        if request.method in route.methods:
            return await route.handler(self._intake, request)
        if request.method == "OPTIONS":
            return preflight(request)
        refused = route.refuse(Invalid(f"Use {route.allow.decode()} here", code="method_not_allowed"))
        return Answer(refused.status, refused.body, [*refused.headers, (b"allow", route.allow)])


def _route(path: str) -> Route:
    found = _ROUTES.get(path)
    if found is not None:
        return found
    if path.startswith(PREFIX) and path.endswith(SUFFIX) and path.count("/") == 4:
        return _SETTINGS
    if path.startswith(SOURCE_PREFIX) and path.count("/") == 3:
        return _ROUTES["/inbound/segment"]
    return _NOTHING
