"""What the deciders may see beside the event."""

from typing import Any

import pytest
from msgspec.structs import replace

from posthorn.access.directory import Directory
from posthorn.access.model import Source
from posthorn.automations.library import Library
from posthorn.destinations.segment import Settings
from posthorn.destinations.settings import Installed
from posthorn.engine.config import Config
from posthorn.engine.state import UserState
from posthorn.engine.view import may_write_contacts, new_audience, refusal, view_of
from posthorn.events.model import Event
from posthorn.profiles.model import Consent, Profile
from posthorn.templates.catalogue import TemplateCatalogue

NOW = 1_788_257_701_000
SOURCE = Source(source_id="s", environment="production", name="s")
CONSENT = Consent(preferences={"Marketing": False}, at=NOW)
PERSONAS = {"personas": {"computation_class": "audience", "computation_id": "aud_1", "computation_key": "vip"}}


def config(source: Source = SOURCE, **audiences: int) -> Config:
    return Config(
        revision=1,
        directory=Directory({source.source_id: source}, {}, {}),
        library=Library(),
        templates=TemplateCatalogue([]),
        installed=(),
        messages={},
        segment={},
        suppressed=frozenset(),
        engage_audiences={("production", audience): at for audience, at in audiences.items()},
    )


def user(consent: Consent | None = None) -> UserState:
    profile = Profile(user_key="u-1", profile={"plan": "team"}, trait_times={}, created_at=1, updated_at=1, consent=consent)
    return UserState(environment="production", user_key="u-1", profile=profile)


def event(kind: str = "track", **fields: Any) -> Event:
    known = {"origin": "tracking", "name": "X", **fields}
    return Event(
        id="evt_0_1_0",
        environment="production",
        source_id="s",
        type=kind,
        user_key="u-1",
        message_id="m-1",
        timestamp=NOW,
        received_at=NOW,
        **known,
    )


def test_stored_consent_is_asked_only_where_the_source_enforces_it() -> None:
    mapped = replace(SOURCE, consent_categories=("Marketing",))
    enforced = replace(mapped, enforce_profile_consent=True)

    assert refusal(user(CONSENT), event(), config(mapped)) == ""
    assert refusal(user(CONSENT), event(), config(enforced)) == "filtered_by_end_user_consent"
    assert refusal(user(), event(), config(enforced)) == ""


def test_our_own_events_are_never_refused() -> None:
    enforced = replace(SOURCE, consent_categories=("Marketing",), enforce_profile_consent=True)

    assert refusal(user(CONSENT), event("message.sent"), config(enforced)) == ""


def test_a_run_sees_profile_source_consent_and_the_age_of_the_audience() -> None:
    view = view_of(user(CONSENT), event(origin="segment", context=PERSONAS), config(aud_1=NOW - 5))

    assert (view.profile, view.source, view.consent) == ({"plan": "team"}, SOURCE, {"Marketing": False})
    assert view.audience_seen_at == NOW - 5


def test_only_the_first_event_of_an_audience_makes_it_known() -> None:
    entered = event(origin="segment", context=PERSONAS)
    first = new_audience(entered, config())

    assert first is not None
    assert (first.environment, first.computation_id, first.first_seen_at) == ("production", "aud_1", NOW)
    assert new_audience(entered, config(aud_1=NOW)) is None
    assert new_audience(event(), config()) is None


@pytest.mark.parametrize(
    ("source", "may"),
    [
        (SOURCE, True),
        (replace(SOURCE, kind="web"), False),
        (replace(SOURCE, kind="mobile"), False),
        (replace(SOURCE, kind="web", allow_profile_writes="contacts"), True),
    ],
)
def test_a_public_write_key_overwrites_no_address_unless_it_may(source: Source, may: bool) -> None:
    assert may_write_contacts(event(), config(source)) is may


def test_what_a_repeater_has_already_sent_to_our_source_goes_round_no_further() -> None:
    settings = Settings(write_key="wk_out")
    out = Installed(environment="production", settings=settings, state="ok", state_reason="", verified_at=None, updated_at=1)
    with_way_back = replace(config(), segment={"production": out})
    chain = ["0" * 32, "fe6163a8b3e9cb018a19929bd483ef7e"]  # the second is the MD5 of wk_out

    assert refusal(user(), event(context={"repeatChain": chain}), with_way_back) == "own_event"
    assert refusal(user(), event(context={"repeatChain": chain[:1]}), with_way_back) == ""
    assert refusal(user(), event(context={"repeatChain": "x"}), with_way_back) == ""
    assert refusal(user(), event(context={"repeatChain": chain}), config()) == ""
