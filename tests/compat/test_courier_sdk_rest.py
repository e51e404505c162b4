"""Courier's own Python client on a running server: providers, inbound events, lists, profiles read after they are written."""

from typing import Any

import courier
import pytest
from courier import Courier

from live_server import LiveServer, eventually

SMTP: dict[str, object] = {"host": "127.0.0.1", "port": 2525, "password": "s3cret-pass", "from_address": "a@example.test"}


def test_a_provider_goes_through_its_life_and_keeps_its_password_to_itself(sdk: Courier) -> None:
    made = sdk.providers.create(provider="smtp", settings=SMTP, title="Mail", alias="main")
    listed = [one.id for one in sdk.providers.list().results]
    changed = sdk.providers.patch(made.id, title="Mail 2", settings={"port": 2526})
    replaced = sdk.providers.update(made.id, provider="smtp", settings=SMTP, title="Mail 3")
    read = sdk.providers.retrieve(made.id)
    with pytest.raises(courier.BadRequestError):
        sdk.providers.update(made.id, provider="webhook", settings=SMTP)
    sdk.providers.delete(made.id)

    assert listed == [made.id]
    assert "s3cret" not in str(made.settings) + str(changed.settings) + str(replaced.settings)
    assert (changed.title, changed.settings["port"], read.title, read.settings["port"]) == ("Mail 2", 2526, "Mail 3", 2525)
    for call in (sdk.providers.retrieve, sdk.providers.delete):
        with pytest.raises(courier.NotFoundError):
            call(made.id)


@pytest.mark.parametrize(
    ("provider", "settings"), [("nobody", {}), ("smtp", {}), ("smtp", {**SMTP, "port": "many"}), ("smtp", {**SMTP, "color": 1})]
)
def test_a_provider_that_cannot_work_is_refused(sdk: Courier, provider: str, settings: Any) -> None:
    with pytest.raises(courier.BadRequestError):
        sdk.providers.create(provider=provider, settings=settings)


def test_the_catalogue_says_what_can_be_installed(sdk: Courier) -> None:
    found = {one.provider: one for one in sdk.providers.catalog.list().results}

    assert {"smtp", "webhook", "mock"} <= set(found)
    assert found["smtp"].settings["host"].required is True
    assert {one.channel for one in sdk.providers.catalog.list(channel="email").results} == {"email"}
    assert [one.provider for one in sdk.providers.catalog.list(keys="smtp").results] == ["smtp"]


def test_an_inbound_event_starts_what_waits_for_it_and_its_repeat_is_a_conflict(server: LiveServer, sdk: Courier) -> None:
    automation = {
        "name": "Inbound",
        "trigger": {"type": "courier", "event": "Compat Event"},
        "steps": [{"action": "update-profile", "user_id": "in-1", "profile": {"plan": "refs.data.plan"}}],
    }
    server.call("PUT", "/automations/inbound", automation)
    server.call("POST", "/automations/inbound/publish")
    event: Any = {
        "event": "Compat Event",
        "message_id": "in-m1",
        "type": "track",
        "user_id": "in-1",
        "properties": {"plan": "a"},
    }

    taken = sdk.inbound.track_event(**event)
    eventually(lambda: server.client.get("/profiles/in-1").is_success)

    assert taken.message_id
    assert sdk.profiles.retrieve("in-1").profile["plan"] == "a"
    with pytest.raises(courier.ConflictError):
        sdk.inbound.track_event(**event)


def test_a_conflict_is_not_tried_again_by_a_client_that_otherwise_would(server: LiveServer, sdk: Courier, wire: Any) -> None:
    event: Any = {"event": "Twice", "message_id": "in-m2", "type": "track", "user_id": "in-2", "properties": {}}
    sdk.inbound.track_event(**event)
    server.events_of("in-2")

    with Courier(base_url=wire.url, api_key=sdk.api_key, max_retries=2) as eager, pytest.raises(courier.ConflictError):
        eager.inbound.track_event(**event)

    assert [one.status for one in wire.passed] == [409]


def test_what_was_written_is_read_at_once(sdk: Courier) -> None:
    for number in range(5):
        sdk.profiles.create("rest-1", profile={"email": "r@example.test", f"key{number}": number})
        assert sdk.profiles.retrieve("rest-1").profile[f"key{number}"] == number
    sdk.profiles.update("rest-1", patch=[{"op": "remove", "path": "/key0"}])
    assert "key0" not in sdk.profiles.retrieve("rest-1").profile
    sdk.profiles.replace("rest-1", profile={"email": "r2@example.test"})
    assert sdk.profiles.retrieve("rest-1").profile == {"email": "r2@example.test"}
    sdk.profiles.delete("rest-1")
    with pytest.raises(courier.NotFoundError):
        sdk.profiles.retrieve("rest-1")


def test_tenants_and_their_members_are_read_at_once(sdk: Courier) -> None:
    sdk.tenants.update("rest-acme", name="Acme", properties={"plan": "gold"})
    sdk.users.tenants.add_multiple("rest-2", tenants=[{"tenant_id": "rest-acme", "profile": {"title": "CEO"}}])
    joined = sdk.users.tenants.list("rest-2").items or []
    members = sdk.tenants.list_users("rest-acme").items or []
    sdk.users.tenants.remove_single("rest-acme", user_id="rest-2")

    assert sdk.tenants.retrieve("rest-acme").properties == {"plan": "gold"}
    assert [(one.tenant_id, one.profile) for one in joined] == [("rest-acme", {"title": "CEO"})]
    assert [one.user_id for one in members] == ["rest-2"]
    assert sdk.users.tenants.list("rest-2").items == []
    sdk.tenants.delete("rest-acme")
    with pytest.raises(courier.NotFoundError):
        sdk.tenants.retrieve("rest-acme")


def test_an_audience_from_engage_is_a_list_that_is_joined_and_left(sdk: Courier) -> None:
    for _ in range(2):
        sdk.lists.subscriptions.subscribe_user("rest-3", list_id="vip-aud_1")
    for _ in range(2):
        sdk.lists.subscriptions.unsubscribe_user("rest-3", list_id="vip-aud_1")
    sdk.lists.subscriptions.unsubscribe_user("rest-3", list_id="unknown")


def test_a_list_goes_through_its_life(sdk: Courier) -> None:
    sdk.lists.update("compat.news", name="News")
    sdk.lists.subscriptions.subscribe("compat.news", recipients=[{"recipient_id": "l-1"}, {"recipient_id": "l-2"}])
    sdk.lists.subscriptions.add("compat.news", recipients=[{"recipient_id": "l-3"}])
    sdk.lists.subscriptions.unsubscribe_user("l-2", list_id="compat.news")
    members = [one.recipient_id for one in sdk.lists.subscriptions.list("compat.news").items]
    found = sdk.lists.retrieve("compat.news")
    listed = [one.id for one in sdk.lists.list(pattern="compat.*").items]
    lists_of_one = [one.id for one in sdk.profiles.lists.retrieve("l-1").results]
    sdk.lists.delete("compat.news")
    with pytest.raises(courier.NotFoundError):
        sdk.lists.retrieve("compat.news")
    sdk.lists.restore("compat.news")

    assert (sorted(members), found.name, listed, lists_of_one) == (["l-1", "l-3"], "News", ["compat.news"], ["compat.news"])
    assert sdk.lists.retrieve("compat.news").id == "compat.news"


def test_a_message_to_a_list_reaches_its_members(sdk: Courier) -> None:
    for user in ("m-1", "m-2"):
        sdk.profiles.create(user, profile={"email": f"{user}@example.test"})
        sdk.lists.subscriptions.subscribe_user(user, list_id="compat.members")

    sdk.send.message(message={"to": {"list_id": "compat.members"}, "content": {"title": "To all", "body": "Hello"}})

    eventually(lambda: {one.recipient for one in sdk.messages.list(list="compat.members").results} == {"m-1", "m-2"})


def test_a_user_is_put_on_lists_and_taken_off_all(sdk: Courier) -> None:
    subscribed = sdk.profiles.lists.subscribe("l-9", lists=[{"list_id": "compat.one"}, {"list_id": "compat.two"}])
    lists = [one.id for one in sdk.profiles.lists.retrieve("l-9").results]
    removed = sdk.profiles.lists.delete("l-9")

    assert (subscribed.status, removed.status) == ("SUCCESS", "SUCCESS")
    assert (sorted(lists), sdk.profiles.lists.retrieve("l-9").results) == (["compat.one", "compat.two"], [])


def test_what_was_changed_can_be_read(sdk: Courier) -> None:
    made = sdk.providers.create(provider="mock", settings={}, title="Mock")
    sdk.providers.delete(made.id)
    events = [one for one in sdk.audit_events.list().results if one.target == made.id]
    read = sdk.audit_events.retrieve(events[0].audit_event_id)

    assert {one.type for one in events} == {"provider-created", "provider-deleted"}
    assert read == events[0]
    assert read.actor.id.startswith("key_")
