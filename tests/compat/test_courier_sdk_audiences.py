"""Courier's own Python client drives audiences: every endpoint, and sending to the members."""

from typing import Any

import courier
import pytest
from courier import Courier

from live_server import eventually

HELLO: Any = {"title": "Hello", "body": "Dear reader"}
BIG_SPENDERS: Any = {
    "operator": "AND",
    "filters": [
        {"operator": "GTE", "path": "custom.lifetime_value", "value": "500"},
        {
            "operator": "OR",
            "filters": [
                {"operator": "EQ", "path": "address.locality", "value": "Paris"},
                {"operator": "EQ", "path": "timezone", "value": "Europe/Paris"},
            ],
        },
    ],
}


def _members(sdk: Courier, audience_id: str, count: int) -> list[str]:
    def all_there() -> list[str] | None:
        found = [one.member_id for one in sdk.audiences.list_members(audience_id).items]
        return found if len(found) == count else None

    return eventually(all_there)


def test_an_audience_goes_through_its_life(sdk: Courier) -> None:
    sdk.profiles.create("sp-1", profile={"timezone": "Europe/Paris", "custom": {"lifetime_value": 700}})
    sdk.profiles.create("sp-2", profile={"address": {"locality": "Rome"}, "custom": {"lifetime_value": 900}})

    written = sdk.audiences.update(
        "big-spenders-paris", name="Big spenders in Paris", description="Who buys much", filter=BIG_SPENDERS
    ).audience
    found = sdk.audiences.retrieve("big-spenders-paris")
    listed = sdk.audiences.list()

    assert (written.id, written.name, written.operator) == ("big-spenders-paris", "Big spenders in Paris", "AND")
    assert found.description == "Who buys much"
    assert found.filter is not None
    assert found.filter.to_dict() == BIG_SPENDERS
    assert "big-spenders-paris" in [one.id for one in listed.items]
    assert _members(sdk, "big-spenders-paris", 1) == ["sp-1"]
    (member,) = sdk.audiences.list_members("big-spenders-paris").items
    assert (member.audience_id, member.audience_version) == ("big-spenders-paris", 1)
    assert member.reason == "GTE('custom.lifetime_value', '500') => true, EQ('timezone', 'Europe/Paris') => true"
    sdk.audiences.delete("big-spenders-paris")
    with pytest.raises(courier.NotFoundError, match="Audience not found"):
        sdk.audiences.retrieve("big-spenders-paris")
    with pytest.raises(courier.NotFoundError):
        sdk.audiences.list_members("big-spenders-paris")


def test_a_profile_that_changes_enters_and_leaves(sdk: Courier) -> None:
    sdk.audiences.update("engineers", filter={"filters": [{"operator": "EQ", "path": "title", "value": "Engineer"}]})

    sdk.profiles.create("en-1", profile={"title": "Engineer"})
    assert _members(sdk, "engineers", 1) == ["en-1"]
    sdk.profiles.replace("en-1", profile={"title": "Manager"})
    assert sdk.audiences.list_members("engineers").items == []


def test_wrong_filters_are_refused(sdk: Courier) -> None:
    unknown: Any = {"filters": [{"operator": "LIKE", "path": "title", "value": "x"}]}
    several: Any = {"filters": [{"operator": "EQ", "path": "title", "value": "x"}] * 2}

    with pytest.raises(courier.BadRequestError, match="filter operator should be equal to one of the allowed values"):
        sdk.audiences.update("wrong", filter=unknown)
    with pytest.raises(courier.BadRequestError, match="operator is required when there is more than one rule"):
        sdk.audiences.update("wrong", filter=several)
    assert sdk.audiences.update("wrong", filter=several, operator="OR").audience.operator == "OR"


def test_members_and_audiences_come_in_pages(sdk: Courier) -> None:
    sdk.audiences.update("crowd", filter={"filters": [{"operator": "EQ", "path": "crowd", "value": "yes"}]})
    for number in range(101):
        sdk.profiles.create(f"cr-{number:03}", profile={"crowd": "yes"})

    first = sdk.audiences.list_members("crowd")
    second = sdk.audiences.list_members("crowd", cursor=first.paging.cursor)

    assert [len(first.items), len(second.items)] == [100, 1]
    assert (first.paging.more, second.paging.more) == (True, False)


def test_a_message_reaches_the_members(sdk: Courier) -> None:
    sdk.audiences.update("readers", filter={"filters": [{"operator": "EQ", "path": "reads", "value": "true"}]})
    for user in ("re-1", "re-2"):
        sdk.profiles.create(user, profile={"reads": True, "email": f"{user}@example.test"})
    sdk.profiles.create("re-3", profile={"reads": False, "email": "re-3@example.test"})
    assert _members(sdk, "readers", 2) == ["re-1", "re-2"]

    sent = sdk.send.message(message={"to": {"audience_id": "readers"}, "content": HELLO})

    def recipients() -> list[str] | None:
        found = sorted(one.recipient for one in sdk.messages.list(trace_id=sent.request_id).results)
        return found if len(found) == 2 else None

    assert eventually(recipients) == ["re-1", "re-2"]


def test_a_broadcast_reaches_the_members(sdk: Courier) -> None:
    sdk.audiences.update("cast", filter={"filters": [{"operator": "EQ", "path": "casts", "value": "true"}]})
    for user, casts in (("ca-1", True), ("ca-2", False), ("ca-3", True)):
        sdk.profiles.create(user, profile={"casts": casts, "email": f"{user}@example.test"})
    draft = sdk.broadcasts.create(name="March", channel="email")
    elements: Any = [{"type": "meta", "title": "News"}, {"type": "text", "content": "Dear reader"}]
    sdk.broadcasts.put_content(draft.id, content={"elements": elements})

    sdk.broadcasts.send(draft.id, recipient_id="cast", recipient_type="audience")

    eventually(lambda: sdk.broadcasts.retrieve(draft.id).status == "sent")
    reached = {user: len(sdk.messages.list(recipient=user).results) for user in ("ca-1", "ca-2", "ca-3")}
    assert reached == {"ca-1": 1, "ca-2": 0, "ca-3": 1}
