"""The two track calls that reach a profile: consent, and traits that Segment Engage computed."""

from typing import Any

import pytest
from msgspec import json

from posthorn.events.model import Event
from posthorn.events.vocabulary import CONSENT_EVENT
from posthorn.profiles.decide import decide
from posthorn.profiles.model import REPLACED, Consent, Profile

TRAIT = {"personas": {"computation_class": "trait", "computation_id": "t_1", "computation_key": "spend"}}


def event(kind: str, name: str = "", *, at: int = 1_000, origin: str = "tracking", **fields: Any) -> Event:
    return Event(
        id="evt_0_1_0",
        environment="production",
        source_id="",
        origin=origin,
        type=kind,
        name=name,
        user_key="u-1",
        message_id="m-1",
        timestamp=at,
        received_at=at,
        **fields,
    )


def consented(preferences: Any, at: int = 1_000) -> Event:
    return event("track", CONSENT_EVENT, at=at, context={"consent": {"categoryPreferences": preferences}})


def after(*events: Event) -> Profile | None:
    profile = None
    for one in events:
        profile = decide(profile, one, may_write_contacts=False)
    return profile


def test_consent_is_kept_beside_the_traits() -> None:
    profile = after(consented({"Marketing": False}))

    assert profile is not None
    assert (profile.profile, profile.consent) == ({}, Consent(preferences={"Marketing": False}, at=1_000))


def test_the_latest_word_counts_whatever_came_last() -> None:
    profile = after(consented({"Marketing": True}, at=2_000), consented({"Marketing": False}, at=1_000))

    assert profile is not None
    assert profile.consent == Consent(preferences={"Marketing": True}, at=2_000)


@pytest.mark.parametrize("preferences", [None, [], "all"])
def test_a_call_that_says_nothing_of_consent_changes_nothing(preferences: Any) -> None:
    assert after(consented(preferences)) is None
    assert after(event("track", CONSENT_EVENT)) is None


def test_no_other_write_of_a_profile_takes_consent_away() -> None:
    replaced = event(REPLACED, at=3_000, body=json.encode({"profile": {"plan": "solo"}}))
    profile = after(consented({"Marketing": False}), event("identify", at=2_000, traits={"plan": "team"}), replaced)

    assert profile is not None
    assert profile.profile == {"plan": "solo"}
    assert profile.consent == Consent(preferences={"Marketing": False}, at=1_000)


def test_a_computed_trait_is_written_by_identify_and_by_track() -> None:
    track = event("track", "Trait Computed", origin="segment", context=TRAIT, properties={"trait_key": "spend", "spend": 7.5})
    identify = event("identify", at=2_000, origin="segment", context=TRAIT, traits={"spend": 8})

    assert [profile.profile for profile in (after(track), after(track, identify)) if profile] == [{"spend": 7.5}, {"spend": 8}]


def test_a_track_call_from_elsewhere_writes_no_trait() -> None:
    own = event("track", "Trait Computed", context=TRAIT, properties={"trait_key": "spend", "spend": 7.5})
    empty = event("track", "Trait Computed", origin="segment", context=TRAIT, properties={"trait_key": ["x"]})

    assert (after(own), after(empty)) == (None, None)
