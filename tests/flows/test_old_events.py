"""Events of last year, replayed: they change profiles by their own time and notify nobody (segment.md 6.5, 6.6)."""

from typing import Any

import pytest

from posthorn.clock import iso
from workspace import Workspace

pytestmark = pytest.mark.anyio

YEAR_MS = 365 * 86_400_000


@pytest.fixture
async def shop(workspace: Workspace) -> Workspace:
    """A shop that would write to everybody for anything."""
    for kind in ("identify", "track", "group", "page"):
        automation: dict[str, Any] = {
            "name": kind,
            "trigger": {"type": "segment", "request_type": kind},
            "steps": [
                {
                    "action": "send",
                    "message": {"to": {"email": "ada@example.test"}, "content": {"title": kind, "body": "Hello"}},
                }
            ],
        }
        await workspace.call("PUT", f"/automations/{kind}", automation)
        await workspace.call("POST", f"/automations/{kind}/publish")
    return workspace


def replayed(shop: Workspace) -> list[dict[str, Any]]:
    """A year-old history as Segment replays it: no flag, its own time, meant for us alone."""
    at = iso(shop.clock.now_ms() - YEAR_MS)
    head = {"userId": "u-1", "timestamp": at, "originalTimestamp": at, "receivedAt": at, "sentAt": at}
    only_us = {"integrations": {"All": False, "Webhooks (Actions)": True}, "channel": "server", "version": 2}
    return [
        {**head, **only_us, "messageId": "old-1", "type": "identify", "traits": {"email": "old@example.test", "plan": "free"}},
        {**head, **only_us, "messageId": "old-2", "type": "track", "event": "Signed Up", "properties": {}},
        {**head, **only_us, "messageId": "old-3", "type": "group", "groupId": "acme", "traits": {"name": "Acme"}},
        {**head, **only_us, "messageId": "old-4", "type": "page", "name": "Docs", "properties": {}},
    ]


async def test_a_replay_fills_profiles_and_notifies_nobody(shop: Workspace) -> None:
    answer = await shop.call("POST", "/inbound/segment", replayed(shop), status=202)
    await shop.rest()

    assert (answer["accepted"], await shop.mails()) == (4, [])
    assert (await shop.call("GET", "/profiles/u-1"))["profile"]["email"] == "old@example.test"
    assert [one["tenant_id"] for one in (await shop.call("GET", "/users/u-1/tenants"))["items"]] == ["acme"]
    logged = (await shop.call("GET", "/log"))["events"]
    assert {fact["verdict"] for event in logged for fact in event["facts"]} >= {"stale"}


async def test_an_old_trait_never_replaces_a_newer_one_but_fills_a_gap(shop: Workspace) -> None:
    await shop.identify("u-1", email="new@example.test")
    mails = len(await shop.mails())

    await shop.call("POST", "/inbound/segment", replayed(shop), status=202)
    await shop.rest()

    profile = (await shop.call("GET", "/profiles/u-1"))["profile"]
    assert (profile["email"], profile["plan"]) == ("new@example.test", "free")
    assert len(await shop.mails()) == mails == 1


async def test_a_replay_of_what_was_taken_already_does_nothing(shop: Workspace) -> None:
    await shop.call("POST", "/inbound/segment", replayed(shop), status=202)
    await shop.call("POST", "/inbound/segment", replayed(shop), status=202)
    await shop.rest()

    logged = (await shop.call("GET", "/log"))["events"]
    assert [event["duplicate"] for event in logged if event["origin"] == "segment"] == [False] * 4 + [True] * 4


@pytest.mark.parametrize(("hours", "count"), [(12, 1), (23, 1), (25, 0)])
async def test_a_phone_that_was_offline_for_less_than_a_day_still_counts(shop: Workspace, hours: int, count: int) -> None:
    at = iso(shop.clock.now_ms() - hours * 3_600_000)

    await shop.send_event({"type": "track", "userId": "u-1", "event": "Signed Up", "timestamp": at})

    assert len(await shop.mails()) == count
