"""Courier's own Python client sends, and watches what becomes of it, on a running server."""

from typing import Any

import courier
import pytest
from courier import Courier
from courier.types import MessageDetails

from live_server import LiveServer, eventually

HELLO = {"title": "Hello {{name}}", "body": "Welcome, {{name}}."}


def done(sdk: Courier, message_id: str, *statuses: str) -> MessageDetails:
    """The message, when it has come to one of the statuses."""

    def look() -> MessageDetails | None:
        found = sdk.messages.retrieve(message_id)
        return found if found.status in statuses else None

    return eventually(look)


def test_a_message_to_a_user_is_mailed_to_the_address_in_his_profile(server: LiveServer, sdk: Courier) -> None:
    sdk.profiles.create("send-1", profile={"email": "send1@example.test", "locale": "en"})

    sent = sdk.send.message(message={"to": {"user_id": "send-1"}, "content": HELLO, "data": {"name": "Ada"}})

    message = done(sdk, sent.request_id, "DELIVERED")
    assert (message.id, message.recipient, message.notification) == (sent.request_id, "send-1", "")
    assert message.sent
    assert message.delivered
    mails = server.call("GET", "/mailbox")["results"]
    assert [mail["to"] for mail in mails if mail["subject"] == "Hello Ada"] == ["send1@example.test"]


def test_a_message_to_several_is_one_message_for_each(sdk: Courier) -> None:
    sent = sdk.send.message(
        message={
            "to": [{"email": "several1@example.test"}, {"email": "several2@example.test", "data": {"name": "Bob"}}],
            "content": HELLO,
            "data": {"name": "all"},
            "metadata": {"trace_id": "trace-several", "tags": ["several"]},
        }
    )

    def look() -> list[MessageDetails] | None:
        found = sdk.messages.list(trace_id="trace-several").results
        return found if len(found) == 2 and {one.status for one in found} == {"DELIVERED"} else None

    messages = eventually(look)
    assert {one.recipient for one in messages} == {"several1@example.test", "several2@example.test"}
    assert sent.request_id not in {one.id for one in messages}
    assert len(sdk.messages.list(tag=["several"], status=["DELIVERED", "OPENED"]).results) == 2


def test_what_was_sent_can_be_read_channel_by_channel(sdk: Courier) -> None:
    elements: list[dict[str, Any]] = [
        {"type": "meta", "title": "Invoice {{number}}"},
        {"type": "text", "content": "Pay **{{total}}** please.", "format": "markdown"},
        {"type": "action", "content": "Pay", "href": "https://shop.example.test/pay"},
        {"type": "divider"},
        {"type": "image", "src": "https://shop.example.test/logo.png"},
    ]
    sent = sdk.send.message(
        message={
            "to": {"email": "elemental@example.test"},
            "content": {"version": "2022-01-01", "elements": elements},
            "data": {"number": "R-7", "total": "5 EUR"},
            "routing": {"method": "single", "channels": ["email"]},
        }
    )
    done(sdk, sent.request_id, "DELIVERED")

    (output,) = sdk.messages.content(sent.request_id).results
    assert (output.channel, output.content.subject) == ("email", "Invoice R-7")
    assert "<strong>5 EUR</strong>" in output.content.html
    types = [item["type"] for item in sdk.messages.history(sent.request_id).results]
    assert [one for one in types if one in ("ENQUEUED", "RENDERED", "SENT", "DELIVERED")] == [
        "ENQUEUED", "RENDERED", "SENT", "DELIVERED",
    ]  # fmt: skip
    assert [item["type"] for item in sdk.messages.history(sent.request_id, type="SENT").results] == ["SENT"]


def test_a_template_is_filled_and_named_by_its_message(sdk: Courier) -> None:
    made = sdk.notifications.create(
        notification={
            "name": "Receipt",
            "tags": [],
            "brand": None,
            "subscription": None,
            "routing": None,
            "content": {
                "version": "2022-01-01",
                "elements": [{"type": "meta", "title": "Receipt"}, {"type": "text", "content": "For {{item}}"}],
            },
        },
        state="PUBLISHED",
    )

    sent = sdk.send.message(message={"to": {"email": "t@example.test"}, "template": made.id, "data": {"item": "tea"}})

    assert done(sdk, sent.request_id, "DELIVERED").notification == made.id
    assert "For tea" in sdk.messages.content(sent.request_id).results[0].content.text
    assert [one.id for one in sdk.messages.list(notification=made.id).results] == [sent.request_id]


def test_a_template_nobody_has_is_unmapped(sdk: Courier) -> None:
    sent = sdk.send.message(message={"to": {"email": "t@example.test"}, "template": "nt_nobody"})

    assert done(sdk, sent.request_id, "UNMAPPED").sent is None


def test_routing_to_all_sends_by_every_channel_that_has_an_address(sdk: Courier) -> None:
    sms = sdk.providers.create(provider="mock", settings={"channel": "sms"})
    sent = sdk.send.message(
        message={
            "to": {"email": "both@example.test", "phone_number": "+15550100"},
            "content": HELLO,
            "routing": {"method": "all", "channels": ["email", "sms"]},
        }
    )
    done(sdk, sent.request_id, "DELIVERED")

    channels = {output.channel for output in sdk.messages.content(sent.request_id).results}
    sdk.providers.delete(sms.id)
    assert channels == {"email", "sms"}


def test_nobody_to_route_to_is_told_with_its_reason(sdk: Courier) -> None:
    mail = sdk.providers.create(provider="smtp", settings={"host": "127.0.0.1", "port": 1, "from_address": "a@example.test"})
    sent = sdk.send.message(message={"to": {"user_id": "send-nobody"}, "content": HELLO})

    reason = done(sdk, sent.request_id, "UNROUTABLE").reason
    sdk.providers.delete(mail.id)
    assert reason == "NO_CHANNELS"


def test_a_delayed_message_is_cancelled_once_and_a_sent_one_is_not(sdk: Courier) -> None:
    later = sdk.send.message(message={"to": {"email": "l@example.test"}, "content": HELLO, "delay": {"duration": 3_600_000}})
    now = sdk.send.message(message={"to": {"email": "n@example.test"}, "content": HELLO})
    done(sdk, later.request_id, "DELAYED")
    done(sdk, now.request_id, "DELIVERED")

    assert sdk.messages.cancel(later.request_id).status == "CANCELED"
    with pytest.raises(courier.ConflictError):
        sdk.messages.cancel(now.request_id)


def test_a_message_is_sent_again_under_another_id(sdk: Courier) -> None:
    sent = sdk.send.message(message={"to": {"email": "r@example.test"}, "content": HELLO, "data": {"name": "again"}})
    done(sdk, sent.request_id, "DELIVERED")

    again = sdk.messages.resend(sent.request_id)

    assert again.message_id != sent.request_id
    assert done(sdk, again.message_id, "DELIVERED").recipient == "r@example.test"
    assert sdk.messages.content(again.message_id).results[0].content.subject == "Hello again"


def test_a_send_with_an_idempotency_key_is_done_once(sdk: Courier) -> None:
    message: Any = {"to": {"email": "idem@example.test"}, "content": HELLO, "metadata": {"tags": ["idem"]}}

    ids = {sdk.send.message(message=message, idempotency_key="order-1").request_id for _ in range(3)}

    assert len(ids) == 1
    done(sdk, ids.pop(), "DELIVERED")
    assert len(sdk.messages.list(tags="idem").results) == 1


def test_pages_of_messages_lead_on_by_their_cursor(sdk: Courier) -> None:
    for _ in range(3):
        sdk.send.message(message={"to": {"email": "page@example.test"}, "content": HELLO, "metadata": {"tags": ["page"]}})

    page = sdk.messages.list(recipient="page@example.test")

    assert len(page.results) == 3
    assert page.paging.more is False
    assert [one.enqueued for one in page.results] == sorted((one.enqueued for one in page.results), reverse=True)


@pytest.mark.parametrize(
    ("message", "text"),
    [
        ({"to": {"user_id": "u"}}, "content|template"),
        ({"content": HELLO}, "to"),
        ({"to": {"user_id": "u"}, "content": HELLO, "routing": {"method": "some", "channels": ["email"]}}, "routing|method"),
    ],
)
def test_a_message_that_makes_no_sense_is_a_bad_request_with_a_sentence(sdk: Courier, message: Any, text: str) -> None:
    with pytest.raises(courier.BadRequestError, match=text) as refused:
        sdk.send.message(message=message)

    assert refused.value.body["type"] == "invalid_request_error"


def test_an_unknown_message_is_not_found_by_any_call(sdk: Courier) -> None:
    for call in (sdk.messages.retrieve, sdk.messages.history, sdk.messages.content, sdk.messages.cancel, sdk.messages.resend):
        with pytest.raises(courier.NotFoundError, match="Message not found"):
            call("1-66d43ca1-0a1b2c3d4e5f607182930a1b")


def test_a_key_that_nobody_made_is_an_authentication_error(server: LiveServer) -> None:
    with (
        Courier(base_url=server.url, api_key="pk_prod_nobody", max_retries=0) as stranger,
        pytest.raises(courier.AuthenticationError),
    ):
        stranger.messages.list()


def test_an_archived_request_leaves_the_list_and_is_kept(sdk: Courier) -> None:
    sent = sdk.send.message(message={"to": {"email": "arch@example.test"}, "content": HELLO, "metadata": {"tags": ["arch"]}})
    done(sdk, sent.request_id, "DELIVERED")

    sdk.requests.archive(sent.request_id)

    assert sdk.messages.list(tags="arch").results == []
    assert [one.id for one in sdk.messages.list(tags="arch", archived=True).results] == [sent.request_id]
