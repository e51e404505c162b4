"""What a visitor did before he said who he is belongs to him afterwards, and nothing happens twice for it."""

from typing import Any

import pytest

from posthorn.log.model import partition_of
from workspace import WRITE_KEY, Workspace

pytestmark = pytest.mark.anyio

REMINDER = {
    "name": "Reminder",
    "trigger": {"type": "segment", "request_type": "track", "event": "Cart Viewed"},
    "steps": [
        {"action": "delay", "duration": "1 hour"},
        {
            "action": "send",
            "message": {
                "to": {"user_id": "refs.data.userId"},
                "content": {"title": "Your cart, {{profile.given_name}}", "body": "{{cart}} {{profile.color}}"},
            },
        },
    ],
}


async def _visit(workspace: Workspace, anonymous_id: str, **more: Any) -> None:
    await workspace.send_event({"type": "track", "event": "Cart Viewed", "anonymousId": anonymous_id, **more})


async def _sign_in(workspace: Workspace, user_id: str, anonymous_id: str, **traits: Any) -> None:
    await workspace.send_event({"type": "identify", "userId": user_id, "anonymousId": anonymous_id, "traits": traits})


async def _automation(workspace: Workspace) -> None:
    await workspace.call("PUT", "/automations/reminder", REMINDER)
    await workspace.call("POST", "/automations/reminder/publish")


async def _runs(workspace: Workspace) -> list[dict[str, Any]]:
    return (await workspace.call("GET", "/automations/runs"))["runs"]


async def test_a_run_of_a_visitor_goes_on_for_the_user_he_is(workspace: Workspace) -> None:
    await _automation(workspace)
    await workspace.send_event({"type": "identify", "anonymousId": "a-1", "traits": {"color": "green"}})
    await _visit(workspace, "a-1", properties={"cart": "c-9"})
    await _sign_in(workspace, "u-1", "a-1", email="ada@example.test", firstName="Ada")

    await workspace.advance(hours=2)

    assert [(mail["to"], mail["subject"]) for mail in await workspace.mails()] == [("ada@example.test", "Your cart, Ada")]
    assert "c-9 green" in (await workspace.mails())[0]["text"]
    messages = (await workspace.call("GET", "/messages"))["results"]
    assert [message["recipient"] for message in messages] == ["u-1"]


async def test_what_the_user_said_himself_wins_and_the_rest_is_filled_in(workspace: Workspace) -> None:
    await workspace.identify("u-1", color="blue")
    await workspace.call("PUT", "/lists/news/subscriptions/u-1")
    await workspace.call("DELETE", "/lists/news/subscriptions/u-1")
    await workspace.send_event({"type": "identify", "anonymousId": "a-1", "traits": {"color": "green", "size": "L"}})
    await workspace.send_event({"type": "group", "anonymousId": "a-1", "groupId": "acme"})
    for name in ("news", "sales"):
        await workspace.call("PUT", f"/lists/{name}/subscriptions/a-1")

    await _sign_in(workspace, "u-1", "a-1")

    profile = (await workspace.call("GET", "/profiles/u-1"))["profile"]
    assert (profile["color"], profile["size"]) == ("blue", "L")
    assert [one["id"] for one in (await workspace.call("GET", "/profiles/u-1/lists"))["results"]] == ["sales"]
    assert [one["tenant_id"] for one in (await workspace.call("GET", "/users/u-1/tenants"))["items"]] == ["acme"]
    assert (await workspace.call("GET", "/lists/sales/subscriptions"))["items"][0]["recipientId"] == "u-1"
    assert (await workspace.call("GET", "/profiles/a-1/lists"))["results"][0]["id"] == "sales"


async def test_what_still_comes_under_the_old_id_is_the_users(workspace: Workspace) -> None:
    await _automation(workspace)
    await _sign_in(workspace, "u-1", "a-1", email="ada@example.test")
    await _visit(workspace, "a-1", properties={"cart": "c-9"}, messageId="m-late")
    await _visit(workspace, "a-1", properties={"cart": "c-9"}, messageId="m-late")
    await workspace.advance(hours=2)

    assert [mail["to"] for mail in await workspace.mails()] == ["ada@example.test"]
    assert (await workspace.call("GET", "/profiles/a-1"))["profile"]["email"] == "ada@example.test"
    catalogue = (await workspace.call("GET", "/integrations/segment/events"))["results"]
    assert {one["key"]: one["count"] for one in catalogue}["track/Cart Viewed"] == 1


async def test_nothing_is_started_twice_however_often_the_ids_come_together(workspace: Workspace) -> None:
    await _automation(workspace)
    await _visit(workspace, "a-1")
    for _ in range(3):
        await _sign_in(workspace, "u-1", "a-1", email="ada@example.test")
    await workspace.send_event({"type": "alias", "userId": "u-1", "previousId": "a-1"})

    assert len(await _runs(workspace)) == 1
    await workspace.advance(hours=2)
    assert len(await workspace.mails()) == 1
    logged = [event["type"] for event in (await workspace.call("GET", "/log"))["events"]]
    assert (logged.count("merge.requested"), logged.count("merge.handed")) == (1, 1)


async def test_a_delayed_message_reaches_the_user(workspace: Workspace) -> None:
    message = {"to": {"user_id": "a-1"}, "content": {"title": "t", "body": "b"}, "delay": {"duration": 60_000}}
    await workspace.call("POST", "/send", {"message": message})
    await _sign_in(workspace, "u-1", "a-1", email="ada@example.test")
    await workspace.advance(minutes=2)

    assert [mail["to"] for mail in await workspace.mails()] == ["ada@example.test"]
    assert [one["recipient"] for one in (await workspace.call("GET", "/messages"))["results"]] == ["u-1"]


async def test_an_id_that_two_users_carry_is_nobodys(workspace: Workspace) -> None:
    await _automation(workspace)
    await _sign_in(workspace, "u-1", "shared", email="ada@example.test")
    await _sign_in(workspace, "u-2", "shared", email="bob@example.test")
    await _visit(workspace, "shared")
    await workspace.advance(hours=2)

    assert await workspace.mails() == []


async def test_an_alias_between_users_carries_the_ids_along(workspace: Workspace) -> None:
    await _sign_in(workspace, "u-1", "a-1", email="ada@example.test")
    await workspace.send_event({"type": "alias", "userId": "u-2", "previousId": "u-1"})
    await _sign_in(workspace, "u-2", "a-1", color="green")
    await workspace.send_event({"type": "identify", "anonymousId": "a-1", "traits": {"size": "L"}})

    profile = (await workspace.call("GET", "/profiles/u-2"))["profile"]
    assert (profile["email"], profile["color"], profile["size"]) == ("ada@example.test", "green", "L")


async def test_ids_that_were_merged_in_a_circle_come_to_rest(workspace: Workspace) -> None:
    await workspace.identify("u-1", color="green")
    await workspace.identify("u-2", size="L")
    both = [{"type": "alias", "userId": a, "previousId": b} for a, b in (("u-1", "u-2"), ("u-2", "u-1"))]
    await workspace.client.post("/v1/batch", json={"batch": both}, auth=(WRITE_KEY, ""))
    await workspace.rest()
    await workspace.identify("u-1", age=7)

    profile = (await workspace.call("GET", "/profiles/u-1"))["profile"]
    assert (profile["color"], profile["size"], profile["age"]) == ("green", "L", 7)


async def test_a_visitors_key_may_not_take_a_known_users_state(workspace: Workspace) -> None:
    source = await workspace.call("POST", "/sources", {"name": "Web", "kind": "web"})
    key = (await workspace.call("POST", "/keys", {"kind": "write", "name": "web", "source_id": source["id"]}))["key"]
    await workspace.identify("victim", email="ada@example.test")
    thief = {"userId": "thief", "anonymousId": "victim", "traits": {}}
    for event in ({"type": "identify", **thief}, {"type": "alias", "previousId": "victim", **thief}):
        await workspace.client.post("/v1/batch", json={"batch": [event]}, auth=(key, ""))
    await workspace.rest()

    assert (await workspace.call("GET", "/profiles/victim"))["profile"]["email"] == "ada@example.test"
    assert "email" not in (await workspace.call("GET", "/profiles/thief")).get("profile", {})


async def test_with_a_user_go_the_ids_that_were_merged_into_him(workspace: Workspace) -> None:
    await workspace.send_event({"type": "identify", "anonymousId": "a-1", "traits": {"note": "before-private"}})
    await _sign_in(workspace, "u-1", "a-1", note2="after-private")
    await workspace.call("DELETE", "/profiles/a-1")
    await workspace.rest()

    await workspace.call("GET", "/profiles/u-1", status=404)
    await workspace.call("GET", "/profiles/a-1", status=404)
    await workspace.parts.housekeeping.tick(prunes=False)
    logged = str(await workspace.call("GET", "/log"))
    assert "private" not in logged


async def test_who_was_in_an_audience_is_in_it_as_the_user_and_starts_nothing_again(workspace: Workspace) -> None:
    trigger = {"type": "audience", "audience_id": "green", "on": "entered"}
    await workspace.call("PUT", "/automations/hello", {"name": "Hello", "trigger": trigger, "steps": REMINDER["steps"]})
    await workspace.call("POST", "/automations/hello/publish")
    rule = {"operator": "AND", "filters": [{"operator": "EQ", "path": "color", "value": "green"}]}
    await workspace.call("PUT", "/audiences/green", {"filter": rule})
    await workspace.rest()
    await workspace.send_event({"type": "identify", "anonymousId": "a-1", "traits": {"color": "green"}})
    await workspace.send_event({"type": "identify", "anonymousId": "a-2", "traits": {"color": "green"}})
    await workspace.identify("u-2", color="blue")

    await _sign_in(workspace, "u-1", "a-1")
    await _sign_in(workspace, "u-2", "a-2")

    members = (await workspace.call("GET", "/audiences/green/members"))["items"]
    assert [one["member_id"] for one in members] == ["u-1"]
    assert len(await _runs(workspace)) == 2


async def test_a_new_audience_counts_what_the_visitor_did_for_the_user(workspace: Workspace) -> None:
    # Ids of one partition: what lies in another is not looked up.
    visitor = next(
        f"a-{number}"
        for number in range(1_000)
        if partition_of("production", f"a-{number}", 16) == partition_of("production", "u-1", 16)
    )
    await _visit(workspace, visitor)
    await _sign_in(workspace, "u-1", visitor)
    rule = {"operator": "DID", "event": "Cart Viewed", "at_least": 1, "within": "7 days"}
    await workspace.call("PUT", "/audiences/visited", {"filter": {"operator": "AND", "filters": [rule]}})
    await workspace.rest()

    members = (await workspace.call("GET", "/audiences/visited/members"))["items"]
    assert [one["member_id"] for one in members] == ["u-1"]


async def test_what_a_visitor_opted_out_of_he_is_out_of_as_the_user(workspace: Workspace) -> None:
    section = await workspace.call("POST", "/preferences/sections", {"name": "Marketing"})
    body = {"name": "News", "default_status": "OPTED_IN"}
    topics = f"/preferences/sections/{section['id']}/topics"
    news, sales = [(await workspace.call("POST", topics, {**body, "name": name}))["id"] for name in ("News", "Sales")]
    for user, topic, status in (("a-1", news, "OPTED_OUT"), ("a-1", sales, "OPTED_OUT"), ("u-1", sales, "OPTED_IN")):
        await workspace.call("PUT", f"/users/{user}/preferences/{topic}", {"topic": {"status": status}})

    await _sign_in(workspace, "u-1", "a-1")

    items = (await workspace.call("GET", "/users/u-1/preferences"))["items"]
    assert {one["topic_id"]: one["status"] for one in items} == {news: "OPTED_OUT", sales: "OPTED_IN"}
