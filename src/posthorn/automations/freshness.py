"""Whether an event may start anything at all. Source: segment.md 5.6, 6.6, 6.8, 6.9."""

from typing import Any, cast

from posthorn.access.model import Source
from posthorn.events.model import Event
from posthorn.events.vocabulary import CONSENT_EVENT
from posthorn.lists.engage import audience_of

OUR_NAMES = ("Posthorn", "Courier", "Courier (Actions)")
TEST_PREFIX = "segment-test-message-"

CONSENT = "filtered_by_end_user_consent"
INTEGRATIONS = "filtered_by_integrations_object"
BACKFILL = "backfill"
ENGAGE_BACKFILL = "engage_backfill"
HISTORICAL = "historical"
BEFORE_1970 = "before_1970"
STALE = "stale"
TEST_EVENT = "test_event"

ENGAGE_QUIET_MS = 15 * 60_000
"""For so long after its first event an audience starts nothing: the first sync tells of everybody."""

_NO_SOURCE = Source(source_id="", environment="production", name="")


def barrier(
    event: Event, source: Source | None, consent: dict[str, Any] | None = None, audience_seen_at: int | None = None
) -> str | None:
    """Why the event must not start anything, as one of the words above; None if it may.

    source: settings of where it came from, the defaults if unknown. consent: the category preferences stored for the user.
    audience_seen_at: when the first event of the Engage audience that it speaks of was seen, None if that is this one.
    The order: consent, `integrations`, backfill mode, an audience's first sync, history, age, test events.
    """
    settings = source or _NO_SOURCE
    if not _consents(event, settings, consent):
        return CONSENT
    if event.origin == "tracking" and not _is_meant_for_us(event.integrations):
        return INTEGRATIONS
    if settings.backfill_mode:
        return BACKFILL
    if settings.suppress_engage_backfill and _is_first_sync(event, audience_seen_at):
        return ENGAGE_BACKFILL
    return _too_old(event, settings) or _test(event, settings)


def _is_first_sync(event: Event, seen_at: int | None) -> bool:
    if audience_of(event) is None:
        return False
    return seen_at is None or event.received_at - seen_at < ENGAGE_QUIET_MS


def _too_old(event: Event, settings: Source) -> str | None:
    if event.timestamp < 0:
        return BEFORE_1970
    if event.context.get("historicalImport") is True or _is_historical(event.integrations):
        return HISTORICAL
    if event.received_at - event.timestamp > settings.max_trigger_age_ms:
        return STALE
    return None


def _test(event: Event, settings: Source) -> str | None:
    if event.message_id.startswith(TEST_PREFIX) and not settings.run_on_test_events:
        return TEST_EVENT
    return None


def _is_historical(integrations: dict[str, Any]) -> bool:
    if not integrations:
        return False
    ours = (integrations.get(name) for name in OUR_NAMES)
    return any(isinstance(value, dict) and value.get("historical") is True for value in ours)


def _is_meant_for_us(integrations: dict[str, Any]) -> bool:
    if not integrations:
        return True
    ours = [integrations[name] for name in OUR_NAMES if name in integrations]
    if any(value is False for value in ours):
        return False
    if any(value is True or isinstance(value, dict) for value in ours):
        return True
    return integrations.get("All") is not False


def _consents(event: Event, settings: Source, stored: dict[str, Any] | None) -> bool:
    wanted = settings.consent_categories
    if not wanted or event.name == CONSENT_EVENT:
        return True
    preferences = _preferences(event)
    if preferences is None and settings.enforce_profile_consent:
        preferences = stored
    return preferences is None or all(preferences.get(category) is True for category in wanted)


def _preferences(event: Event) -> dict[str, Any] | None:
    """What the event says of consent; None if it says nothing."""
    consent = event.context.get("consent")
    preferences = cast("dict[str, Any]", consent).get("categoryPreferences") if isinstance(consent, dict) else None
    return cast("dict[str, Any]", preferences) if isinstance(preferences, dict) else None
