import orjson
import pytest
from hypothesis import given
from hypothesis import strategies as st

from posthorn.destinations.facts import AudienceFacts, MessageFacts, PreferenceFacts
from posthorn.destinations.segment import Settings
from posthorn.destinations.segment_events import (
    EVENT_BYTES,
    audience_event,
    bounded_id,
    identity,
    message_event,
    message_event_id,
    message_events,
    outbound,
    preference_event,
)
from posthorn.events.vocabulary import OUTBOUND_EVENTS

AT = 1_772_443_200_120
SETTINGS = Settings(write_key="wk")
FACTS = MessageFacts(
    message_id="1-66d43ca1-0a1b2c3d4e5f607182930a1b",
    status="DELIVERED",
    recipient="u-1042",
    user_id="u-1042",
    notification="nt_1",
    channel="email",
    provider="smtp",
    email_subject="Invoice overdue",
    trigger_event="Checkout Page Visited",
    sent_at=AT - 1_000,
    delivered_at=AT,
    traits={"email": "amara@example.org"},
)


def _with(**changes):
    return MessageFacts(**{name: getattr(FACTS, name) for name in FACTS.__struct_fields__} | changes)


def _sent(name, facts, settings=SETTINGS):
    return [orjson.loads(event.body) for event in message_events(name, facts, AT, settings)]


def test_a_message_event_is_a_track_call_with_the_properties_of_courier_and_the_e_mail_names_of_segment():
    (event,) = _sent("Message Delivered", FACTS)

    assert event == {
        "type": "track",
        "event": "Message Delivered",
        "userId": "u-1042",
        "messageId": "posthorn-1-66d43ca1-0a1b2c3d4e5f607182930a1b-message-delivered",
        "timestamp": "2026-03-02T09:20:00.120Z",
        "properties": {
            "message_id": "1-66d43ca1-0a1b2c3d4e5f607182930a1b",
            "status": "DELIVERED",
            "recipient": "u-1042",
            "notification": "nt_1",
            "channel": "email",
            "provider": "smtp",
            "trigger_event": "Checkout Page Visited",
            "sent_at": "2026-03-02T09:19:59.120Z",
            "delivered_at": "2026-03-02T09:20:00.120Z",
            "email_id": "1-66d43ca1-0a1b2c3d4e5f607182930a1b",
            "email_subject": "Invoice overdue",
            "campaign_id": "nt_1",
        },
        "context": {
            "library": {"name": "Posthorn", "version": event["context"]["library"]["version"]},
            "integration": {"name": "Posthorn", "version": event["context"]["library"]["version"]},
        },
        "integrations": {"All": True, "Courier": False, "Courier (Actions)": False},
    }


def test_the_e_mail_names_are_left_out_on_other_channels():
    (event,) = _sent("Message Sent", _with(channel="sms"))

    assert not event["properties"].keys() & {"email_id", "email_subject", "campaign_id"}


def test_every_click_on_one_link_has_one_id_and_another_link_has_another():
    first = message_event_id("Message Clicked", _with(link="https://shop.test/a"))

    assert first == message_event_id("Message Clicked", _with(link="https://shop.test/a", status="CLICKED"))
    assert first != message_event_id("Message Clicked", _with(link="https://shop.test/b"))
    assert first.startswith("posthorn-1-66d43ca1-0a1b2c3d4e5f607182930a1b-message-clicked-")


def test_the_link_of_a_message_does_not_split_its_other_events():
    assert message_event_id("Message Opened", _with(link="a")) == message_event_id("Message Opened", _with(link="b"))


def test_an_event_that_is_switched_off_is_not_sent():
    assert _sent("Message Opened", FACTS, Settings(write_key="wk", events={"Message Opened": False})) == []
    assert len(_sent("Message Sent", FACTS, Settings(write_key="wk", events={"Message Opened": False}))) == 1


def test_nothing_is_sent_when_the_way_back_is_off():
    assert _sent("Message Sent", FACTS, Settings(write_key="wk", enabled=False)) == []


def test_traits_go_along_only_if_asked_for():
    (event,) = _sent("Message Sent", FACTS, Settings(write_key="wk", include_traits=True))

    assert event["context"]["traits"] == {"email": "amara@example.org"}
    assert "traits" not in _sent("Message Sent", FACTS)[0]["context"]


def test_address_and_browser_of_the_one_who_opened_go_along():
    (event,) = _sent("Message Opened", _with(ip="198.51.100.77", user_agent="Mozilla/5.0"))

    assert event["context"]["ip"] == "198.51.100.77"
    assert event["context"]["userAgent"] == "Mozilla/5.0"


@pytest.mark.parametrize(
    ("name", "reason", "semantic"),
    [
        ("Message Sent", None, None),
        ("Message Delivered", None, "Email Delivered"),
        ("Message Opened", None, "Email Opened"),
        ("Message Clicked", None, "Email Link Clicked"),
        ("Message Undeliverable", "BOUNCED", "Email Bounced"),
        ("Message Undeliverable", "UNSUBSCRIBED", None),
    ],
)
def test_segments_own_e_mail_events_come_beside_ours(name, reason, semantic):
    settings = Settings(write_key="wk", semantic_email_events=True)

    events = _sent(name, _with(reason=reason, link="https://shop.test"), settings)

    assert [event["event"] for event in events] == [each for each in (name, semantic) if each]
    assert len({event["messageId"] for event in events}) == len(events)
    assert len(_sent(name, _with(reason=reason, channel="sms"), settings)) == 1


def test_a_recipient_without_any_id_gets_one_derived_of_the_address():
    derived = identity(None, None, "  Joe@Example.test ")

    assert derived == identity(None, None, "joe@example.test")
    assert derived != identity(None, None, "jane@example.test")
    assert list(derived) == ["anonymousId"]
    assert identity(None, "anon-1", "joe@example.test") == {"anonymousId": "anon-1"}


def test_long_texts_are_cut():
    event = message_event("Message Undeliverable", _with(email_subject="s" * 2_000, error="e" * 5_000), AT, {})

    assert len(event["properties"]["email_subject"]) == 998
    assert len(event["properties"]["error"]) == 1_000


def test_an_event_that_is_too_large_loses_its_largest_properties_and_keeps_what_it_is():
    facts = _with(tags=("t" * 1_000,) * 100, utm={"campaign": "spring"})

    event = orjson.loads(outbound(message_event("Message Sent", facts, AT, {})).body)

    assert "tags" not in event["properties"]
    assert event["properties"]["utm"] == {"campaign": "spring"}
    assert event["properties"]["message_id"] == FACTS.message_id


_hostile = st.one_of(st.text(), st.text(alphabet='\x00\x01é\ud800😀"\\a', max_size=60).map(lambda text: text * 700))


@given(
    name=st.sampled_from(OUTBOUND_EVENTS[:6]),
    texts=st.fixed_dictionaries(
        dict.fromkeys(("message_id", "recipient", "error", "link", "user_id", "anonymous_id", "email_subject", "ip"), _hostile)
        | dict.fromkeys(("trigger_event", "user_agent", "tenant_id", "notification_name"), _hostile)
    ),
    tags=st.lists(_hostile, max_size=8).map(lambda tags: tuple(tags * 20)),
    bag=st.dictionaries(_hostile, _hostile, max_size=5),
)
def test_whatever_the_facts_hold_an_event_is_json_below_the_limit(name, texts, tags, bag):
    facts = _with(tags=tags, utm=bag, traits=bag, **texts)

    for event in message_events(name, facts, AT, Settings(write_key="wk", include_traits=True)):
        sent = orjson.loads(event.body)
        assert len(event.body) < EVENT_BYTES
        assert len(sent["messageId"]) <= 100
        assert sent["messageId"] == event.message_id
        assert ("userId" in sent) != ("anonymousId" in sent)
        assert "\0" not in event.message_id


@given(st.text(min_size=1, max_size=300), st.text(min_size=1, max_size=300))
def test_derived_ids_stay_apart_when_they_are_cut(one, other):
    assert len(bounded_id(one)) <= 100
    assert (bounded_id(one) == bounded_id(other)) == (one.replace("\0", "") == other.replace("\0", ""))


def test_an_audience_change_has_its_own_id_for_each_transition():
    facts = AudienceFacts(audience_id="vip", audience_version=3, user_id="u-1", transition=7, reason="EVENT")

    event = audience_event("Audience User Matched", facts, AT)

    assert event["messageId"] == "posthorn-aud-vip-3-u-1-7-audience-user-matched"
    assert event["properties"] == {"audience_id": "vip", "audience_version": 3, "reason": "EVENT"}
    assert event["userId"] == "u-1"


def test_a_changed_choice_is_told_with_both_statuses():
    facts = PreferenceFacts(
        change_id="req-1",
        user_id="u-1",
        topic_id="news",
        status="OPTED_OUT",
        previous_status="OPTED_IN",
        source="list_unsubscribe",
    )

    event = preference_event("User Unsubscribed", facts, AT)

    assert event["messageId"].startswith(f"posthorn-pref-u-1-news-{AT}-")
    assert event["userId"] == "u-1"
    assert event["properties"]["previous_status"] == "OPTED_IN"
    assert event["properties"]["source"] == "list_unsubscribe"
