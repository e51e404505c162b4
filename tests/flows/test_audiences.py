"""Users enter and leave audiences: by what becomes known of them, by what they do, by time, by a new rule."""

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
from sinks import SegmentSink
from workspace import Workspace

pytestmark = pytest.mark.anyio


async def test_somebody_enters_and_leaves_by_what_becomes_known_of_him(workspace: Workspace) -> None:
    await put_audience(workspace, "pro", PRO, name="Professionals")

    await workspace.identify("u-1", plan="pro", email="ada@example.test")
    inside = await workspace.call("GET", "/audiences/pro/members")
    await workspace.identify("u-1", plan="free")

    (member,) = inside["items"]
    assert (member["member_id"], member["audience_version"]) == ("u-1", 1)
    assert member["reason"] == "EQ('plan', 'pro') => true"
    assert await members_of(workspace, "pro") == []


async def test_segment_hears_of_each_change_once(workspace: Workspace, segment: SegmentSink) -> None:
    await tell_segment(workspace, segment)
    await put_audience(workspace, "pro", PRO, name="Professionals")

    for plan in ("pro", "pro", "free", "free", "pro"):
        await workspace.identify("u-1", plan=plan)

    assert transitions(segment) == [("u-1", "Matched", "pro"), ("u-1", "Unmatched", "pro"), ("u-1", "Matched", "pro")]
    first = next(event for event in segment.events if event["event"].startswith("Audience"))
    assert first["properties"] == {
        "audience_id": "pro",
        "audience_name": "Professionals",
        "audience_version": 1,
        "reason": "EQ('plan', 'pro') => true",
    }


async def test_a_deleted_profile_leaves_and_is_known_no_more(workspace: Workspace, segment: SegmentSink) -> None:
    await tell_segment(workspace, segment)
    await put_audience(workspace, "pro", PRO, BOUGHT_TWICE)
    await workspace.identify("u-1", plan="pro")
    await workspace.track("u-1", "Order Completed")
    await workspace.track("u-1", "Order Completed")

    await workspace.call("DELETE", "/profiles/u-1")
    await workspace.rest()

    assert transitions(segment) == [("u-1", "Matched", "pro"), ("u-1", "Unmatched", "pro")]
    await workspace.identify("u-1", plan="pro")
    assert await members_of(workspace, "pro") == []


async def test_doing_something_often_enough_leads_in_and_time_leads_out(workspace: Workspace, segment: SegmentSink) -> None:
    await tell_segment(workspace, segment)
    await put_audience(workspace, "buyers", BOUGHT_TWICE)

    await workspace.track("u-1", "Order Completed")
    once = await members_of(workspace, "buyers")
    await workspace.advance(days=3)
    await workspace.track("u-1", "Order Completed")
    twice = await members_of(workspace, "buyers")
    await workspace.advance(days=3, hours=23, minutes=59)
    still = await members_of(workspace, "buyers")
    await workspace.advance(minutes=2)

    assert (once, twice, still) == ([], ["u-1"], ["u-1"])
    assert await members_of(workspace, "buyers") == []
    assert transitions(segment) == [("u-1", "Matched", "buyers"), ("u-1", "Unmatched", "buyers")]


async def test_doing_nothing_for_a_while_leads_in(workspace: Workspace) -> None:
    await put_audience(workspace, "sleepy", {"operator": "DID_NOT", "event": "App Opened", "within": "30 minutes"})

    await workspace.identify("u-1", plan="free")
    at_first = await members_of(workspace, "sleepy")
    await workspace.track("u-1", "App Opened")
    awake = await members_of(workspace, "sleepy")
    await workspace.advance(minutes=29)
    await workspace.track("u-1", "App Opened")
    await workspace.advance(minutes=29)
    still_awake = await members_of(workspace, "sleepy")
    await workspace.advance(minutes=2)

    assert (at_first, awake, still_awake) == (["u-1"], [], [])
    assert await members_of(workspace, "sleepy") == ["u-1"]


async def test_joining_a_tenant_leads_in(workspace: Workspace) -> None:
    await workspace.call("PUT", "/tenants/acme", {"name": "Acme"})
    await put_audience(workspace, "acme-people", {"operator": "MEMBER_OF", "path": "account_id", "value": "acme"})

    await workspace.call("PUT", "/users/u-1/tenants/acme")
    joined = await members_of(workspace, "acme-people")
    await workspace.call("DELETE", "/users/u-1/tenants/acme")

    assert joined == ["u-1"]
    assert await members_of(workspace, "acme-people") == []


async def test_entering_and_leaving_start_automations_beside_what_the_event_starts(workspace: Workspace) -> None:
    await put_audience(workspace, "pro", PRO)
    await publish(workspace, "in", {"type": "audience", "audience_id": "pro", "event": "matched"}, mail_step("In"))
    await publish(workspace, "out", {"type": "audience", "audience_id": "*", "event": "left"}, mail_step("Out"))
    await publish(workspace, "any", {"type": "segment", "request_type": "identify"}, mail_step("Known"))

    await workspace.identify("u-1", plan="pro", email="ada@example.test")
    await workspace.identify("u-1", plan="pro")
    await workspace.identify("u-1", plan="free")

    assert sorted(await titles(workspace)) == ["In", "Known", "Known", "Known", "Out"]


async def test_a_journey_begins_when_somebody_enters(workspace: Workspace) -> None:
    await put_audience(workspace, "pro", PRO)
    nodes = [{"type": "trigger", "trigger_type": "audience", "audience_id": "pro"}, {"type": "exit"}]
    await workspace.call("POST", "/journeys", {"name": "Onboarding", "state": "PUBLISHED", "nodes": nodes})

    await workspace.identify("u-1", plan="pro")

    runs = (await workspace.call("GET", "/journeys/runs"))["runs"]
    assert [run["status"] for run in runs] == ["PROCESSED"]


async def test_a_run_that_changes_the_profile_moves_its_user_too(workspace: Workspace) -> None:
    await put_audience(workspace, "vip", {"operator": "EQ", "path": "is_vip", "value": "true"})
    update = {"action": "update-profile", "profile": {"is_vip": True}, "merge": "overwrite"}
    await publish(workspace, "promote", {"type": "segment", "request_type": "track", "event": "Big Order"}, update)

    await workspace.track("u-1", "Big Order")

    assert await members_of(workspace, "vip") == ["u-1"]


async def test_automations_that_push_somebody_in_and_out_come_to_rest(workspace: Workspace) -> None:
    await put_audience(workspace, "on", {"operator": "EQ", "path": "light", "value": "on"})
    for name, event, light in (("off", "entered", "off"), ("on", "left", "on")):
        update = {"action": "update-profile", "profile": {"light": light}, "merge": "overwrite"}
        await publish(workspace, name, {"type": "audience", "audience_id": "on", "event": event}, update)

    await workspace.identify("u-1", light="on")

    runs = (await workspace.call("GET", "/automations/runs", params={"limit": 100}))["runs"]
    assert 4 <= len(runs) <= 8


async def test_a_message_to_an_audience_reaches_each_member_once(workspace: Workspace) -> None:
    await put_audience(workspace, "pro", PRO)
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
    await tell_segment(workspace, segment)
    await put_audience(workspace, "pro", PRO)
    await workspace.identify("u-1", plan="pro")

    await workspace.call("DELETE", "/audiences/pro", status=204)
    await workspace.rest()
    message = {"to": {"audience_id": "pro"}, "content": {"title": "Hello", "body": "Hello"}}
    answer = await workspace.call("POST", "/send", {"message": message}, status=202)
    await workspace.rest()
    again = await put_audience(workspace, "pro", PRO)

    assert (await workspace.call("GET", f"/messages?traceId={answer['requestId']}"))["results"] == []
    assert again["version"] == 2
    assert transitions(segment) == [("u-1", "Matched", "pro"), ("u-1", "Matched", "pro")]


async def test_what_a_visitor_did_counts_for_the_user_he_is(workspace: Workspace) -> None:
    await put_audience(workspace, "buyers", BOUGHT_TWICE)
    await put_audience(workspace, "green", {"operator": "EQ", "path": "colour", "value": "green"})
    await workspace.identify("u-1", colour="red")
    await workspace.track("u-1", "Order Completed")
    await workspace.send_event({"type": "identify", "anonymousId": "anon-1", "traits": {"colour": "green"}})
    await workspace.send_event({"type": "track", "anonymousId": "anon-1", "event": "Order Completed"})
    before = await members_of(workspace, "buyers"), await members_of(workspace, "green")

    await workspace.send_event({"type": "identify", "userId": "u-1", "anonymousId": "anon-1", "traits": {}})

    assert before == ([], ["anon-1"])
    assert await members_of(workspace, "buyers") == ["u-1"]
    assert await members_of(workspace, "green") == []


async def test_members_of_a_tenant_among_those_of_an_audience(workspace: Workspace) -> None:
    await put_audience(workspace, "pro", PRO)
    await workspace.call("PUT", "/tenants/acme", {"name": "Acme"})
    for user in ("u-1", "u-2"):
        await workspace.identify(user, plan="pro", email=f"{user}@example.test")
    await workspace.call("PUT", "/users/u-2/tenants/acme")
    only = [{"operator": "MEMBER_OF", "path": "account_id", "value": "acme"}]

    message = {"to": {"audience_id": "pro", "filters": only}, "content": {"title": "Hello", "body": "Hello"}}
    answer = await workspace.call("POST", "/send", {"message": message}, status=202)
    await workspace.rest()

    found = (await workspace.call("GET", f"/messages?traceId={answer['requestId']}"))["results"]
    assert [one["recipient"] for one in found] == ["u-2"]
