"""Everybody is evaluated by a new audience: in pages, while events go on, without starting what nobody asked for."""

from typing import Any

import pytest

from flows.audience_steps import (
    BOUGHT_TWICE,
    PRO,
    mail_step,
    members_of,
    publish,
    put_audience,
    tell_segment,
    titles,
    transitions,
)
from posthorn.audiences.store import load_states, load_times
from posthorn.engine import audience_history, audience_pages
from posthorn.engine.retention import DAY_MS, Retention, prune_page
from posthorn.log.model import partition_of
from sinks import SegmentSink, webhook_sink
from workspace import Workspace

pytestmark = pytest.mark.anyio


async def test_a_new_audience_finds_those_who_are_there_and_starts_nothing(workspace: Workspace, segment: SegmentSink) -> None:
    await tell_segment(workspace, segment)
    await publish(workspace, "greet", {"type": "audience", "audience_id": "pro"}, mail_step("Hello"))
    for number in range(5):
        await workspace.identify(f"u-{number}", plan="pro" if number % 2 else "free", email=f"u-{number}@example.test")

    written = await put_audience(workspace, "pro", PRO)
    found = await workspace.call("GET", "/audiences/pro")

    assert (written["version"], written["evaluation"]["status"]) == (1, "RUNNING")
    assert found["member_count"] == 2
    assert found["evaluation"] == {
        "job_id": written["evaluation"]["job_id"],
        "status": "FINISHED",
        "done": 5,
        "total": 5,
        "starts_automations": False,
    }
    assert transitions(segment) == [("u-1", "Matched", "pro"), ("u-3", "Matched", "pro")]
    assert await workspace.mails() == []
    await workspace.identify("u-0", plan="pro")
    assert await titles(workspace) == ["Hello"]


async def test_the_first_evaluation_starts_automations_when_it_is_asked_to(workspace: Workspace) -> None:
    await publish(workspace, "greet", {"type": "audience", "audience_id": "pro"}, mail_step("Hello"))
    await workspace.identify("u-1", plan="pro", email="u-1@example.test")
    await workspace.identify("u-2", plan="pro", email="u-2@example.test")

    await put_audience(workspace, "pro", PRO, starts_automations=True)

    assert await titles(workspace) == ["Hello", "Hello"]


async def test_a_changed_rule_moves_only_those_for_whom_it_comes_out_differently(
    workspace: Workspace, segment: SegmentSink
) -> None:
    await tell_segment(workspace, segment)
    for user, plan in (("u-1", "pro"), ("u-2", "team"), ("u-3", "free")):
        await workspace.identify(user, plan=plan)
    await put_audience(workspace, "paying", {"operator": "INCLUDES", "path": "plan", "value": ["pro", "team"]})

    await put_audience(workspace, "paying", {"operator": "INCLUDES", "path": "plan", "value": ["pro", "free"]})

    assert await members_of(workspace, "paying") == ["u-1", "u-3"]
    assert sorted(transitions(segment)[2:]) == [("u-2", "Unmatched", "paying"), ("u-3", "Matched", "paying")]
    members = (await workspace.call("GET", "/audiences/paying/members"))["items"]
    assert {one["audience_version"] for one in members} == {2}


async def test_webhook_endpoints_hear_of_audiences_too(workspace: Workspace) -> None:
    async with webhook_sink() as sink:
        await workspace.identify("u-1", plan="pro")
        await workspace.identify("u-2", plan="free")
        await workspace.call("POST", "/integrations/webhooks", {"url": sink.url, "secret": "s3cr3t-s3cr3t"}, status=201)

        await put_audience(workspace, "pro", PRO)

    rule = {"operator": "AND", "filters": [PRO]}
    assert sink.of("audiences:updated") == [{"audience_id": "pro", "audience_version": 1, "filter": rule}]
    assert sink.of("audiences:calculated") == [
        {"audience_id": "pro", "user_count": 1, "total_users": 2, "total_users_filtered": 1}
    ]
    assert sink.of("audiences:user:matched") == [
        {"audience_id": "pro", "audience_version": 1, "reason": "EQ('plan', 'pro') => true", "user_id": "u-1"}
    ]


async def test_everybody_is_evaluated_once_however_small_the_pages(
    workspace: Workspace, monkeypatch: pytest.MonkeyPatch
) -> None:
    for number in range(7):
        await workspace.identify(f"u-{number}", plan="pro" if number % 2 else "free")
        await workspace.track(f"v-{number}", "Order Completed")
    either = {"operator": "OR", "filters": [PRO, {"operator": "DID", "event": "Order Completed"}]}
    monkeypatch.setattr(audience_pages, "PAGE_USERS", 2)

    await put_audience(workspace, "pro", either)
    found = await workspace.call("GET", "/audiences/pro")

    assert await members_of(workspace, "pro") == ["u-1", "u-3", "u-5", *(f"v-{number}" for number in range(7))]
    assert (found["evaluation"]["status"], found["evaluation"]["done"], found["evaluation"]["total"]) == ("FINISHED", 14, 14)


async def test_a_new_audience_counts_what_was_done_before_it_was_made(
    workspace: Workspace, monkeypatch: pytest.MonkeyPatch
) -> None:
    for user, count in (("u-1", 3), ("u-2", 1), ("u-3", 2)):
        for _ in range(count):
            await workspace.track(user, "Order Completed")
    repeated = {"type": "track", "userId": "u-2", "event": "Order Completed", "messageId": "m-1"}
    await workspace.send_event(repeated)
    await workspace.send_event(repeated)
    await workspace.call("DELETE", "/profiles/u-3")
    await workspace.advance(days=6)
    monkeypatch.setattr(audience_history, "PAGE_EVENTS", 1)

    await put_audience(workspace, "thrice", {**BOUGHT_TWICE, "at_least": 3})
    await put_audience(workspace, "twice", BOUGHT_TWICE)
    thrice, twice = await members_of(workspace, "thrice"), await members_of(workspace, "twice")
    await workspace.track("u-2", "Order Completed")

    assert (thrice, twice) == (["u-1"], ["u-1", "u-2"])
    assert await members_of(workspace, "thrice") == ["u-1", "u-2"]
    await workspace.advance(days=1)
    assert await members_of(workspace, "twice") == []


async def test_what_nobody_watches_any_more_is_forgotten(workspace: Workspace) -> None:
    await put_audience(workspace, "buyers", BOUGHT_TWICE)
    await put_audience(workspace, "readers", {"operator": "DID", "event": "Article Read"})
    await workspace.track("u-1", "Order Completed")
    await workspace.track("u-1", "Article Read")

    await put_audience(workspace, "readers", PRO)
    async with workspace.parts.database.snapshot() as tx:
        partition = partition_of("production", "u-1", workspace.parts.database.partition_count)
        one_left = await load_times(tx, partition, "production", ("u-1",))
    await workspace.call("DELETE", "/audiences/buyers")
    await workspace.rest()
    async with workspace.parts.database.snapshot() as tx:
        none_left = await load_times(tx, partition, "production", ("u-1",))

    assert (list(one_left["u-1"]), list(none_left["u-1"])) == (["Order Completed"], [])


async def test_that_somebody_left_is_forgotten_after_a_month(workspace: Workspace) -> None:
    await put_audience(workspace, "pro", PRO)
    await workspace.identify("u-1", plan="pro")
    await workspace.identify("u-1", plan="free")
    await workspace.identify("u-2", plan="pro")
    partition = partition_of("production", "u-1", workspace.parts.database.partition_count)
    await workspace.advance(days=31)

    await prune_page(workspace.parts.database, Retention(log_ms=30 * DAY_MS))

    async with workspace.parts.database.snapshot() as tx:
        known = await load_states(tx, partition, "production", ("u-1",))
    assert known["u-1"].standings == {}
    assert await members_of(workspace, "pro") == ["u-2"]


async def test_events_between_the_pages_move_their_users_once_and_start_what_they_should(
    workspace: Workspace, segment: SegmentSink, monkeypatch: pytest.MonkeyPatch
) -> None:
    await tell_segment(workspace, segment)
    await publish(workspace, "greet", {"type": "audience", "audience_id": "pro"}, mail_step("Hello"))
    for number in range(6):
        await workspace.identify(f"u-{number}", plan="pro" if number % 2 else "free", email=f"u-{number}@example.test")
    monkeypatch.setattr(audience_pages, "PAGE_USERS", 2)
    workspace.parts.backfill.stop()
    await workspace.call("PUT", "/audiences/pro", {"filter": {"filters": [PRO, PRO], "operator": "OR"}})

    await workspace.parts.backfill.turn()
    for user, plan in (("u-4", "pro"), ("u-1", "free"), ("u-5", "pro"), ("u-6", "pro")):
        await workspace.call("POST", f"/profiles/{user}", {"profile": {"plan": plan, "email": f"{user}@example.test"}})
    while await workspace.parts.backfill.turn():
        pass
    await workspace.rest()

    assert await members_of(workspace, "pro") == ["u-3", "u-4", "u-5", "u-6"]
    told = transitions(segment)
    assert len(told) == len(set(told))
    assert {user for user, verb, _ in told if verb == "Matched"} - {"u-1"} == {"u-3", "u-4", "u-5", "u-6"}
    assert sorted(mail["to"] for mail in await workspace.mails()) == ["u-4@example.test", "u-6@example.test"]


async def test_a_page_that_fails_is_done_again_and_nobody_enters_twice(
    workspace: Workspace, segment: SegmentSink, monkeypatch: pytest.MonkeyPatch
) -> None:
    await tell_segment(workspace, segment)
    for number in range(9):
        await workspace.identify(f"u-{number}", plan="pro")
    monkeypatch.setattr(audience_pages, "PAGE_USERS", 2)
    passes = iter(range(100))
    whole = audience_pages.evaluate

    def break_sometimes(*args: Any) -> Any:
        if next(passes) in (3, 4, 9):
            raise RuntimeError("pulled the plug")
        return whole(*args)

    monkeypatch.setattr(audience_pages, "evaluate", break_sometimes)
    await put_audience(workspace, "pro", PRO)
    for _ in range(5):
        await workspace.advance(minutes=1)

    assert await members_of(workspace, "pro") == [f"u-{number}" for number in range(9)]
    assert len(transitions(segment)) == 9
    found = (await workspace.call("GET", "/audiences/pro"))["evaluation"]
    assert (found["status"], found["done"], found["total"]) == ("FINISHED", 9, 9)


async def test_segment_hears_of_visitors_by_their_anonymous_ids(workspace: Workspace, segment: SegmentSink) -> None:
    await tell_segment(workspace, segment)
    await workspace.send_event({"type": "identify", "anonymousId": "a-1", "traits": {"plan": "pro"}})
    await workspace.identify("u-1", plan="pro")

    await put_audience(workspace, "pro", PRO)
    await workspace.send_event({"type": "identify", "anonymousId": "a-1", "traits": {"plan": "free"}})

    found = [event for event in segment.events if event["event"].startswith("Audience")]
    assert sorted((one.get("userId", ""), one.get("anonymousId", "")) for one in found) == [
        ("", "a-1"),
        ("", "a-1"),
        ("u-1", ""),
    ]


async def test_who_was_inside_all_along_starts_nothing_when_his_event_comes_before_his_page(workspace: Workspace) -> None:
    await publish(workspace, "greet", {"type": "audience", "audience_id": "paying"}, mail_step("Hello"))
    await workspace.identify("u-1", plan="pro", email="u-1@example.test")
    workspace.parts.backfill.stop()
    rule = {"operator": "INCLUDES", "path": "plan", "value": ["pro", "team"]}
    await workspace.call("PUT", "/audiences/paying", {"filter": rule})

    await workspace.call("POST", "/profiles/u-1", {"profile": {"plan": "team"}})

    assert await members_of(workspace, "paying") == ["u-1"]
    assert await workspace.mails() == []
    facts = [fact for event in (await workspace.call("GET", "/log"))["events"] for fact in event["facts"]]
    assert [fact["verdict"] for fact in facts if fact["about"] == "audience paying"] == ["entered", "first evaluation"]
    while await workspace.parts.backfill.turn():
        pass
