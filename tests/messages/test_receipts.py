from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st
from msgspec.structs import replace

from messages.message_cases import NOW, SES, SMTP, TWILIO, config, event, report, sent_request
from posthorn.messages.decide import cancel, due
from posthorn.messages.model import Known, Message, Outcome, Receipt
from posthorn.messages.receipts import receive
from posthorn.messages.status import RANKS, is_stop

BOTH = {"routing": {"method": "all", "channels": ["email", "sms"]}}
CHAIN = {"routing": {"method": "single", "channels": ["email", "sms"]}}


def routed(body: dict[str, Any] | None = None, *providers: Any) -> Message:
    return sent_request(body, *providers).message


def told(outcome: Outcome) -> list[str]:
    return [transition.status for transition in outcome.transitions]


def after(message: Message, *kinds: str, provider: str = "smtp") -> Message:
    for kind in kinds:
        message = report(message, kind, provider, error="550 no such user" if kind in ("failed", "bounced") else "").message
    return message


@pytest.mark.parametrize(
    ("before", "kind", "status"),
    [
        ((), "sent", "SENT"),
        ((), "failed", "UNDELIVERABLE"),
        (("sent",), "delivered", "DELIVERED"),
        (("sent",), "bounced", "UNDELIVERABLE"),
        (("sent",), "opened", "OPENED"),
        (("sent", "delivered"), "opened", "OPENED"),
        (("sent",), "clicked", "CLICKED"),
        (("sent", "delivered", "opened"), "clicked", "CLICKED"),
        (("sent", "delivered"), "bounced", "DELIVERED"),
        (("sent", "delivered", "opened"), "bounced", "OPENED"),
        (("sent", "clicked"), "bounced", "CLICKED"),
        (("sent", "opened"), "delivered", "OPENED"),
        (("failed",), "delivered", "UNDELIVERABLE"),
        (("delivered",), "sent", "DELIVERED"),
    ],
)
def test_a_receipt_moves_the_status_as_the_table_says(before: tuple[str, ...], kind: str, status: str) -> None:
    assert after(routed(), *before, kind).status == status


def test_sent_is_recorded_with_its_provider_and_reference() -> None:
    outcome = report(routed(), "sent", reference={"messageId": "<a1@mail.example.test>"}, attempt=2)

    assert outcome.message.sent_at == NOW + 1_000
    assert outcome.message.hops[0].reference == {"messageId": "<a1@mail.example.test>"}
    assert outcome.message.hops[0].attempt == 2
    assert [item.type for item in outcome.history] == ["RENDERED", "SENT"]
    assert [(one.status, one.channel, one.provider) for one in outcome.transitions] == [("SENT", "email", "smtp")]


def test_a_late_delivery_after_an_open_keeps_the_status_and_stores_its_time() -> None:
    outcome = report(after(routed(), "sent", "opened"), "delivered", at=NOW + 9_000)

    assert outcome.message.status == "OPENED"
    assert outcome.message.delivered_at == NOW + 9_000
    assert told(outcome) == ["DELIVERED"]


def test_a_click_sets_only_the_click() -> None:
    message = after(routed(), "sent", "clicked")

    assert message.opened_at is None
    assert message.clicked_at is not None


def test_each_distinct_link_is_told_once() -> None:
    message, links = after(routed(), "sent"), list[str]()
    for link in ["https://a.test/", "https://b.test/", "https://a.test/"]:
        outcome = report(message, "clicked", link=link)
        message = outcome.message
        links += [transition.link for transition in outcome.transitions]

    assert links == ["https://a.test/", "https://b.test/"]


def test_a_refusing_provider_gives_way_to_the_next_and_nothing_is_told() -> None:
    outcome = report(routed(None, SMTP, SES), "failed", error="535 wrong password", code="535")

    assert outcome.message.status == "ROUTED"
    assert [command.lane for command in outcome.commands] == ["pv_ses"]
    assert told(outcome) == []
    assert [item.type for item in outcome.history] == ["UNDELIVERABLE", "DELIVERING"]


def test_a_recipient_at_fault_passes_over_the_other_providers_of_the_channel() -> None:
    outcome = report(routed(CHAIN, SMTP, SES, TWILIO), "failed", error="550 no such user", is_recipient_fault=True)

    assert [command.lane for command in outcome.commands] == ["pv_twilio"]


def test_when_everything_has_failed_the_message_is_undeliverable_once() -> None:
    message = report(routed(CHAIN, SMTP, TWILIO), "failed", error="down").message
    outcome = report(message, "failed", "twilio", error="rejected by twilio")

    assert (outcome.message.status, outcome.message.reason) == ("UNDELIVERABLE", "PROVIDER_ERROR")
    assert outcome.message.error == "rejected by twilio"
    assert told(outcome) == ["UNDELIVERABLE"]


@pytest.mark.parametrize(
    ("fields", "reason"),
    [
        ({"code": "expired"}, "FAILED"),
        ({"code": "ambiguous"}, "FAILED"),
        ({"code": "render", "error": "no such variable"}, "FAILED"),
        ({"error": "550", "is_recipient_fault": True}, "BOUNCED"),
        ({"error": "500 internal"}, "PROVIDER_ERROR"),
    ],
)
def test_a_failure_has_the_reason_that_fits_it(fields: dict[str, Any], reason: str) -> None:
    message = report(routed(), "failed", **fields).message

    assert (message.status, message.reason) == ("UNDELIVERABLE", reason)
    assert message.error


def test_an_unknown_outcome_is_not_tried_elsewhere_and_says_so() -> None:
    outcome = report(routed(CHAIN, SMTP, TWILIO), "failed", code="ambiguous")

    assert not outcome.commands
    assert outcome.message.status == "UNDELIVERABLE"
    assert "not known whether" in (outcome.message.error or "")


def test_a_bounce_after_sent_ends_the_chain_and_starts_no_other_channel() -> None:
    outcome = report(after(routed(CHAIN, SMTP, SES, TWILIO), "sent"), "bounced", error="550")

    assert (outcome.message.status, outcome.message.reason) == ("UNDELIVERABLE", "BOUNCED")
    assert not outcome.commands


def test_a_bounce_goes_on_to_the_next_channel_where_delivery_is_asked_for() -> None:
    body = {**CHAIN, "timeout": {"criteria": "delivered"}}
    outcome = report(after(routed(body, SMTP, SES, TWILIO), "sent"), "bounced", error="550")

    assert [command.lane for command in outcome.commands] == ["pv_twilio"]


def test_a_refusal_at_the_door_tries_the_next_channel_but_no_other_provider_of_this_one() -> None:
    outcome = report(routed(CHAIN, SMTP, SES, TWILIO), "bounced", error="550")

    assert [command.lane for command in outcome.commands] == ["pv_twilio"]


def test_a_message_on_two_channels_fails_only_when_both_have() -> None:
    message = after(routed(BOTH, SMTP, TWILIO), "sent")
    message = report(message, "sent", "twilio").message
    once = report(message, "bounced", error="550").message
    twice = report(once, "bounced", "twilio", error="dead number").message

    assert (once.status, twice.status, twice.reason) == ("SENT", "UNDELIVERABLE", "BOUNCED")


def test_two_channels_show_the_highest_status_and_tell_each_status_once() -> None:
    message = routed(BOTH, SMTP, TWILIO)
    first = report(message, "sent")
    second = report(first.message, "sent", "twilio")

    assert told(first) == ["SENT"]
    assert told(second) == []
    assert [hop.state for hop in second.message.hops] == ["sent", "sent"]


def test_a_late_bounce_is_recorded_though_the_status_stays() -> None:
    outcome = report(after(routed(), "sent", "delivered"), "bounced", error="mailbox full")

    assert outcome.message.status == "DELIVERED"
    assert outcome.history[0].fields["error_message"] == "mailbox full"


def test_a_reader_who_does_not_react_gets_the_next_channel() -> None:
    body = {**CHAIN, "timeout": {"criteria": "viewed", "escalation": 60_000}}
    sent = report(routed(body, SMTP, TWILIO), "sent")
    (timer,) = sent.timers
    given_way = due(
        replace(event("timer.due"), message_id=timer.timer_id),
        sent.message,
        None,
        known=Known(),
        config=config(SMTP),
        now=timer.due_at,
    )

    assert timer.due_at == NOW + 61_000
    assert [command.lane for command in given_way.commands] == ["pv_twilio"]
    assert given_way.message.status == "SENT"


def test_an_open_counts_for_the_provider_that_took_the_message() -> None:
    message = report(report(routed(None, SMTP, SES), "failed", error="down").message, "sent", "ses").message
    opened = Receipt(message_id=message.message_id, channel="email", at=NOW + 5_000)
    failed, took = receive(event("message.opened"), message, opened, now=NOW + 5_000).message.hops

    assert (failed.state, failed.opened_at) == ("failed", None)
    assert took.opened_at == NOW + 5_000


def test_a_receipt_for_a_message_that_was_never_sent_changes_nothing() -> None:
    waiting = sent_request({"delay": {"duration": 60_000}}).message
    canceled = cancel(event("message.cancel_requested"), waiting, now=NOW).message

    assert report(canceled, "opened").message == canceled
    assert report(waiting, "sent").message == waiting


def test_unknown_changes_nothing_but_says_why() -> None:
    message = routed()
    outcome = report(message, "unknown", error="connection lost")

    assert outcome.message == message
    assert outcome.facts[0].reason == "connection lost"


reports = st.tuples(
    st.sampled_from(["sent", "delivered", "opened", "clicked", "bounced", "failed", "unknown"]),
    st.sampled_from(["smtp", "ses", "twilio", "nobody"]),
    st.sampled_from(["", "https://a.test/", "https://b.test/"]),
    st.sampled_from(["", "ambiguous", "expired", "render"]),
    st.booleans(),
)


@given(st.lists(reports, max_size=25), st.sampled_from([BOTH, CHAIN]))
def test_receipts_in_any_order_never_move_back_and_tell_nothing_twice(
    given_reports: list[tuple[str, str, str, str, bool]], body: dict[str, Any]
) -> None:
    message, seen, commands = routed(body, SMTP, SES, TWILIO), list[tuple[str, str]](), list[str]()
    for kind, provider, link, code, is_recipient_fault in given_reports:
        before, fields = message, {"link": link, "code": code, "is_recipient_fault": is_recipient_fault}
        outcome = report(message, kind, provider, **fields)
        message = outcome.message
        assert report(before, kind, provider, **fields) == outcome
        assert message.status == before.status if is_stop(before.status) else True
        assert is_stop(message.status) or RANKS[message.status] >= RANKS[before.status]
        seen += [(transition.status, transition.link) for transition in outcome.transitions]
        commands += [command.command_id for command in outcome.commands]

    assert len(set(commands)) == len(commands)
    assert len(set(seen)) == len(seen)


@given(st.lists(st.sampled_from(["sent", "delivered", "opened", "clicked"]), min_size=1, max_size=8))
def test_the_order_of_good_news_does_not_matter(kinds: list[str]) -> None:
    forwards, backwards = after(routed(), *kinds), after(routed(), *reversed(kinds))

    assert forwards.status == backwards.status
    assert set(kinds) == {one for one in kinds if getattr(forwards, one + "_at") is not None}


def test_a_repeated_receipt_changes_nothing() -> None:
    once = after(routed(), "sent", "delivered")
    outcome = report(once, "delivered", at=NOW + 99_000)

    assert outcome.message == once
    assert not outcome.history
