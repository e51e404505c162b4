"""Courier's complete Segment loop as a journey (courier.md 5.8), without its fetch: trigger, delay, branch, send, exit."""

from typing import Any

import pytest

from workspace import Workspace

pytestmark = pytest.mark.anyio

TEMPLATE: dict[str, Any] = {
    "name": "Cart",
    "tags": [],
    "brand": None,
    "subscription": None,
    "routing": None,
    "content": {
        "version": "2022-01-01",
        "elements": [{"type": "meta", "title": "Your cart at {{vendor}}"}, {"type": "text", "content": "It waits."}],
    },
}


@pytest.fixture
async def shop(workspace: Workspace) -> Workspace:
    """A shop whose journey reminds of carts above 10, in the vendor's name, if they are still open after two hours."""
    made = await workspace.call("POST", "/notifications", {"notification": TEMPLATE, "state": "PUBLISHED"})
    nodes = [
        {
            "id": "t1",
            "type": "trigger",
            "trigger_type": "segment",
            "request_type": "track",
            "event_id": "Checkout Page Visited",
            "conditions": ["data.properties.total", "greater than", "10"],
        },
        {"id": "d1", "type": "delay", "mode": "duration", "duration": "2 hours"},
        {
            "id": "b1",
            "type": "branch",
            "paths": [
                {
                    "conditions": {"AND": [["profile.cart", "is equal", "open"], ["profile.email", "exists"]]},
                    "nodes": [
                        {
                            "id": "s1",
                            "type": "send",
                            "message": {"template": made["id"], "data": {"vendor": "{{data.properties.vendor_name}}"}},
                        }
                    ],
                }
            ],
            "default": {"nodes": [{"id": "x1", "type": "exit"}]},
        },
    ]
    journey = {"name": "Cart reminder", "enabled": True, "state": "PUBLISHED", "nodes": nodes}
    await workspace.call("POST", "/journeys", journey, status=201)
    await workspace.identify("u-1", email="ada@example.test", cart="open")
    return workspace


async def steps(shop: Workspace) -> list[tuple[str, str]]:
    """What the one run did: node and status, in order."""
    (run,) = (await shop.call("GET", "/journeys/runs"))["runs"]
    found = (await shop.call("GET", f"/journeys/runs/{run['run_id']}/steps"))["steps"]
    return [(step["node_id"], step["status"]) for step in found if step["action"] != "trigger"]


async def test_an_open_cart_is_reminded_of_after_two_hours(shop: Workspace) -> None:
    await shop.track("u-1", "Checkout Page Visited", total=12, vendor_name="Tea & Co")
    await shop.advance(hours=1, minutes=59)
    early = await shop.mails()
    await shop.advance(minutes=1)

    assert early == []
    assert [mail["subject"] for mail in await shop.mails()] == ["Your cart at Tea & Co"]
    assert [node for node, _ in await steps(shop)] == ["d1", "b1", "s1"]


async def test_a_cart_that_was_closed_meanwhile_takes_the_default_path(shop: Workspace) -> None:
    await shop.track("u-1", "Checkout Page Visited", total=12, vendor_name="Tea & Co")
    await shop.identify("u-1", cart="closed")
    await shop.advance(hours=3)

    assert await shop.mails() == []
    assert [node for node, _ in await steps(shop)] == ["d1", "b1", "x1"]


@pytest.mark.parametrize("total", [10, 9.5, "9", None])
async def test_a_small_cart_starts_nothing(shop: Workspace, total: Any) -> None:
    await shop.track("u-1", "Checkout Page Visited", total=total)
    await shop.advance(hours=3)

    assert (await shop.call("GET", "/journeys/runs"))["runs"] == []


async def test_a_run_finishes_in_the_version_in_which_it_began(shop: Workspace) -> None:
    await shop.track("u-1", "Checkout Page Visited", total=12, vendor_name="Old")
    (journey,) = (await shop.call("GET", "/journeys"))["templates"]
    exits = [{"type": "trigger", "trigger_type": "segment", "request_type": "track", "event_id": "Other"}, {"type": "exit"}]
    await shop.call("PUT", f"/journeys/{journey['id']}", {"name": "New", "nodes": exits, "state": "PUBLISHED"})
    await shop.advance(hours=2)
    await shop.track("u-1", "Checkout Page Visited", total=12, vendor_name="New")
    await shop.advance(hours=2)

    assert [mail["subject"] for mail in await shop.mails()] == ["Your cart at Old"]


async def test_an_archived_journey_starts_no_more_but_ends_what_it_began(shop: Workspace) -> None:
    await shop.track("u-1", "Checkout Page Visited", total=12, vendor_name="Tea & Co")
    (journey,) = (await shop.call("GET", "/journeys"))["templates"]
    await shop.call("DELETE", f"/journeys/{journey['id']}", status=204)
    await shop.track("u-1", "Checkout Page Visited", total=99, vendor_name="Late")
    await shop.advance(hours=3)

    assert [mail["subject"] for mail in await shop.mails()] == ["Your cart at Tea & Co"]
