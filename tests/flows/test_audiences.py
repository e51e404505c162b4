"""Users enter and leave audiences: by what becomes known of them, by what they do, by time, by a new rule."""

from typing import Any

import pytest

from posthorn.audiences.store import load_states, load_times
from posthorn.engine import audience_history, audience_pages
from posthorn.engine.retention import DAY_MS, Retention, prune_page
from posthorn.log.model import partition_of
from sinks import SegmentSink, webhook_sink
from workspace import Workspace

pytestmark = pytest.mark.anyio

PRO = {"operator": "EQ", "path": "plan", "value": "pro"}
BOUGHT_TWICE = {"operator": "DID", "event": "Order Completed", "at_least": 2, "within": "7 days"}


async def _put(workspace: Workspace, audience_id: str, *filters: Any, **more: Any) -> dict[str, Any]:
    body = {"filter": {"operator": "AND", "filters": list(filters)}, **more}
    answer = await workspace.call("PUT", f"/audiences/{audience_id}", body)
    await workspace.rest()
    return answer["audience"]


async def _members(workspace: Workspace, audience_id: str) -> list[str]:
    return [one["member_id"] for one in (await workspace.call("GET", f"/audiences/{audience_id}/members"))["items"]]


async def _automation(workspace: Workspace, name: str, trigger: dict[str, Any], *steps: dict[str, Any]) -> None:
    await workspace.call("PUT", f"/automations/{name}", {"name": name, "trigger": trigger, "steps": list(steps)})
    await workspace.call("POST", f"/automations/{name}/publish")


def _mail(text: str) -> dict[str, Any]:
    return {"action": "send", "message": {"to": {"user_id": "refs.recipient"}, "content": {"title": text, "body": text}}}


async def _titles(workspace: Workspace) -> list[str]:
    return [mail["subject"] for mail in reversed(await workspace.mails())]


async def _told(workspace: Workspace, sink: SegmentSink) -> None:
    source = {"write_key": "wk_back", "endpoint": sink.url, "enabled": True}
    await workspace.call("PUT", "/integrations/segment", {"source": source})


def _transitions(sink: SegmentSink) -> list[tuple[str, str, str]]:
    found = [event for event in sink.events if event["event"].startswith("Audience")]
    return [(event["userId"], event["event"].rsplit(" ", 1)[1], event["properties"]["audience_id"]) for event in found]


async def test_somebody_enters_and_leaves_by_what_becomes_known_of_him(workspace: Workspace) -> None:
    await _put(workspace, "pro", PRO, name="Professionals")

    await workspace.identify("u-1", plan="pro", email="ada@example.test")
    inside = await workspace.call("GET", "/audiences/pro/members")
    await workspace.identify("u-1", plan="free")

    (member,) = inside["items"]
    assert (member["member_id"], member["audience_version"]) == ("u-1", 1)
    assert member["reason"] == "EQ('plan', 'pro') => true"
    assert await _members(workspace, "pro") == []


async def test_segment_hears_of_each_change_once(workspace: Workspace, segment: SegmentSink) -> None:
    await _told(workspace, segment)
    await _put(workspace, "pro", PRO, name="Professionals")

    for plan in ("pro", "pro", "free", "free", "pro"):
        await workspace.identify("u-1", plan=plan)

    assert _transitions(segment) == [("u-1", "Matched", "pro"), ("u-1", "Unmatched", "pro"), ("u-1", "Matched", "pro")]
    first = next(event for event in segment.events if event["event"].startswith("Audience"))
    assert first["properties"] == {
        "audience_id": "pro",
        "audience_name": "Professionals",
        "audience_version": 1,
        "reason": "EQ('plan', 'pro') => true",
    }


async def test_a_deleted_profile_leaves_and_is_known_no_more(workspace: Workspace, segment: SegmentSink) -> None:
    await _told(workspace, segment)
    await _put(workspace, "pro", PRO, BOUGHT_TWICE)
    await workspace.identify("u-1", plan="pro")
    await workspace.track("u-1", "Order Completed")
    await workspace.track("u-1", "Order Completed")

    await workspace.call("DELETE", "/profiles/u-1")
    await workspace.rest()

    assert _transitions(segment) == [("u-1", "Matched", "pro"), ("u-1", "Unmatched", "pro")]
    await workspace.identify("u-1", plan="pro")
    assert await _members(workspace, "pro") == []


async def test_doing_something_often_enough_leads_in_and_time_leads_out(workspace: Workspace, segment: SegmentSink) -> None:
    await _told(workspace, segment)
    await _put(workspace, "buyers", BOUGHT_TWICE)

    await workspace.track("u-1", "Order Completed")
    once = await _members(workspace, "buyers")
    await workspace.advance(days=3)
    await workspace.track("u-1", "Order Completed")
    twice = await _members(workspace, "buyers")
    await workspace.advance(days=3, hours=23, minutes=59)
    still = await _members(workspace, "buyers")
    await workspace.advance(minutes=2)

    assert (once, twice, still) == ([], ["u-1"], ["u-1"])
    assert await _members(workspace, "buyers") == []
    assert _transitions(segment) == [("u-1", "Matched", "buyers"), ("u-1", "Unmatched", "buyers")]


async def test_doing_nothing_for_a_while_leads_in(workspace: Workspace) -> None:
    await _put(workspace, "sleepy", {"operator": "DID_NOT", "event": "App Opened", "within": "30 minutes"})

    await workspace.identify("u-1", plan="free")
    at_first = await _members(workspace, "sleepy")
    await workspace.track("u-1", "App Opened")
    awake = await _members(workspace, "sleepy")
    await workspace.advance(minutes=29)
    await workspace.track("u-1", "App Opened")
    await workspace.advance(minutes=29)
    still_awake = await _members(workspace, "sleepy")
    await workspace.advance(minutes=2)

    assert (at_first, awake, still_awake) == (["u-1"], [], [])
    assert await _members(workspace, "sleepy") == ["u-1"]


async def test_joining_a_tenant_leads_in(workspace: Workspace) -> None:
    await workspace.call("PUT", "/tenants/acme", {"name": "Acme"})
    await _put(workspace, "acme-people", {"operator": "MEMBER_OF", "path": "account_id", "value": "acme"})

    await workspace.call("PUT", "/users/u-1/tenants/acme")
    joined = await _members(workspace, "acme-people")
    await workspace.call("DELETE", "/users/u-1/tenants/acme")

    assert joined == ["u-1"]
    assert await _members(workspace, "acme-people") == []


async def test_a_new_audience_finds_those_who_are_there_and_starts_nothing(workspace: Workspace, segment: SegmentSink) -> None:
    await _told(workspace, segment)
    await _automation(workspace, "greet", {"type": "audience", "audience_id": "pro"}, _mail("Hello"))
    for number in range(5):
        await workspace.identify(f"u-{number}", plan="pro" if number % 2 else "free", email=f"u-{number}@example.test")

    written = await _put(workspace, "pro", PRO)
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
    assert _transitions(segment) == [("u-1", "Matched", "pro"), ("u-3", "Matched", "pro")]
    assert await workspace.mails() == []
    await workspace.identify("u-0", plan="pro")
    assert await _titles(workspace) == ["Hello"]


async def test_the_first_evaluation_starts_automations_when_it_is_asked_to(workspace: Workspace) -> None:
    await _automation(workspace, "greet", {"type": "audience", "audience_id": "pro"}, _mail("Hello"))
    await workspace.identify("u-1", plan="pro", email="u-1@example.test")
    await workspace.identify("u-2", plan="pro", email="u-2@example.test")

    await _put(workspace, "pro", PRO, starts_automations=True)

    assert await _titles(workspace) == ["Hello", "Hello"]


async def test_a_changed_rule_moves_only_those_for_whom_it_comes_out_differently(
    workspace: Workspace, segment: SegmentSink
) -> None:
    await _told(workspace, segment)
    for user, plan in (("u-1", "pro"), ("u-2", "team"), ("u-3", "free")):
        await workspace.identify(user, plan=plan)
    await _put(workspace, "paying", {"operator": "INCLUDES", "path": "plan", "value": ["pro", "team"]})

    await _put(workspace, "paying", {"operator": "INCLUDES", "path": "plan", "value": ["pro", "free"]})

    assert await _members(workspace, "paying") == ["u-1", "u-3"]
    assert sorted(_transitions(segment)[2:]) == [("u-2", "Unmatched", "paying"), ("u-3", "Matched", "paying")]
    members = (await workspace.call("GET", "/audiences/paying/members"))["items"]
    assert {one["audience_version"] for one in members} == {2}


async def test_entering_and_leaving_start_automations_beside_what_the_event_starts(workspace: Workspace) -> None:
    await _put(workspace, "pro", PRO)
    await _automation(workspace, "in", {"type": "audience", "audience_id": "pro", "event": "matched"}, _mail("In"))
    await _automation(workspace, "out", {"type": "audience", "audience_id": "*", "event": "left"}, _mail("Out"))
    await _automation(workspace, "any", {"type": "segment", "request_type": "identify"}, _mail("Known"))

    await workspace.identify("u-1", plan="pro", email="ada@example.test")
    await workspace.identify("u-1", plan="pro")
    await workspace.identify("u-1", plan="free")

    assert sorted(await _titles(workspace)) == ["In", "Known", "Known", "Known", "Out"]


async def test_a_journey_begins_when_somebody_enters(workspace: Workspace) -> None:
    await _put(workspace, "pro", PRO)
    nodes = [{"type": "trigger", "trigger_type": "audience", "audience_id": "pro"}, {"type": "exit"}]
    await workspace.call("POST", "/journeys", {"name": "Onboarding", "state": "PUBLISHED", "nodes": nodes})

    await workspace.identify("u-1", plan="pro")

    runs = (await workspace.call("GET", "/journeys/runs"))["runs"]
    assert [run["status"] for run in runs] == ["PROCESSED"]


async def test_a_run_that_changes_the_profile_moves_its_user_too(workspace: Workspace) -> None:
    await _put(workspace, "vip", {"operator": "EQ", "path": "is_vip", "value": "true"})
    update = {"action": "update-profile", "profile": {"is_vip": True}, "merge": "overwrite"}
    await _automation(workspace, "promote", {"type": "segment", "request_type": "track", "event": "Big Order"}, update)

    await workspace.track("u-1", "Big Order")

    assert await _members(workspace, "vip") == ["u-1"]


async def test_automations_that_push_somebody_in_and_out_come_to_rest(workspace: Workspace) -> None:
    await _put(workspace, "on", {"operator": "EQ", "path": "light", "value": "on"})
    for name, event, light in (("off", "entered", "off"), ("on", "left", "on")):
        update = {"action": "update-profile", "profile": {"light": light}, "merge": "overwrite"}
        await _automation(workspace, name, {"type": "audience", "audience_id": "on", "event": event}, update)

    await workspace.identify("u-1", light="on")

    runs = (await workspace.call("GET", "/automations/runs", params={"limit": 100}))["runs"]
    assert 4 <= len(runs) <= 8


async def test_a_message_to_an_audience_reaches_each_member_once(workspace: Workspace) -> None:
    await _put(workspace, "pro", PRO)
    for user, plan in (("u-1", "pro"), ("u-2", "free"), ("u-3", "pro")):
        await workspace.identify(user, plan=plan, email=f"{user}@example.test")
    await workspace.call("POST", "/lists/news/subscriptions", {"recipients": [{"recipientId": "u-1"}]})

    to = [{"audience_id": "pro"}, {"list_id": "news"}]
    message = {"to": to, "content": {"title": "Hello", "body": "Hello"}}
    answer = await workspace.call("POST", "/send", {"message": message}, status=202)
    await workspace.rest()

    found = (await workspace.call("GET", f"/messages?traceId={answer['requestId']}"))["results"]
    assert sorted(one["recipient"] for one in found) == ["u-1", "u-3"]


async def test_a_deleted_audience_has_nobody_and_tells_nobody(workspace: Workspace, segment: SegmentSink) -> None:
    await _told(workspace, segment)
    await _put(workspace, "pro", PRO)
    await workspace.identify("u-1", plan="pro")

    await workspace.call("DELETE", "/audiences/pro", status=204)
    await workspace.rest()
    message = {"to": {"audience_id": "pro"}, "content": {"title": "Hello", "body": "Hello"}}
    answer = await workspace.call("POST", "/send", {"message": message}, status=202)
    await workspace.rest()
    again = await _put(workspace, "pro", PRO)

    assert (await workspace.call("GET", f"/messages?traceId={answer['requestId']}"))["results"] == []
    assert again["version"] == 2
    assert _transitions(segment) == [("u-1", "Matched", "pro"), ("u-1", "Matched", "pro")]


async def test_webhook_endpoints_hear_of_audiences_too(workspace: Workspace) -> None:
    async with webhook_sink() as sink:
        await workspace.identify("u-1", plan="pro")
        await workspace.identify("u-2", plan="free")
        await workspace.call("POST", "/integrations/webhooks", {"url": sink.url, "secret": "s3cr3t-s3cr3t"}, status=201)

        await _put(workspace, "pro", PRO)

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

    await _put(workspace, "pro", either)
    found = await workspace.call("GET", "/audiences/pro")

    assert await _members(workspace, "pro") == ["u-1", "u-3", "u-5", *(f"v-{number}" for number in range(7))]
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

    await _put(workspace, "thrice", {**BOUGHT_TWICE, "at_least": 3})
    await _put(workspace, "twice", BOUGHT_TWICE)
    thrice, twice = await _members(workspace, "thrice"), await _members(workspace, "twice")
    await workspace.track("u-2", "Order Completed")

    assert (thrice, twice) == (["u-1"], ["u-1", "u-2"])
    assert await _members(workspace, "thrice") == ["u-1", "u-2"]
    await workspace.advance(days=1)
    assert await _members(workspace, "twice") == []


async def test_what_nobody_watches_any_more_is_forgotten(workspace: Workspace) -> None:
    await _put(workspace, "buyers", BOUGHT_TWICE)
    await _put(workspace, "readers", {"operator": "DID", "event": "Article Read"})
    await workspace.track("u-1", "Order Completed")
    await workspace.track("u-1", "Article Read")

    await _put(workspace, "readers", PRO)
    async with workspace.parts.database.snapshot() as tx:
        partition = partition_of("production", "u-1", workspace.parts.database.partition_count)
        one_left = await load_times(tx, partition, "production", ("u-1",))
    await workspace.call("DELETE", "/audiences/buyers")
    await workspace.rest()
    async with workspace.parts.database.snapshot() as tx:
        none_left = await load_times(tx, partition, "production", ("u-1",))

    assert (list(one_left["u-1"]), list(none_left["u-1"])) == (["Order Completed"], [])


async def test_that_somebody_left_is_forgotten_after_a_month(workspace: Workspace) -> None:
    await _put(workspace, "pro", PRO)
    await workspace.identify("u-1", plan="pro")
    await workspace.identify("u-1", plan="free")
    await workspace.identify("u-2", plan="pro")
    partition = partition_of("production", "u-1", workspace.parts.database.partition_count)
    await workspace.advance(days=31)

    await prune_page(workspace.parts.database, Retention(log_ms=30 * DAY_MS))

    async with workspace.parts.database.snapshot() as tx:
        known = await load_states(tx, partition, "production", ("u-1",))
    assert known["u-1"].standings == {}
    assert await _members(workspace, "pro") == ["u-2"]


async def test_what_a_visitor_did_counts_for_the_user_he_is(workspace: Workspace) -> None:
    await _put(workspace, "buyers", BOUGHT_TWICE)
    await _put(workspace, "green", {"operator": "EQ", "path": "colour", "value": "green"})
    await workspace.identify("u-1", colour="red")
    await workspace.track("u-1", "Order Completed")
    await workspace.send_event({"type": "identify", "anonymousId": "anon-1", "traits": {"colour": "green"}})
    await workspace.send_event({"type": "track", "anonymousId": "anon-1", "event": "Order Completed"})
    before = await _members(workspace, "buyers"), await _members(workspace, "green")

    await workspace.send_event({"type": "identify", "userId": "u-1", "anonymousId": "anon-1", "traits": {}})

    assert before == ([], ["anon-1"])
    assert await _members(workspace, "buyers") == ["u-1"]
    assert await _members(workspace, "green") == []
