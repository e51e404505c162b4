"""Audiences that Segment's Engage keeps arrive as lists (segment.md 5.6)."""

from typing import Any

import pytest

from posthorn.clock import iso
from workspace import Workspace

pytestmark = pytest.mark.anyio

LIST_ID = "vip-aud_1"


def personas(kind: str = "audience", key: str = "vip", computation_id: str = "aud_1") -> dict[str, Any]:
    return {"personas": {"computation_class": kind, "computation_key": key, "computation_id": computation_id}}


async def arrive(workspace: Workspace, number: int, **event: Any) -> None:
    """One event from Engage, a minute after the one before."""
    await workspace.advance(minutes=1)
    head = {
        "userId": "u-1",
        "messageId": f"personas_{number}",
        "timestamp": iso(workspace.clock.now_ms()),
        "integrations": {"All": False, "Webhooks (Actions)": True},
        "context": personas(),
    }
    await workspace.call("POST", "/inbound/segment", {**head, **event}, status=202)
    await workspace.rest()


async def members(workspace: Workspace) -> list[str]:
    """Who is on the list."""
    answer = await workspace.client.get(f"/lists/{LIST_ID}/subscriptions")
    return [] if answer.status_code == 404 else [item["recipientId"] for item in answer.json()["items"]]


@pytest.mark.parametrize(("value", "left"), [(True, False), ("true", "false")])
async def test_a_user_enters_and_leaves_by_identify(workspace: Workspace, value: Any, left: Any) -> None:
    await arrive(workspace, 1, type="identify", traits={"vip": value, "email": "ada@example.test"})
    entered = await members(workspace)
    await arrive(workspace, 2, type="identify", traits={"vip": left})

    assert (entered, await members(workspace)) == (["u-1"], [])


async def test_a_user_enters_and_leaves_by_track(workspace: Workspace) -> None:
    await arrive(workspace, 1, type="track", event="Audience Entered", properties={"audience_key": "vip", "vip": True})
    entered = await members(workspace)
    await arrive(workspace, 2, type="track", event="Audience Exited", properties={"audience_key": "vip", "vip": False})

    assert (entered, await members(workspace)) == (["u-1"], [])


async def test_a_journey_step_without_a_value_means_to_enter(workspace: Workspace) -> None:
    step = {"journey_metadata": {"journey_id": "j", "epoch_id": "e"}}
    await arrive(workspace, 1, type="track", event="Nudged", properties=step, context=personas("journey_step"))

    assert await members(workspace) == ["u-1"]


async def test_an_audience_event_that_does_not_say_changes_nothing(workspace: Workspace) -> None:
    await arrive(workspace, 1, type="identify", traits={"other": True})

    assert await members(workspace) == []


async def test_an_older_event_does_not_bring_back_who_has_left(workspace: Workspace) -> None:
    await arrive(workspace, 1, type="identify", traits={"vip": True})
    await arrive(workspace, 2, type="identify", traits={"vip": False})
    early = iso(workspace.clock.now_ms() - 90_000)
    await arrive(workspace, 3, type="identify", traits={"vip": True}, timestamp=early)

    assert await members(workspace) == []


async def test_a_computed_trait_is_in_the_profile(workspace: Workspace) -> None:
    await arrive(workspace, 1, type="identify", traits={"orders": 7}, context=personas("trait", "orders", "tra_1"))
    await arrive(
        workspace,
        2,
        type="track",
        event="Trait Computed",
        properties={"trait_key": "visits", "visits": 3},
        context=personas("trait", "visits", "tra_2"),
    )

    profile = (await workspace.call("GET", "/profiles/u-1"))["profile"]
    assert (profile["orders"], profile["visits"]) == (7, 3)
