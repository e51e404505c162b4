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
    sdk.profiles.update("rest-1", patch=[{"op": "remove", "path": "/key0"}])  # pyright: ignore
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
