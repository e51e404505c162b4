"""GET /v1/projects/{writeKey}/settings: where Segment's client SDKs learn to send (segment.md 3.9)."""

from typing import Any

from posthorn.access.model import Source
from posthorn.api.tracking.answers import Reply, answer
from posthorn.api.tracking.intake import Intake
from posthorn.api.tracking.request import Request
from posthorn.errors import NotFound

PREFIX = "/v1/projects/"
SUFFIX = "/settings"


def show_settings(intake: Intake, request: Request) -> Reply:
    """The document of a known key, also of a disabled source. Raises NotFound."""
    write_key = request.path[len(PREFIX) : -len(SUFFIX)]
    source = intake.keys.source_of_write_key(write_key)
    if source is None:
        intake.notice("invalid_key", request.peer)
        raise NotFound("No source has this write key", code="invalid_write_key")
    content = settings_document(source, write_key, intake.limits.public_host)
    return Reply(answer(200, content, [(b"cache-control", b"public, max-age=120")]))


def settings_document(source: Source, write_key: str, public_host: str) -> dict[str, Any]:
    """Exactly one integration, and every object an object: clients fail on null and on a second one."""
    segment = {
        "apiKey": write_key,
        "apiHost": f"{public_host}/v1",
        "addBundledMetadata": True,
        "unbundledIntegrations": [],
        "maybeBundledConfigIds": {},
        "versionSettings": {"version": "4.4.7", "componentTypes": ["browser"]},
        "httpConfig": {"rateLimitConfig": {"enabled": True}, "backoffConfig": {"enabled": True}},
    }
    consent: dict[str, Any] = {}
    if source.consent_categories:
        consent = {"allCategories": list(source.consent_categories), "hasUnmappedDestinations": True}
    return {
        "integrations": {"Segment.io": segment},
        "plan": {
            "track": {"__default": {"enabled": True, "integrations": {}}},
            "identify": {"__default": {"enabled": True}},
            "group": {"__default": {"enabled": True}},
        },
        "edgeFunction": {},
        "middlewareSettings": {},
        "enabledMiddleware": {},
        "metrics": {"sampleRate": 0},
        "consentSettings": consent,
        "legacyVideoPluginsEnabled": False,
        "remotePlugins": [],
    }
