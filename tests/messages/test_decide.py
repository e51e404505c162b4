from typing import Any

import pytest
from msgspec import json
from msgspec.structs import replace

from messages.message_cases import ADA, MESSAGE_ID, NOW, SES, SMTP, TWILIO, ask, config, event, sent_request
from posthorn.clock import iso
from posthorn.messages.decide import cancel, due, request, resend
from posthorn.messages.model import DeliverCommand, Known, Membership, Outcome
from posthorn.timers.model import Timer


def wake(timer: Timer, outcome: Outcome, **known: Any) -> Outcome:
    return due(
        replace(event("timer.due", at=timer.due_at), message_id=timer.timer_id),
        outcome.message,
        outcome.contents,
        known=Known(**{"profile": ADA, **known}),
        config=config(SMTP),
        now=timer.due_at,
    )


def types(outcome: Outcome) -> list[str]:
    return [item.type for item in outcome.history]


def test_a_message_is_routed_and_handed_to_its_provider_once() -> None:
    outcome = sent_request()

    assert outcome.message.status == "ROUTED"
    assert types(outcome) == ["ENQUEUED", "PROFILE_LOADED", "DELIVERING"]
    assert [transition.status for transition in outcome.transitions] == ["ENQUEUED", "ROUTED"]
    (command,) = outcome.commands
    assert (command.kind, command.lane, command.user_key) == ("deliver", "pv_smtp", "u-1042")
    assert json.decode(command.body, type=DeliverCommand) == DeliverCommand(
        message_id=MESSAGE_ID, channel="email", provider_id="pv_smtp", hop=0
    )
    assert command.expires_at == NOW + 259_200_000


def test_deciding_twice_is_equal() -> None:
    assert sent_request({"routing": {"method": "all", "channels": ["email", "sms"]}}, SMTP, TWILIO) == sent_request(
        {"routing": {"method": "all", "channels": ["email", "sms"]}}, SMTP, TWILIO
    )


def test_a_provider_with_another_behind_it_has_only_its_own_timeout() -> None:
    (command,) = sent_request(None, SMTP, SES).commands

    assert command.expires_at == NOW + 300_000


def test_without_an_e_mail_provider_the_mailbox_takes_the_mail() -> None:
    outcome = request(event("message.requested"), ask(), known=Known(profile=ADA), config=config(), now=NOW)

    assert [command.lane for command in outcome.commands] == ["mailbox"]


def test_an_unknown_template_is_unmapped() -> None:
    outcome = sent_request({"content": None, "template": "nt_nobody"})

    assert (outcome.message.status, outcome.message.reason) == ("UNMAPPED", None)
    assert outcome.message.event == "nt_nobody"
    assert types(outcome) == ["ENQUEUED", "UNMAPPED"]
    assert not outcome.commands


def test_nobody_to_reach_is_unroutable_and_told_once() -> None:
    outcome = request(event("message.requested"), ask(), known=Known(), config=config(SMTP), now=NOW)

    assert (outcome.message.status, outcome.message.reason) == ("UNROUTABLE", "NO_CHANNELS")
    assert [transition.status for transition in outcome.transitions] == ["ENQUEUED", "UNROUTABLE"]


@pytest.mark.parametrize("environment", ["test", "production"])
def test_a_mock_key_or_the_test_environment_calls_no_provider(environment: str) -> None:
    outcome = request(
        event("message.requested", environment=environment),
        ask(simulated=environment == "production"),
        known=Known(profile=ADA),
        config=config(replace(SMTP, environment=environment)),
        now=NOW,
    )

    assert outcome.message.status == "SIMULATED"
    assert not outcome.commands


def test_a_duration_is_rounded_up_to_the_minute_and_the_message_waits() -> None:
    outcome = sent_request({"delay": {"duration": 61_000}})

    assert outcome.message.status == "DELAYED"
    assert [timer.due_at for timer in outcome.timers] == [NOW + 120_000]
    assert not outcome.commands


def test_a_window_opens_in_the_zone_of_the_profile() -> None:
    outcome = sent_request({"delay": {"until": "09:00-10:00"}}, profile={**ADA, "timezone": "UTC+4"})

    assert iso(outcome.message.due_at or 0) == "2026-09-02T05:00:00.000Z"


def test_an_open_window_lets_the_message_go_at_once() -> None:
    assert sent_request({"delay": {"until": "00:00-24:00"}}).message.status == "ROUTED"


def test_a_window_that_never_opens_is_a_clear_failure() -> None:
    outcome = sent_request({"delay": {"until": "whenever"}})

    assert (outcome.message.status, outcome.message.reason) == ("UNDELIVERABLE", "FAILED")
    assert "whenever" in (outcome.message.error or "")


def test_a_delay_that_is_over_routes_with_the_profile_of_that_moment() -> None:
    waiting = sent_request({"delay": {"duration": 60_000}})
    outcome = wake(waiting.timers[0], waiting, profile={"email": "new@example.test"})

    assert outcome.message.status == "ROUTED"
    assert outcome.contents is not None
    assert outcome.contents.profile["email"] == "new@example.test"
    assert [transition.status for transition in outcome.transitions] == ["ROUTED"]


def test_a_timer_that_comes_twice_routes_once() -> None:
    waiting = sent_request({"delay": {"duration": 60_000}})
    routed = wake(waiting.timers[0], waiting)
    again = wake(waiting.timers[0], Outcome(message=routed.message, contents=routed.contents))

    assert again.message == routed.message
    assert not again.commands


def test_what_waits_can_be_canceled_and_its_timer_finds_nothing_to_do() -> None:
    waiting = sent_request({"delay": {"duration": 60_000}})
    canceled = cancel(event("message.cancel_requested"), waiting.message, now=NOW)
    woken = wake(waiting.timers[0], Outcome(message=canceled.message, contents=waiting.contents))

    assert canceled.message.status == "CANCELED"
    assert canceled.message.canceled_at == NOW
    assert woken.message.status == "CANCELED"
    assert not woken.commands


def test_what_is_under_way_cannot_be_canceled() -> None:
    routed = sent_request().message
    outcome = cancel(event("message.cancel_requested"), routed, now=NOW)

    assert outcome.message == routed
    assert not outcome.transitions


def test_a_resend_is_a_new_request_without_the_delay() -> None:
    waiting = sent_request({"delay": {"duration": 60_000}})
    assert waiting.contents is not None
    again = resend(waiting.message, waiting.contents, new_message_id="1-new")

    assert again.message_id == again.request_id == "1-new"
    assert "delay" not in again.message
    assert again.to == {"user_id": "u-1042"}


def test_ad_hoc_addresses_win_over_the_stored_profile() -> None:
    outcome = request(
        event("message.requested"),
        ask(to={"user_id": "u-1042", "email": "other@example.test"}),
        known=Known(profile=ADA),
        config=config(SMTP),
        now=NOW,
    )

    assert outcome.contents is not None
    assert outcome.contents.profile["email"] == "other@example.test"
    assert outcome.contents.profile["phone_number"] == ADA["phone_number"]


def test_the_only_tenant_of_a_user_is_the_context_and_of_two_none() -> None:
    acme, other = Membership(tenant_id="acme", profile={"email": "ada@acme.test"}), Membership(tenant_id="other")

    assert sent_request(memberships=(acme,)).message.tenant_id == "acme"
    assert sent_request(memberships=(acme, other)).message.tenant_id == ""
    assert sent_request({"context": {"tenant_id": "third"}}, memberships=(acme,)).message.tenant_id == "third"


def test_the_profile_of_a_membership_lies_over_the_stored_one() -> None:
    acme = Membership(tenant_id="acme", user_profile={"locale": "fr"}, profile={"email": "ada@acme.test"})
    contents = sent_request(memberships=(acme,)).contents

    assert contents is not None
    assert contents.profile == {**ADA, "locale": "fr", "email": "ada@acme.test"}


def test_a_condition_sees_data_and_profile() -> None:
    body = {
        "data": {"total": 5},
        "channels": {"sms": {"if": "data.total > 10"}, "email": {"if": "profile.email != null"}},
        "routing": {"method": "single", "channels": ["sms", "email"]},
    }

    assert [command.lane for command in sent_request(body, SMTP, TWILIO).commands] == ["pv_smtp"]
