from typing import Any

import pytest

from messages.message_cases import NOW, SMTP, TWILIO, ask, config, event
from posthorn.messages.decide import request
from posthorn.messages.model import Known, Membership, Outcome
from posthorn.preferences.model import Preference, Topic

ROUTES = {"method": "single", "channels": ["sms", "email"]}
ADA = {"email": "ada@example.test", "phone_number": "+4915112345678"}
FOREVER = "2100-01-01T00:00:00Z"


def topic(default_status: Any) -> Topic:
    return Topic(
        environment="production",
        topic_id="pt_1",
        section_id="ps_1",
        name="News",
        default_status=default_status,
        created_at=0,
        created_by="k",
        updated_at=0,
        updated_by="k",
    )


def choice(status: Any, **fields: Any) -> Preference:
    return Preference(user_key="u-1042", topic_id="pt_1", status=status, **fields)


def sent(default_status: Any, *choices: Preference, to: Any = None, tenants: Any = (), **body: Any) -> Outcome:
    wanted = {"routing": ROUTES, "preferences": {"subscription_topic_id": "pt_1"}, **body}
    known = Known(profile=ADA, preferences=choices, memberships=tenants)
    workspace = config(SMTP, TWILIO, topics={"pt_1": topic(default_status)})
    return request(event("message.requested"), ask(wanted, to=to), known=known, config=workspace, now=NOW)


def verdict(outcome: Outcome) -> tuple[str, str | None, str | None]:
    return outcome.message.status, outcome.message.reason, outcome.message.error


def channels(outcome: Outcome) -> list[str]:
    return [hop.channel for hop in outcome.message.hops]


def test_who_opted_out_gets_nothing() -> None:
    outcome = sent("OPTED_IN", choice("OPTED_OUT"))

    assert verdict(outcome) == ("UNDELIVERABLE", "UNSUBSCRIBED", "Notification opted out by user")
    assert not outcome.commands


def test_who_did_not_opt_in_to_what_is_off_gets_nothing() -> None:
    assert verdict(sent("OPTED_OUT"))[:2] == ("UNDELIVERABLE", "OPT_IN_REQUIRED")
    assert verdict(sent("OPTED_OUT", choice("OPTED_IN")))[0] == "ROUTED"


def test_what_is_required_goes_to_everybody() -> None:
    assert verdict(sent("REQUIRED", choice("OPTED_OUT")))[0] == "ROUTED"


def test_the_tenants_default_counts_in_its_context() -> None:
    acme = Membership(tenant_id="acme", defaults=({"items": [{"id": "pt_1", "status": "OPTED_OUT"}]},))

    assert verdict(sent("OPTED_IN", tenants=(acme,)))[1] == "OPT_IN_REQUIRED"
    assert verdict(sent("OPTED_IN"))[0] == "ROUTED"
    assert verdict(sent("OPTED_IN", choice("OPTED_OUT", tenant_id="acme"), tenants=(acme,)))[1] == "UNSUBSCRIBED"
    assert verdict(sent("OPTED_IN", choice("OPTED_OUT", tenant_id="acme")))[0] == "ROUTED"


def test_only_the_chosen_channels_are_tried_in_the_order_of_the_message() -> None:
    one = sent("OPTED_IN", choice("OPTED_IN", has_custom_routing=True, custom_routing=("email",)))
    both = sent("OPTED_IN", choice("OPTED_IN", has_custom_routing=True, custom_routing=("email", "sms")))

    assert (channels(one), channels(both)) == (["email"], ["sms", "email"])
    assert [(item.type, item.fields["channel"]) for item in one.history if item.type == "FILTERED"] == [
        ("FILTERED", {"id": "sms"})
    ]


def test_if_no_chosen_channel_is_left_the_user_has_unsubscribed() -> None:
    outcome = sent("OPTED_IN", choice("OPTED_IN", has_custom_routing=True, custom_routing=("push",)))

    assert verdict(outcome)[:2] == ("UNDELIVERABLE", "UNSUBSCRIBED")


def test_a_chosen_channel_without_an_address_is_no_opt_out() -> None:
    outcome = sent(
        "OPTED_IN",
        choice("OPTED_IN", has_custom_routing=True, custom_routing=("email",)),
        to={"user_id": "u-1042", "email": ""},
    )

    assert verdict(outcome)[:2] == ("UNROUTABLE", "NO_CHANNELS")


def test_chosen_channels_beat_the_conditions_of_channels() -> None:
    conditions = {"email": {"if": "false"}, "sms": {"if": "false"}}

    assert verdict(sent("OPTED_IN", channels=conditions))[0] == "FILTERED"
    assert channels(
        sent("OPTED_IN", choice("OPTED_IN", has_custom_routing=True, custom_routing=("sms",)), channels=conditions)
    ) == ["sms"]


def test_a_provider_named_in_place_of_its_channel_is_held_to_the_choice_too() -> None:
    chosen = choice("OPTED_IN", has_custom_routing=True, custom_routing=("email",))

    assert channels(sent("OPTED_IN", chosen, routing={"method": "all", "channels": ["twilio", "smtp"]})) == ["email"]


def test_an_address_without_a_user_is_only_checked_if_its_reader_opted_out() -> None:
    address = {"email": "x@example.test"}

    assert verdict(sent("OPTED_OUT", to=address))[0] == "ROUTED"
    assert verdict(sent("OPTED_IN", choice("OPTED_OUT"), to=address))[1] == "UNSUBSCRIBED"


def test_a_topic_nobody_knows_stops_nothing() -> None:
    assert verdict(sent("OPTED_OUT", preferences={"subscription_topic_id": "pt_gone"}))[0] == "ROUTED"


LEGACY_STOPS: list[Any] = [
    {"status": "OPTED_OUT"},
    {"status": "OPTED_IN", "rules": [{"until": FOREVER}]},
    {"status": "OPTED_IN", "rules": [{"start": "2020-01-01T00:00:00Z", "until": FOREVER}]},
]
LEGACY_PASSES: list[Any] = [
    {"status": "OPTED_IN"},
    {"status": "REQUIRED", "rules": [{"until": FOREVER}]},
    {"status": "OPTED_IN", "rules": [{"until": "2020-01-01T00:00:00Z"}, {"until": "soon"}, {"until": 3}, None]},
    {"status": "OPTED_IN", "rules": [{"start": "2099-01-01T00:00:00Z", "until": FOREVER}]},
    None,
    "x",
]


def _legacy(wanted: Any, **body: Any) -> Outcome:
    to = {"user_id": "u-1042", "preferences": {"templateId": "nt_1", "notifications": {"nt_1": wanted}}}
    return sent("OPTED_IN", to=to, **{"preferences": None, **body})


@pytest.mark.parametrize("wanted", LEGACY_STOPS)
def test_preferences_in_their_old_structure_stop_a_message_without_a_topic(wanted: Any) -> None:
    assert verdict(_legacy(wanted))[:2] == ("UNDELIVERABLE", "UNSUBSCRIBED")
    assert verdict(_legacy(wanted, preferences={"subscription_topic_id": "pt_1"}))[0] == "ROUTED"


@pytest.mark.parametrize("wanted", LEGACY_PASSES)
def test_preferences_in_their_old_structure_may_let_it_pass(wanted: Any) -> None:
    assert verdict(_legacy(wanted))[0] == "ROUTED"


def test_preferences_in_their_old_structure_choose_channels() -> None:
    wanted = {"status": "OPTED_IN", "channel_preferences": [{"channel": "email"}, {"channel": 3}, None]}

    assert channels(_legacy(wanted)) == ["email"]


@pytest.mark.parametrize("preferences", [[], "x", {"notifications": []}, {"notifications": {"nt_1": []}, "templateId": []}])
def test_preferences_that_cannot_be_read_say_nothing(preferences: Any) -> None:
    outcome = sent("OPTED_IN", to={"user_id": "u-1042", "preferences": preferences}, preferences=None)

    assert verdict(outcome)[0] == "ROUTED"
