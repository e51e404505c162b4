"""A crash around one call: what goes out again, and under which id (architecture 3)."""

import pytest

from faults.fault_server import Server, until
from faults.fault_shop import MAIL, Shop, new_shop, send

pytestmark = pytest.mark.anyio

# A start after a crash passes each of these places once, with the command that the crash has left open; hence ":2".
CRASHES = ("claiming:1", "claim:2", "call:2", "called:2", "settle:2", "settled:2")


async def test_a_mail_goes_out_again_only_if_it_may_have_been_taken_and_with_the_same_message_id(server: Server) -> None:
    async with new_shop(server) as shop:
        await _crash_with_one_message_each(shop, "email")

    mails = [(mail.subject, mail.message_id) for mail in shop.mails.mails]
    assert {name: mails.count((name, message_id)) for name, message_id in mails} == {
        "mail u0.0": 1,
        "mail u0.1": 1,
        "mail u0.2": 1,
        "mail u0.3": 2,
        "mail u0.4": 2,
        "mail u0.5": 1,
    }
    assert len(set(mails)) == len(CRASHES)


async def test_what_nobody_could_tell_from_a_second_message_is_not_sent_again(server: Server) -> None:
    async with new_shop(server) as shop:
        await _crash_with_one_message_each(shop, "sms")
        messages = (await server.call("GET", "/messages"))["results"]
        ends = [(one["status"], one.get("reason")) for one in reversed(messages)]
        ambiguous = (await server.call("GET", f"/messages/{messages[2]['id']}"))["error"]

    assert [body["message"]["data"]["n"] for _, body in shop.hooks.calls] == ["u0.0", "u0.3", "u0.4", "u0.5"]
    assert ends == [("SENT", None)] + [("UNDELIVERABLE", "FAILED")] * 4 + [("SENT", None)]
    assert "not sent again" in ambiguous


async def test_a_server_that_was_frozen_settles_a_mail_once_although_its_claim_ran_out(server: Server) -> None:
    async with new_shop(server) as shop:
        await shop.install()
        await shop.publish(MAIL, [send(MAIL, "email")])
        await shop.know(0)
        shop.mails.shut()
        await shop.order_one(0, 0)
        await until("the mail is on its way", shop.mails.is_asked)
        server.freeze()
        server.pass_time()
        server.thaw()
        await until("the mail is on its way again", lambda: _has_come_twice(shop))
        shop.mails.open()
        await server.until_quiet()
        [message] = (await server.call("GET", "/messages"))["results"]
        log = await server.pages("/log?limit=1000", "events", "after")

    assert len({mail.message_id for mail in shop.mails.mails}) == 1
    assert message["status"] == "SENT"
    assert [event["type"] for event in log].count("message.sent") == 1


async def _has_come_twice(shop: Shop) -> bool:
    return len(shop.mails.mails) == 2


async def _crash_with_one_message_each(shop: Shop, channel: str) -> None:
    await shop.install()
    await shop.publish(MAIL, [send(MAIL, channel)])
    await shop.know(0)
    await shop.server.stop()
    for number, crash in enumerate(CRASHES):
        await shop.server.start(crash)
        await shop.server.until_quiet()
        await shop.order_one(0, number)
        await shop.server.until_killed()
    await shop.server.start()
    await shop.server.until_quiet()
