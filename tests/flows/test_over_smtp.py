"""An event becomes a real mail over SMTP, and whatever becomes of the mail is told to Segment over HTTP."""

import re
from typing import Any

import pytest

from posthorn.access.keys import KeyRequest, create_key
from sinks import MailSink, SegmentSink, part
from workspace import Workspace

pytestmark = pytest.mark.anyio

RECEIPT: dict[str, Any] = {
    "name": "Receipt",
    "trigger": {"type": "segment", "request_type": "track", "event": "Order Completed"},
    "steps": [
        {
            "action": "send",
            "message": {
                "to": {"user_id": "refs.data.userId"},
                "content": {
                    "version": "2022-01-01",
                    "elements": [
                        {"type": "meta", "title": "Order {{order_id}}"},
                        {"type": "text", "content": "Thank you, {{profile.given_name}}."},
                        {"type": "action", "content": "Track it", "href": "https://shop.example.test/orders?id={{order_id}}"},
                        {"type": "action", "content": "Again", "href": "https://shop.example.test/again"},
                    ],
                },
            },
        }
    ],
}


async def install(workspace: Workspace, letters: MailSink, **settings: Any) -> str:
    """Sets the mail server up as provider; its id."""
    body = {"provider": "smtp", "settings": {**letters.settings, **settings}, "alias": settings.get("from_name", "mail")}
    return (await workspace.call("POST", "/providers", body))["id"]


@pytest.fixture
async def shop(workspace: Workspace, segment: SegmentSink) -> Workspace:
    """A shop that sends receipts and tells Segment."""
    await workspace.call("PUT", "/automations/receipt", RECEIPT)
    await workspace.call("POST", "/automations/receipt/publish")
    source = {"write_key": "wk_out", "endpoint": segment.url, "enabled": True}
    await workspace.call("PUT", "/integrations/segment", {"source": source})
    await workspace.identify("u-1", email="ada@example.test", firstName="Ada")
    return workspace


def told(segment: SegmentSink) -> list[str]:
    return [event["event"] for event in segment.events]


async def test_a_mail_is_sent_opened_and_clicked_and_segment_hears_of_each_once(
    shop: Workspace, letters: MailSink, segment: SegmentSink
) -> None:
    await install(shop, letters)
    await shop.track("u-1", "Order Completed", order_id="R-7")

    (letter,) = letters.letters
    assert (letter["subject"], letter["to"], letter["from"]) == ("Order R-7", "ada@example.test", "shop@example.test")
    assert "Thank you, Ada." in part(letter, "plain")
    pixel = re.search(r'src="[^"]*(/t/o/[^"]+)"', part(letter, "html"))
    links = re.findall(r'href="[^"]*(/t/c/[^"]+)"', part(letter, "html"))
    assert pixel
    for path in (pixel[1], pixel[1], links[0], links[0], links[1]):
        await shop.client.get(path)
        await shop.rest()

    # By SMTP alone nobody knows whether a mail was delivered, so `Message Delivered` is not among them.
    assert told(segment) == ["Message Sent", "Message Opened", "Message Clicked", "Message Clicked"]
    clicked = [event["properties"]["link"] for event in segment.events[2:]]
    assert clicked == ["https://shop.example.test/orders?id=R-7", "https://shop.example.test/again"]
    message_id = segment.events[0]["properties"]["message_id"]
    assert [event["messageId"] for event in segment.events[:2]] == [
        f"posthorn-{message_id}-message-sent",
        f"posthorn-{message_id}-message-opened",
    ]
    assert {event["userId"] for event in segment.events} == {"u-1"}
    assert (await shop.call("GET", f"/messages/{message_id}"))["status"] == "CLICKED"


async def test_a_server_whose_word_counts_as_delivery_gives_delivered_too(
    shop: Workspace, letters: MailSink, segment: SegmentSink
) -> None:
    await install(shop, letters, delivered_on_accept=True)
    await shop.track("u-1", "Order Completed", order_id="R-7")

    assert told(segment) == ["Message Sent", "Message Delivered"]


async def test_a_bounce_is_undeliverable_and_not_tried_again(shop: Workspace, letters: MailSink, segment: SegmentSink) -> None:
    letters.refusals["ada@example.test"] = "550 5.1.1 No such user here"
    await install(shop, letters)
    await shop.track("u-1", "Order Completed", order_id="R-7")
    letters.refusals.clear()
    await shop.advance(days=4)

    (event,) = segment.events
    assert (event["event"], event["properties"]["reason"]) == ("Message Undeliverable", "BOUNCED")
    assert "No such user here" in event["properties"]["error"]
    assert letters.letters == []


async def test_a_full_mailbox_is_tried_again_until_there_is_room(
    shop: Workspace, letters: MailSink, segment: SegmentSink
) -> None:
    letters.refusals["ada@example.test"] = "452 4.2.2 Mailbox full"
    await install(shop, letters)
    await shop.track("u-1", "Order Completed", order_id="R-7")
    before = told(segment)
    letters.refusals.clear()
    await shop.advance(minutes=5)

    assert (before, told(segment), len(letters.letters)) == ([], ["Message Sent"], 1)


async def test_nobody_to_route_to_is_unroutable(shop: Workspace, letters: MailSink, segment: SegmentSink) -> None:
    await install(shop, letters)
    await shop.identify("u-2", firstName="Bob")
    await shop.track("u-2", "Order Completed", order_id="R-8")
    await shop.advance(minutes=10)

    (event,) = segment.events
    assert (event["event"], event["userId"]) == ("Message Unroutable", "u-2")
    assert event["properties"]["reason"] == "NO_CHANNELS"
    assert letters.letters == []


async def test_a_dead_mail_server_gives_way_to_the_next(shop: Workspace, letters: MailSink, segment: SegmentSink) -> None:
    await install(shop, letters, port=1, from_name="dead")
    await install(shop, letters, from_name="living")
    message = {
        "to": {"user_id": "u-1"},
        "content": {"title": "Failover", "body": "Hello"},
        "channels": {"email": {"providers": ["dead", "living"]}},
    }
    await shop.call("POST", "/send", {"message": message})
    await shop.rest()
    at_first = len(letters.letters)
    await shop.advance(minutes=6)

    assert (at_first, [letter["subject"] for letter in letters.letters]) == (0, ["Failover"])
    assert told(segment) == ["Message Sent"]


async def test_segment_gets_it_later_once_when_it_was_away(shop: Workspace, letters: MailSink, segment: SegmentSink) -> None:
    segment.answers = [500, 429]
    await install(shop, letters)
    await shop.track("u-1", "Order Completed", order_id="R-7")
    before = told(segment)
    for _ in range(3):
        await shop.advance(minutes=1)

    assert (before, told(segment)) == ([], ["Message Sent"])
    assert segment.batches[0]["sentAt"] > segment.events[0]["timestamp"]


async def test_what_we_told_segment_does_nothing_when_it_comes_back(
    shop: Workspace, letters: MailSink, segment: SegmentSink
) -> None:
    await install(shop, letters)
    automation = {**RECEIPT, "trigger": {"type": "segment", "request_type": "track", "event": "Message Sent"}}
    await shop.call("PUT", "/automations/loop", automation)
    await shop.call("POST", "/automations/loop/publish")
    await shop.track("u-1", "Order Completed", order_id="R-7")

    (event,) = segment.events
    answer = await shop.client.post("/inbound/segment", json=event)
    await shop.rest()

    assert answer.status_code == 202
    assert (len(letters.letters), told(segment)) == (1, ["Message Sent"])


async def test_the_test_environment_goes_all_the_way_but_out(shop: Workspace, letters: MailSink, segment: SegmentSink) -> None:
    await install(shop, letters)
    async with shop.parts.database.transaction() as tx:
        made = await create_key(tx, KeyRequest(kind="api", environment="test", name="test"), shop.clock.now_ms())
        await shop.parts.config.current(tx)
    headers = {"Authorization": f"Bearer {made.key}"}
    message = {"to": {"email": "ada@example.test"}, "content": {"title": "Test", "body": "Hello"}}

    sent = await shop.call("POST", "/send", {"message": message}, headers=headers)
    await shop.rest()

    found = await shop.call("GET", f"/messages/{sent['requestId']}", headers=headers)
    assert found["status"] == "SIMULATED"
    assert (letters.letters, told(segment)) == ([], [])
    await shop.call("GET", f"/messages/{sent['requestId']}", status=404)
