"""Open digests over HTTP (courier.md 9.8)."""

from typing import Any

import pytest

from workspace import Workspace

pytestmark = pytest.mark.anyio


@pytest.fixture
async def news(workspace: Workspace) -> Workspace:
    """A topic whose digest goes out once a month; two users have something in it."""
    trigger = {"type": "digest", "subscription_topic_id": "news", "schedule": {"cron": "@monthly"}}
    mail = {"action": "send", "message": {"content": {"title": "{{digest.count}}", "body": "."}}}
    collect = {"action": "add-to-digest", "subscription_topic_id": "news"}
    automations: list[tuple[str, Any, Any]] = [("out", trigger, mail), ("in", "track/Said", collect)]
    for name, begins, step in automations:
        await workspace.call("PUT", f"/automations/{name}", {"name": name, "trigger": begins, "steps": [step]})
        await workspace.call("POST", f"/automations/{name}/publish")
    for user, count in (("u-1", 2), ("u-2", 1)):
        await workspace.identify(user, email=f"{user}@example.test")
        for _ in range(count):
            await workspace.track(user, "Said")
    return workspace


async def test_open_digests_are_listed_page_by_page(news: Workspace) -> None:
    first = await news.call("GET", "/digests/schedules/news/instances?limit=1")
    second = await news.call("GET", f"/digests/schedules/news/instances?limit=1&cursor={first['cursor']}")

    (one,), (other,) = first["items"], second["items"]
    assert (one["user_id"], one["event_count"], one["status"]) == ("u-1", 2, "IN_PROGRESS")
    assert (other["user_id"], first["has_more"], second["has_more"], "cursor" in second) == ("u-2", True, False, False)


async def test_all_are_released_now_and_not_once_more_at_their_time(news: Workspace) -> None:
    await news.call("POST", "/digests/schedules/news/trigger", status=204)
    await news.rest()
    released = sorted(mail["subject"] for mail in await news.mails())
    await news.advance(days=31)

    assert (released, len(await news.mails())) == (["1", "2"], 2)
    assert (await news.call("GET", "/digests/schedules/news/instances"))["items"] == []


async def test_a_schedule_that_nobody_has_is_not_found(news: Workspace) -> None:
    await news.call("GET", "/digests/schedules/none/instances", status=404)
    await news.call("POST", "/digests/schedules/none/trigger", status=404)
