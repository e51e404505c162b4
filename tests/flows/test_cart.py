"""Courier's own worked example (courier.md 1.5): a reminder two hours after the checkout, unless it was completed."""

import pytest

from workspace import Workspace

pytestmark = pytest.mark.anyio

VISITED = {
    "name": "Cart reminder",
    "trigger": {"type": "segment", "request_type": "track", "event": "Checkout Page Visited"},
    "cancelation_token": "refs.data.userId",
    "steps": [
        {"action": "delay", "duration": "2 hours"},
        {
            "action": "send",
            "message": {"to": {"user_id": "refs.data.userId"}, "content": {"title": "Your cart", "body": "Waits."}},
        },
    ],
}
COMPLETED = {
    "name": "Invoice",
    "trigger": {"type": "segment", "request_type": "track", "event": "Checkout Complete"},
    "steps": [
        {"action": "cancel", "cancelation_token": "refs.data.userId"},
        {
            "action": "send",
            "message": {"to": {"user_id": "refs.data.userId"}, "content": {"title": "Invoice", "body": "{{total}}"}},
        },
    ],
}


@pytest.fixture
async def shop(workspace: Workspace) -> Workspace:
    for name, automation in (("visited", VISITED), ("completed", COMPLETED)):
        await workspace.call("PUT", f"/automations/{name}", automation)
        await workspace.call("POST", f"/automations/{name}/publish")
    await workspace.identify("u-1", email="ada@example.test")
    await workspace.identify("u-2", email="bob@example.test")
    return workspace


async def _subjects(workspace: Workspace) -> list[str]:
    return sorted(mail["subject"] for mail in await workspace.mails())


async def test_who_leaves_the_cart_is_reminded_after_two_hours_and_not_before(shop: Workspace) -> None:
    await shop.track("u-1", "Checkout Page Visited")
    await shop.advance(hours=1, minutes=59)
    early = await _subjects(shop)
    await shop.advance(minutes=1)

    assert (early, await _subjects(shop)) == ([], ["Your cart"])


async def test_who_completes_gets_the_invoice_and_no_reminder(shop: Workspace) -> None:
    await shop.track("u-1", "Checkout Page Visited")
    await shop.advance(hours=1)
    await shop.track("u-1", "Checkout Complete", total=59.5)
    await shop.advance(hours=3)

    assert await _subjects(shop) == ["Invoice"]
    runs = (await shop.call("GET", "/automations/runs"))["runs"]
    assert sorted(run["status"] for run in runs) == ["CANCELED", "PROCESSED"]


async def test_one_users_purchase_does_not_stop_anothers_reminder(shop: Workspace) -> None:
    await shop.track("u-1", "Checkout Page Visited")
    await shop.track("u-2", "Checkout Page Visited")
    await shop.track("u-2", "Checkout Complete", total=5)
    await shop.advance(hours=2)

    assert await _subjects(shop) == ["Invoice", "Your cart"]
