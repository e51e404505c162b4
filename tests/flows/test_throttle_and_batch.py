"""Runs that wait for one another: throttles, batches, digests, schedules, on a clock that only the test moves."""

from typing import Any

import pytest
from msgspec import Struct

from posthorn.engine.retention import Retention, prune_page
from workspace import Workspace

pytestmark = pytest.mark.anyio


def _send(title: str) -> dict[str, Any]:
    return {"action": "send", "message": {"content": {"title": title, "body": "."}}}


async def _publish(workspace: Workspace, name: str, steps: list[Any], trigger: Any = None, **more: Any) -> None:
    trigger = trigger or {"type": "segment", "event": "Liked"}
    await workspace.call("PUT", f"/automations/{name}", {"name": name, "trigger": trigger, "steps": steps, **more})
    await workspace.call("POST", f"/automations/{name}/publish")


async def _people(workspace: Workspace, count: int = 2) -> None:
    for number in range(1, count + 1):
        await workspace.identify(f"u-{number}", email=f"u-{number}@example.test")


async def _subjects(workspace: Workspace) -> list[str]:
    return sorted(mail["subject"] for mail in await workspace.mails())


async def _statuses(workspace: Workspace) -> list[str]:
    return sorted(run["status"] for run in (await workspace.call("GET", "/automations/runs"))["runs"])


async def test_a_throttle_lets_so_many_pass_for_each_user_and_again_in_the_next_period(workspace: Workspace) -> None:
    await _people(workspace)
    await _publish(workspace, "a", [{"action": "throttle", "max_allowed": 2, "period": "1 hour", "scope": "user"}, _send("Hi")])

    for user in ("u-1", "u-1", "u-1", "u-2"):
        await workspace.track(user, "Liked")
    early = len(await workspace.mails())
    await workspace.advance(hours=1)
    await workspace.track("u-1", "Liked")

    assert (early, len(await workspace.mails())) == (3, 4)
    assert await _statuses(workspace) == ["PROCESSED"] * 4 + ["THROTTLED"]


async def test_a_global_throttle_counts_all_users_together(workspace: Workspace) -> None:
    await _people(workspace, 3)
    await _publish(
        workspace, "a", [{"action": "throttle", "max_allowed": 2, "period": "1 hour", "scope": "global"}, _send("Hi")]
    )

    for user in ("u-1", "u-2", "u-3"):
        await workspace.track(user, "Liked")

    assert await _statuses(workspace) == ["PROCESSED", "PROCESSED", "THROTTLED"]


async def test_a_dynamic_throttle_counts_by_its_key(workspace: Workspace) -> None:
    await _people(workspace)
    throttle = {"action": "throttle", "max_allowed": 1, "period": "P1D", "scope": "dynamic", "throttle_key": "{{data.shop}}"}
    await _publish(workspace, "a", [throttle, _send("{{shop}}")])

    for user, shop in (("u-1", "North"), ("u-2", "North"), ("u-2", "South")):
        await workspace.track(user, "Liked", shop=shop)

    assert await _subjects(workspace) == ["North", "South"]


async def test_a_batch_sends_one_message_for_all_that_came_while_it_was_open(workspace: Workspace) -> None:
    await _people(workspace)
    batch = {
        "action": "add-to-batch",
        "scope": "user",
        "wait_period": "PT10M",
        "max_wait_period": "PT1H",
        "retain": {"type": "highest", "count": 2, "sort_key": "data.stars"},
    }
    await _publish(workspace, "a", [batch, _send("{{batch.count}} likes, best {{batch.items[0].stars}}")])

    for stars in (1, 5, 3):
        await workspace.track("u-1", "Liked", stars=stars)
        await workspace.advance(minutes=9)
    await workspace.track("u-2", "Liked", stars=4)
    early = await _subjects(workspace)
    await workspace.advance(minutes=10)

    assert (early, await _subjects(workspace)) == ([], ["1 likes, best 4", "3 likes, best 5"])
    assert await _statuses(workspace) == ["PROCESSED"] * 4


async def test_a_batch_ends_when_it_has_lasted_long_enough(workspace: Workspace) -> None:
    await _people(workspace)
    await _publish(
        workspace,
        "a",
        [{"action": "add-to-batch", "wait_period": "PT10M", "max_wait_period": "PT15M"}, _send("{{batch.count}}")],
    )

    for user in ("u-1", "u-2", "u-1"):
        await workspace.track(user, "Liked")
        await workspace.advance(minutes=7)
    await workspace.advance(minutes=1)

    assert await _subjects(workspace) == ["3"]


async def test_a_full_batch_closes_at_once(workspace: Workspace) -> None:
    await _people(workspace)
    batch = {"action": "add-to-batch", "wait_period": "PT10M", "max_wait_period": "PT1H", "max_items": 2}
    await _publish(workspace, "a", [batch, _send("{{batch.count}}")])

    for _ in range(3):
        await workspace.track("u-1", "Liked")

    assert await _subjects(workspace) == ["2"]


async def test_who_is_forgotten_leaves_the_batches_that_he_shares(workspace: Workspace) -> None:
    await _people(workspace)
    batch = {"action": "add-to-batch", "wait_period": "PT10M", "max_wait_period": "PT1H"}
    await _publish(workspace, "a", [batch, _send("{{batch.items[0].name}} {{batch.items[1].name}}")])
    await workspace.track("u-1", "Liked", name="Ada")
    await workspace.track("u-2", "Liked", name="Bob")

    await workspace.call("DELETE", "/profiles/u-2")
    await workspace.advance(minutes=10)

    assert await _subjects(workspace) == ["Ada"]


async def test_a_digest_goes_out_at_its_time_where_the_user_is(workspace: Workspace) -> None:
    await workspace.identify("u-1", email="u-1@example.test", timezone="America/New_York")
    await _publish(workspace, "collect", [{"action": "add-to-digest", "subscription_topic_id": "news"}])
    trigger = {
        "type": "digest",
        "subscription_topic_id": "news",
        "schedule": {"cron": "0 9 * * *"},
        "retain": {"type": "last", "count": 1},
    }
    await _publish(workspace, "digest", [_send("{{digest.count}} and last {{digest.items[0].n}}")], trigger)
    for number in range(3):
        await workspace.track("u-1", "Liked", n=number)

    await workspace.advance(hours=24)

    (mail,) = await workspace.mails()
    assert mail["subject"] == "3 and last 2"


async def test_a_schedule_starts_a_run_at_each_of_its_times(workspace: Workspace) -> None:
    to = {"to": {"email": "all@example.test"}, "content": {"title": "Report", "body": "."}}
    await _publish(workspace, "a", [{"action": "send", "message": to}], {"type": "schedule", "cron": "*/30 * * * *"})

    for _ in range(4):
        await workspace.advance(minutes=30)

    assert len(await workspace.mails()) == 4


async def test_a_schedule_that_was_missed_is_made_up_for_once_and_one_that_is_off_is_quiet(workspace: Workspace) -> None:
    to = {"to": {"email": "all@example.test"}, "content": {"title": "Report", "body": "."}}
    await _publish(workspace, "a", [{"action": "send", "message": to}], {"type": "schedule", "cron": "@hourly"})
    await workspace.advance(hours=5)
    first = len(await workspace.mails())

    await workspace.call("DELETE", "/automations/a")
    await workspace.advance(hours=5)

    assert (first, len(await workspace.mails())) == (1, 1)


class _Marked(Struct, frozen=True, kw_only=True):
    user_key: str
    kind: str


async def _marked(workspace: Workspace) -> list[tuple[str, str]]:
    async with workspace.parts.database.snapshot() as tx:
        rows = await tx.all(_Marked, "SELECT user_key, kind FROM marks ORDER BY user_key, kind")
    return [(row.user_key, row.kind) for row in rows]


async def test_what_is_remembered_of_a_user_goes_with_him_and_what_has_expired_with_time(workspace: Workspace) -> None:
    await _people(workspace)
    await _publish(workspace, "a", [{"action": "throttle", "max_allowed": 2, "period": "1 hour", "scope": "user"}])
    for user in ("u-1", "u-2"):
        await workspace.track(user, "Liked")
    both = await _marked(workspace)

    await workspace.call("DELETE", "/profiles/u-1")
    await workspace.rest()
    one = await _marked(workspace)
    await workspace.advance(hours=1)
    await prune_page(workspace.parts.database, Retention(log_ms=86_400_000))

    assert both == [("u-1", "throttle"), ("u-2", "throttle")]
    assert (one, await _marked(workspace)) == ([("u-2", "throttle")], [])
