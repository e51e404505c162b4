"""An audience of Segment Engage: its first sync tells of everybody and is no news (segment.md 5.6)."""

from typing import Any

import pytest

from workspace import Workspace

pytestmark = pytest.mark.anyio

GREETING = {
    "name": "Greeting",
    "trigger": {"type": "segment", "request_type": "track", "event": "Audience Entered"},
    "steps": [{"action": "send", "message": {"content": {"title": "You are in", "body": "Hello"}}}],
}


async def _enter(workspace: Workspace, user_id: str, audience: str = "aud_1") -> None:
    personas = {"computation_class": "audience", "computation_id": audience, "computation_key": "vip"}
    event: dict[str, Any] = {
        "type": "track",
        "event": "Audience Entered",
        "userId": user_id,
        "messageId": f"personas_{user_id}_{audience}",
        "properties": {"audience_key": "vip", "vip": "true"},
        "context": {"personas": personas},
    }
    await workspace.call("POST", "/inbound/segment", event, status=202)
    await workspace.rest()


@pytest.fixture
async def shop(workspace: Workspace) -> Workspace:
    await workspace.call("PUT", "/automations/greeting", GREETING)
    await workspace.call("POST", "/automations/greeting/publish")
    for number in range(4):
        await workspace.identify(f"u-{number}", email=f"u{number}@example.test")
    return workspace


async def test_the_first_quarter_of_an_hour_fills_the_list_and_starts_nothing(shop: Workspace) -> None:
    await _enter(shop, "u-0")
    await shop.advance(minutes=14)
    await _enter(shop, "u-1")
    silent = await shop.mails()
    await shop.advance(minutes=1)
    await _enter(shop, "u-2")

    assert (silent, [mail["to"] for mail in await shop.mails()]) == ([], ["u2@example.test"])
    events = (await shop.call("GET", "/log"))["events"]
    facts = [one["facts"] for one in events if one["event"] == "Audience Entered"]
    assert [fact[-1]["verdict"] for fact in facts[:2]] == ["engage_backfill", "engage_backfill"]


async def test_each_audience_has_its_own_quarter(shop: Workspace) -> None:
    await _enter(shop, "u-0")
    await shop.advance(minutes=15)
    await _enter(shop, "u-0", "aud_2")
    await _enter(shop, "u-1")

    assert [mail["to"] for mail in await shop.mails()] == ["u1@example.test"]
