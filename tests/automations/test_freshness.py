from typing import Any

import msgspec
import pytest

from automations.automation_parts import HOUR, NOW, event
from posthorn.access.model import Source
from posthorn.automations.freshness import barrier

SOURCE = Source(source_id="s", environment="production", name="s")
MAPPED = msgspec.structs.replace(SOURCE, consent_categories=("Advertising", "Analytics"))
BOTH = {"Advertising": True, "Analytics": True}


def _consent(preferences: Any) -> dict[str, Any]:
    return {"consent": {"categoryPreferences": preferences}}


@pytest.mark.parametrize(
    ("fields", "reason"),
    [
        ({}, None),
        ({"timestamp": NOW - 24 * HOUR}, None),
        ({"timestamp": NOW - 24 * HOUR - 1}, "stale"),
        ({"timestamp": NOW + 24 * HOUR}, None),
        ({"timestamp": -1}, "before_1970"),
        ({"context": {"historicalImport": True}}, "historical"),
        ({"context": {"historicalImport": "yes"}}, None),
        ({"integrations": {"Posthorn": {"historical": True}}}, "historical"),
        ({"integrations": {"Courier": False}}, "filtered_by_integrations_object"),
        ({"integrations": {"All": False}}, "filtered_by_integrations_object"),
        ({"integrations": {"All": False}, "origin": "segment"}, None),
        ({"integrations": {"All": False, "Courier (Actions)": True}}, None),
        ({"integrations": {"All": False, "Posthorn": {}}}, None),
        ({"integrations": {"All": True, "Posthorn": False, "Courier": True}}, "filtered_by_integrations_object"),
        ({"message_id": "segment-test-message-1"}, None),
    ],
)
def test_an_event_may_trigger_unless_something_forbids_it(fields: dict[str, Any], reason: str | None) -> None:
    assert barrier(event("track", "X", **fields), SOURCE) == reason
    assert barrier(event("track", "X", **fields), None) == reason


def test_a_source_can_hold_back_everything() -> None:
    backfill = msgspec.structs.replace(SOURCE, backfill_mode=True)
    no_tests = msgspec.structs.replace(SOURCE, run_on_test_events=False)

    assert barrier(event("track", "X"), backfill) == "backfill"
    assert barrier(event("track", "X", message_id="segment-test-message-1"), no_tests) == "test_event"


@pytest.mark.parametrize(
    ("context", "source", "may"),
    [
        ({}, MAPPED, True),
        ({"consent": {}}, MAPPED, True),
        (_consent({}), SOURCE, True),
        (_consent({}), MAPPED, False),
        (_consent({"Advertising": False}), SOURCE, True),
        (_consent(BOTH), MAPPED, True),
        (_consent({"Advertising": True}), MAPPED, False),
        (_consent({**BOTH, "Analytics": "yes"}), MAPPED, False),
        ({"consent": "no"}, MAPPED, True),
    ],
)
def test_every_mapped_category_must_be_allowed(context: dict[str, Any], source: Source, may: bool) -> None:
    reason = barrier(event("track", "X", context=context), source)

    assert reason == (None if may else "filtered_by_end_user_consent")


def test_the_stored_consent_counts_only_if_it_is_enforced() -> None:
    strict = msgspec.structs.replace(MAPPED, enforce_profile_consent=True)

    assert barrier(event("track", "X"), MAPPED, {"Advertising": False}) is None
    assert barrier(event("track", "X"), strict, {"Advertising": False}) == "filtered_by_end_user_consent"
    assert barrier(event("track", "X", context=_consent(BOTH)), strict, {"Advertising": False}) is None


def test_news_of_consent_always_passes() -> None:
    news = event("track", "Segment Consent Preference Updated", context=_consent({}))

    assert barrier(news, MAPPED) is None


def test_the_first_sync_of_an_audience_starts_nothing_unless_the_source_wants_it() -> None:
    personas = {"computation_class": "audience", "computation_id": "aud_1", "computation_key": "vip"}
    entered = event("track", "Audience Entered", origin="segment", context={"personas": personas})
    wanted = msgspec.structs.replace(SOURCE, suppress_engage_backfill=False)
    quarter = 15 * 60_000

    assert barrier(entered, SOURCE) == "engage_backfill"
    assert barrier(entered, SOURCE, audience_seen_at=entered.received_at - quarter + 1) == "engage_backfill"
    assert barrier(entered, SOURCE, audience_seen_at=entered.received_at - quarter) is None
    assert barrier(entered, wanted) is None
