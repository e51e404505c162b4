"""The paths of this folder: who handles each, by which methods, and in whose words it refuses."""

from collections.abc import Callable
from functools import partial

from msgspec import Struct

from posthorn.api.tracking.answers import (
    COURIER_FAULT,
    DONE,
    TRACKING_FAULT,
    Answer,
    Reply,
    courier_refusal,
    tracking_refusal,
)
from posthorn.api.tracking.batch import take_batch
from posthorn.api.tracking.body import Wanted
from posthorn.api.tracking.courier_track import take_courier_track
from posthorn.api.tracking.destination import SOURCE_PREFIX, check_key, take_inbound
from posthorn.api.tracking.intake import Intake
from posthorn.api.tracking.pixel import IMAGE, take_pixel
from posthorn.api.tracking.request import Request
from posthorn.api.tracking.settings_document import PREFIX, SUFFIX, show_settings
from posthorn.api.tracking.single import take_single
from posthorn.errors import NotFound, Refusal

Handler = Callable[[Intake, Request], Wanted | Reply]
"""Answers at once or asks for the body; raises Refusal."""


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


_POST = frozenset({"POST"})
_GET = frozenset({"GET"})
_ANY_WRITE = frozenset({"POST", "PUT", "PATCH"})


def _ignore(intake: Intake, request: Request) -> Reply:
    """POST /v1/m: what the SDKs tell about themselves; nothing is stored."""
    del intake, request
    return DONE


def _refuse_path(intake: Intake, request: Request) -> Reply:
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
NOTHING = Route(_refuse_path, _POST | _GET | _ANY_WRITE | {"DELETE", "HEAD"})

STREAMED = frozenset(path.encode() for path, route in _ROUTES.items() if path.startswith("/v1/") and route.methods == _POST) | {
    b"/inbound/segment",
    b"/inbound/rudderstack",
}
"""Paths, as they stand in a request line, on which events stream in."""


def route_of(path: str) -> Route:
    """The route of a decoded path without its trailing slash; NOTHING for one that nobody knows."""
    found = _ROUTES.get(path)
    if found is not None:
        return found
    if path.startswith(PREFIX) and path.endswith(SUFFIX) and path.count("/") == 4:
        return _SETTINGS
    if path.startswith(SOURCE_PREFIX) and path.count("/") == 3:
        return _ROUTES["/inbound/segment"]
    return NOTHING
