import re
from typing import Any

import pytest
from msgspec.structs import replace

from messages.message_cases import ADA, NOW, SMTP, TWILIO, ask, config, event
from posthorn.errors import Invalid
from posthorn.messages.config import MessageSettings
from posthorn.messages.decide import request
from posthorn.messages.history import check_type, wire_items
from posthorn.messages.model import Known, Outcome
from posthorn.messages.render import Attempt, Links, Sheet, outgoing, rendered_for
from posthorn.messages.tracking import CLICK, read_token
from posthorn.preferences.links import UNSUBSCRIBE, Reader, read_link
from posthorn.providers.model import Outgoing
from posthorn.secrets import Vault
from preferences.preference_cases import topic

CONTENT = {"title": "Hello", "body": "World"}
TOPICS = {
    "pt_news": topic("pt_news", includes_unsubscribe_header=True),
    "pt_silent": topic("pt_silent"),
    "pt_required": topic("pt_required", "REQUIRED", includes_unsubscribe_header=True),
}
VAULT = Vault(b"0123456789abcdef0123456789abcdef")
ELEMENTS = {
    "version": "2022-01-01",
    "elements": [
        {"type": "meta", "title": "Hello {{profile.given_name}}"},
        {"type": "text", "content": "Total {{total}} in {{tenant.name}}"},
        {"type": "action", "content": "Open", "href": "https://shop.test/{{cart}}"},
        {"type": "action", "content": "Help", "href": "https://help.test/", "disable_tracking": True},
    ],
}


def links(**switches: Any) -> Links:
    return Links(settings=MessageSettings(public_url="https://post.test", **switches), signer=VAULT, topics=TOPICS)


def routed(body: dict[str, Any], to: dict[str, Any] | None = None, *, profile: dict[str, Any] | None = None) -> Outcome:
    return request(
        event("message.requested"),
        ask(body, to=to),
        known=Known(profile=profile or {**ADA, "given_name": "Ada"}),
        config=config(SMTP, TWILIO),
        now=NOW,
    )


def sent(outcome: Outcome, *, number: int = 1, **switches: Any) -> Outgoing:
    assert outcome.contents is not None
    sheet = Sheet(message=outcome.message, contents=outcome.contents)
    attempt = Attempt(installed=SMTP, number=number, now=NOW + number)
    return outgoing(sheet, outcome.message.hops[0], attempt, links(**switches))


def test_a_mail_has_subject_html_and_text_of_its_data() -> None:
    mail = sent(routed({"content": ELEMENTS, "data": {"total": 5, "cart": "c-9"}}, {"user_id": "u", "data": {"total": 7}}))

    assert mail.subject == "Hello Ada"
    assert "Total 7 in" in mail.html
    assert "Total 7 in" in mail.text
    assert mail.data == {"total": 7, "cart": "c-9"}
    assert (mail.to["email"], mail.recipient) == ("ada@example.test", "u")


def test_links_lead_through_us_to_where_they_led_with_utm() -> None:
    mail = sent(routed({"content": ELEMENTS, "data": {"cart": "c-9"}, "metadata": {"utm": {"source": "cart"}}}))

    tokens = re.findall(r'href="https://post\.test/t/c/([^"]+)"', mail.html)
    targets = [tracked.link for token in tokens if (tracked := read_token(VAULT, CLICK, token))]
    assert targets == ["https://shop.test/c-9?utm_source=cart"]
    assert "https://help.test/?utm_source=cart" in mail.html


def test_the_pixel_stands_at_the_end_of_the_mail_once() -> None:
    mail = sent(routed({"content": ELEMENTS}))

    assert mail.html.count("https://post.test/t/o/") == 1
    assert mail.html.index("/t/o/") < mail.html.lower().rindex("</body>")


def test_switched_off_tracking_leaves_the_mail_as_it_is() -> None:
    mail = sent(routed({"content": ELEMENTS}), tracks_opens=False, tracks_clicks=False)

    assert "post.test" not in mail.html


def test_rendering_again_gives_the_same_and_keeps_the_idempotency_key() -> None:
    outcome = routed({"content": ELEMENTS})
    first, second = sent(outcome), sent(outcome, number=2)

    assert (first.html, first.text, first.idempotency_key) == (second.html, second.text, second.idempotency_key)
    assert (first.routed_at, first.attempt, second.attempt) == (NOW, 1, 2)


def test_a_line_break_in_a_name_never_ends_the_subject() -> None:
    mail = sent(routed({"content": ELEMENTS}, profile={**ADA, "given_name": "Ada\r\nBcc: everybody@example.test"}))

    assert "\r" not in mail.subject
    assert "\n" not in mail.subject


def test_script_in_data_stays_text() -> None:
    mail = sent(routed({"content": ELEMENTS, "data": {"total": "<script>alert(1)</script>"}}))

    assert "<script>" not in mail.html


def test_overrides_of_channel_and_provider_are_merged_and_the_provider_wins() -> None:
    body = {
        "channels": {"email": {"override": {"body": {"from": "a", "cc": "c"}}}},
        "providers": {"smtp": {"override": {"body": {"from": "b"}}}},
    }

    assert sent(routed(body)).override == {"body": {"from": "b", "cc": "c"}}


def _about(topic_id: str) -> Outcome:
    return routed({"preferences": {"subscription_topic_id": topic_id}})


def test_a_topic_that_asks_for_it_gets_the_unsubscribe_headers() -> None:
    assert sent(_about("pt_silent")).headers == {}
    headers = sent(_about("pt_news")).headers
    token = headers["List-Unsubscribe"].removeprefix("<https://post.test/u/").removesuffix(">")
    reader = read_link(VAULT, UNSUBSCRIBE, token)
    assert reader == Reader(environment="production", user_key="u-1042", topic_id="pt_news")
    assert headers["List-Unsubscribe-Post"] == "List-Unsubscribe=One-Click"


def test_an_address_for_unsubscribing_is_named_beside_the_link_if_it_is_set() -> None:
    ways = sent(_about("pt_news"), unsubscribe_mailto="stop@example.test").headers["List-Unsubscribe"].split(", ")

    assert ways[0].startswith("<https://post.test/u/")
    assert ways[1].startswith("<mailto:stop@example.test?subject=unsubscribe%20")


def test_a_link_too_long_for_a_header_is_in_the_mail_only() -> None:
    outcome = _about("pt_news")
    outcome = replace(outcome, message=replace(outcome.message, user_key="u" * 700))

    assert sent(outcome).headers == {}
    assert "https://post.test/u/" in sent(outcome).html


@pytest.mark.parametrize("topic_id", ["pt_required", "pt_unknown", ""])
def test_what_nobody_can_opt_out_of_has_no_link_for_it(topic_id: str) -> None:
    outcome = routed({"content": CONTENT, "preferences": {"subscription_topic_id": topic_id}})

    assert sent(outcome).headers == {}
    assert "Unsubscribe" not in sent(outcome).html


def test_a_template_places_the_links_itself() -> None:
    elements = [{"type": "text", "content": "{{urls.unsubscribe}} {$.urls.preferences}"}]
    content = {"version": "2022-01-01", "elements": elements}

    text = sent(routed({"content": content, "preferences": {"subscription_topic_id": "pt_news"}})).text

    assert re.match(r"https://post.test/u/\S+ https://post.test/p/\S+", text)


def test_a_text_message_keeps_its_links_short() -> None:
    outcome = routed({"content": ELEMENTS, "routing": {"method": "single", "channels": ["sms"]}, "data": {"cart": "c-9"}})
    assert outcome.contents is not None
    rendered = rendered_for(Sheet(message=outcome.message, contents=outcome.contents), outcome.message.hops[0], links())

    assert "https://shop.test/c-9" in rendered.text
    assert "/t/c/" not in rendered.text


def test_a_template_version_that_is_gone_is_a_clear_error() -> None:
    outcome = routed({})
    assert outcome.contents is not None
    sheet = Sheet(message=outcome.message, contents=type(outcome.contents)(message_id="1", request={"template": "x"}, to={}))

    with pytest.raises(Invalid, match="is gone"):
        rendered_for(sheet, outcome.message.hops[0], links())


def test_the_history_shows_what_was_asked_and_what_was_known() -> None:
    outcome = routed({"data": {"a": 1}}, {"user_id": "u-1042", "locale": "fr"})
    lines = {line["type"]: line for line in wire_items(outcome.history, outcome.message, outcome.contents)}

    assert lines["ENQUEUED"]["data"] == {"a": 1}
    assert lines["ENQUEUED"]["recipient"] == "u-1042"
    assert lines["PROFILE_LOADED"]["received_profile"] == {"locale": "fr"}
    assert lines["PROFILE_LOADED"]["merged_profile"]["locale"] == "fr"
    assert "locale" not in lines["PROFILE_LOADED"]["stored_profile"]
    assert lines["DELIVERING"]["integration"] == {"id": "pv_smtp", "provider": "smtp"}


def test_a_history_can_be_narrowed_to_a_type_that_exists() -> None:
    outcome = routed({})

    assert [line["type"] for line in wire_items(outcome.history, outcome.message, None, "ENQUEUED")] == ["ENQUEUED"]
    assert check_type("sent") == "SENT"
    with pytest.raises(Invalid, match="type: Expected one of"):
        check_type("LOST")
