"""One request, many people: each of them gets one message, whatever happens on the way."""

from typing import Any

import pytest

from posthorn.engine import backfill, fan_out
from workspace import Workspace

pytestmark = pytest.mark.anyio

HELLO = {"title": "Hello", "body": "Dear {{profile.given_name}}, {{word}}"}


async def _people(workspace: Workspace, count: int) -> None:
    batch = [
        {"type": "identify", "userId": f"u-{n}", "traits": {"email": f"u-{n}@example.test", "firstName": f"N{n}"}}
        for n in range(count)
    ]
    await workspace.call("POST", "/v1/batch", {"batch": batch}, auth=("wk_flow", ""))
    await workspace.rest()


async def _list(workspace: Workspace, list_id: str, *users: str) -> None:
    recipients = [{"recipientId": user} for user in users]
    await workspace.call("POST", f"/lists/{list_id}/subscriptions", {"recipients": recipients})


async def _send(workspace: Workspace, to: Any, **more: Any) -> str:
    answer = await workspace.call("POST", "/send", {"message": {"to": to, "content": HELLO, **more}}, status=202)
    await workspace.rest()
    return answer["requestId"]


async def _recipients(workspace: Workspace, request_id: str) -> list[str]:
    found = (await workspace.call("GET", f"/messages?traceId={request_id}"))["results"]
    return sorted(one["recipient"] for one in found)


async def test_a_list_gets_one_message_for_each_subscriber(workspace: Workspace) -> None:
    await _people(workspace, 3)
    await _list(workspace, "news", "u-0", "u-1", "u-2")

    request_id = await _send(workspace, {"list_id": "news", "data": {"word": "welcome"}})

    assert await _recipients(workspace, request_id) == ["u-0", "u-1", "u-2"]
    assert sorted(mail["text"].split("\n")[0] for mail in await workspace.mails()) == [
        "Dear N0, welcome",
        "Dear N1, welcome",
        "Dear N2, welcome",
    ]
    await workspace.call("GET", f"/messages/{request_id}", status=404)
    job = await workspace.call("GET", f"/jobs/{request_id}")
    assert (job["status"], job["total"], job["done"]) == ("FINISHED", 3, 3)


async def test_a_message_born_of_a_list_says_so(workspace: Workspace) -> None:
    await _list(workspace, "news", "u-0")
    request_id = await _send(workspace, {"list_id": "news"})

    listed = (await workspace.call("GET", "/messages?list=news"))["results"]
    message = await workspace.call("GET", f"/messages/{listed[0]['id']}")

    assert (message["listId"], message["listMessageId"], message["requestId"]) == ("news", request_id, request_id)


async def test_somebody_in_several_groups_and_named_gets_one_message(workspace: Workspace) -> None:
    await _people(workspace, 4)
    await _list(workspace, "eng.web", "u-0", "u-1")
    await _list(workspace, "eng.api", "u-1", "u-2")
    await _list(workspace, "eng", "u-3")
    to = [{"user_id": "u-2"}, {"list_pattern": "eng.*"}, {"list_id": "eng.web"}]

    request_id = await _send(workspace, to)

    assert await _recipients(workspace, request_id) == ["u-0", "u-1", "u-2"]
    assert len(await workspace.mails()) == 3


async def test_a_list_that_is_deleted_empty_or_unknown_sends_to_nobody(workspace: Workspace) -> None:
    await _list(workspace, "gone", "u-0")
    await workspace.call("DELETE", "/lists/gone")
    await workspace.call("PUT", "/lists/empty", {"name": "Empty"})

    request_id = await _send(workspace, [{"list_id": "gone"}, {"list_id": "empty"}, {"list_id": "unknown"}])

    assert await _recipients(workspace, request_id) == []
    assert (await workspace.call("GET", f"/jobs/{request_id}"))["status"] == "FINISHED"


async def test_a_tenant_sends_to_its_members_and_those_below_if_asked(workspace: Workspace) -> None:
    await workspace.call("PUT", "/tenants/acme", {"name": "Acme", "properties": {"colour": "red"}})
    await workspace.call("PUT", "/tenants/acme-eu", {"name": "Acme EU", "parent_tenant_id": "acme"})
    await workspace.call("PUT", "/tenants/acme-de", {"name": "Acme DE", "parent_tenant_id": "acme-eu"})
    for user, tenant in (("u-0", "acme"), ("u-1", "acme-eu"), ("u-2", "acme-de"), ("u-2", "acme")):
        await workspace.call("PUT", f"/users/{user}/tenants/{tenant}")

    alone = await _send(workspace, {"tenant_id": "acme"})
    whole = await _send(workspace, {"tenant_id": "acme", "include_children": True})

    assert await _recipients(workspace, alone) == ["u-0", "u-2"]
    assert await _recipients(workspace, whole) == ["u-0", "u-1", "u-2"]
    of_tenant = (await workspace.call("GET", f"/messages?traceId={whole}&tenant_id=acme-eu"))["results"]
    assert [one["recipient"] for one in of_tenant] == ["u-1"]


async def test_a_filter_keeps_those_who_belong_to_a_tenant(workspace: Workspace) -> None:
    await _list(workspace, "news", "u-0", "u-1")
    await workspace.call("PUT", "/tenants/acme", {"name": "Acme"})
    await workspace.call("PUT", "/users/u-1/tenants/acme")
    only = [{"operator": "MEMBER_OF", "path": "account_id", "value": "acme"}]

    request_id = await _send(workspace, {"list_id": "news", "filters": only})

    assert await _recipients(workspace, request_id) == ["u-1"]


async def test_a_crash_in_the_middle_costs_nobody_and_doubles_nobody(
    workspace: Workspace, monkeypatch: pytest.MonkeyPatch
) -> None:
    users = [f"u-{n}" for n in range(25)]
    await _list(workspace, "news", *users)
    monkeypatch.setattr(fan_out, "PAGE_USERS", 4)
    passes = iter(range(100))
    whole = backfill.append

    async def break_sometimes(*args: Any, **kwargs: Any) -> Any:
        positions = await whole(*args, **kwargs)
        if next(passes) in (1, 2, 5):
            raise RuntimeError("pulled the plug")
        return positions

    monkeypatch.setattr(backfill, "append", break_sometimes)
    request_id = await _send(workspace, {"list_id": "news"})
    for _ in range(5):
        await workspace.advance(minutes=1)

    assert await _recipients(workspace, request_id) == sorted(users)
    assert (await workspace.call("GET", f"/jobs/{request_id}"))["done"] == 25


async def test_a_canceled_job_sends_no_more(workspace: Workspace, monkeypatch: pytest.MonkeyPatch) -> None:
    await _list(workspace, "news", *(f"u-{n}" for n in range(6)))
    monkeypatch.setattr(fan_out, "PAGE_USERS", 2)
    workspace.parts.backfill.stop()
    request_id = (await workspace.call("POST", "/send", {"message": {"to": {"list_id": "news"}, "content": HELLO}}))[
        "requestId"
    ]
    await workspace.parts.backfill.turn()

    canceled = await workspace.call("POST", f"/jobs/{request_id}/cancel")

    assert (canceled["status"], canceled["done"], await workspace.parts.backfill.turn()) == ("CANCELED", 2, False)
    await workspace.call("POST", f"/jobs/{request_id}/cancel", status=409)


async def test_an_automation_writes_to_a_list(workspace: Workspace) -> None:
    await _people(workspace, 2)
    await _list(workspace, "news", "u-0", "u-1")
    step = {"action": "send", "message": {"to": {"list_id": "news"}, "content": HELLO, "data": {"word": "refs.data.word"}}}
    await _published(workspace, step)

    await workspace.track("editor", "Issued", word="read this")
    await workspace.rest()

    assert sorted(mail["text"].split("\n")[0] for mail in await workspace.mails()) == [
        "Dear N0, read this",
        "Dear N1, read this",
    ]


async def _published(workspace: Workspace, *steps: dict[str, Any]) -> None:
    trigger = {"type": "segment", "request_type": "track", "event": "Issued"}
    await workspace.call("PUT", "/automations/news", {"name": "News", "trigger": trigger, "steps": list(steps)})
    await workspace.call("POST", "/automations/news/publish")


async def test_the_step_for_lists_writes_to_everybody_on_them_about_the_event(workspace: Workspace) -> None:
    await _people(workspace, 2)
    await _list(workspace, "eng.web", "u-0")
    await _list(workspace, "eng.api", "u-1")
    template = {
        "name": "News",
        "tags": [],
        "brand": None,
        "subscription": None,
        "routing": None,
        "content": {
            "version": "2022-01-01",
            "elements": [{"type": "text", "content": "{{profile.given_name}}: {{word}} {{n}}"}],
        },
    }
    made = await workspace.call("POST", "/notifications", {"notification": template, "state": "PUBLISHED"})
    await _published(workspace, {"action": "send-list", "list": "eng.*", "template": made["id"], "data": {"n": "refs.data.n"}})

    await workspace.track("editor", "Issued", word="read", n=7)

    assert sorted(mail["text"].strip() for mail in await workspace.mails()) == ["N0: read 7", "N1: read 7"]
    run = (await workspace.call("GET", "/automations/runs"))["runs"][0]
    assert run["status"] == "PROCESSED"


async def test_the_step_for_lists_without_a_list_fails_with_a_reason(workspace: Workspace) -> None:
    await _published(workspace, {"action": "send-list", "list": "refs.data.missing", "template": "refs.data.template"})

    await workspace.track("editor", "Issued")

    assert (await workspace.call("GET", "/automations/runs"))["runs"][0]["status"] == "ERROR"


@pytest.mark.parametrize(
    ("to", "text"),
    [
        ({"list_id": 5}, "message.to.list_id: Expected a string"),
        ({"list_pattern": "**"}, "Invalid list pattern"),
        ({"list_id": "a..b"}, "Invalid list id"),
        ({"list_id": "a", "list_pattern": "a.*"}, "Only one of list_id, list_pattern can be given"),
        ({"tenant_id": "t", "include_children": "yes"}, "message.to.include_children: Expected true or false"),
        ({"list_id": "a", "filters": [{"operator": "IS"}]}, r"message.to.filters[0].operator: Expected 'MEMBER_OF'"),
        ({"list_id": "a", "data": []}, "message.to.data: Expected an object"),
    ],
)
async def test_a_group_of_the_wrong_form_is_refused_at_once(workspace: Workspace, to: Any, text: str) -> None:
    answer = await workspace.call("POST", "/send", {"message": {"to": to, "content": HELLO}}, status=400)

    assert text in answer["message"]
