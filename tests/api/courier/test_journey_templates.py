"""Templates that belong to one journey."""

from typing import Any

import pytest

from workspace import Workspace

pytestmark = pytest.mark.anyio

TRIGGER = {"type": "trigger", "trigger_type": "api-invoke"}
CONTENT = {
    "version": "2022-01-01",
    "elements": [{"type": "meta", "title": "Hello"}, {"type": "text", "content": "World", "id": "t"}],
}
NOTIFICATION = {"name": "Mail", "tags": [], "brand": None, "subscription": None, "content": CONTENT}


async def _journey(workspace: Workspace) -> str:
    exit_node = {"type": "exit"}
    return (await workspace.call("POST", "/journeys", {"name": "Care", "nodes": [TRIGGER, exit_node]}, status=201))["id"]


async def _template(workspace: Workspace, journey_id: str, state: str = "PUBLISHED") -> str:
    body = {"channel": "email", "notification": NOTIFICATION, "state": state}
    return (await workspace.call("POST", f"/journeys/{journey_id}/templates", body, status=201))["id"]


async def _sends(workspace: Workspace, journey_id: str, template_id: str, *, status: int = 200) -> Any:
    nodes = [TRIGGER, {"type": "send", "message": {"template": template_id}}]
    body = {"name": "Care", "nodes": nodes, "state": "PUBLISHED"}
    return await workspace.call("PUT", f"/journeys/{journey_id}", body, status=status)


async def test_the_standard_order_ends_in_a_mail(workspace: Workspace) -> None:
    journey_id = await _journey(workspace)
    await _sends(workspace, journey_id, await _template(workspace, journey_id))
    await workspace.identify("u-1", email="ada@example.test")
    await workspace.call("POST", f"/journeys/{journey_id}/invoke", {"user_id": "u-1"}, status=202)
    await workspace.rest()

    assert [mail["subject"] for mail in await workspace.mails()] == ["Hello"]


async def test_nobody_else_can_use_it(workspace: Workspace) -> None:
    own, other = await _journey(workspace), await _journey(workspace)
    template_id = await _template(workspace, own)
    refused = await _sends(workspace, other, template_id, status=400)
    message = {"to": {"email": "ada@example.test"}, "template": template_id}
    sent = await workspace.call("POST", "/send", {"message": message})
    await workspace.rest()

    assert refused["message"] == f"nodes[1].message.template: Notification template {template_id} not found"
    assert (await workspace.call("GET", f"/messages/{sent['requestId']}"))["status"] == "UNMAPPED"
    await workspace.call("GET", f"/journeys/{other}/templates/{template_id}", status=404)


async def test_a_send_node_needs_a_template_that_is_there(workspace: Workspace) -> None:
    journey_id = await _journey(workspace)
    answer = await _sends(workspace, journey_id, "nt_nobody", status=400)

    assert answer["message"] == "nodes[1].message.template: Notification template nt_nobody not found"


async def test_it_is_listed_with_its_journey_alone(workspace: Workspace) -> None:
    own, other = await _journey(workspace), await _journey(workspace)
    made = [await _template(workspace, own) for _ in range(2)]
    first = await workspace.call("GET", f"/journeys/{own}/templates?limit=1")
    second = await workspace.call("GET", f"/journeys/{own}/templates?limit=1&cursor={first['paging']['cursor']}")

    assert [one["id"] for page in (first, second) for one in page["results"]] == sorted(made)
    assert (await workspace.call("GET", f"/journeys/{other}/templates"))["results"] == []
    assert (await workspace.call("GET", "/notifications"))["results"] == []


async def test_it_is_edited_published_and_read_like_any_template(workspace: Workspace) -> None:
    journey_id = await _journey(workspace)
    path = f"/journeys/{journey_id}/templates/{await _template(workspace, journey_id, 'DRAFT')}"
    await workspace.call("GET", path, status=404)
    await workspace.call("PUT", path, {"notification": {**NOTIFICATION, "name": "Mail 2"}})
    await workspace.call("PUT", f"{path}/locales/fr", {"elements": [{"id": "t", "content": "Monde"}]})
    await workspace.call("POST", f"{path}/publish", status=204)
    await workspace.call("PUT", f"{path}/content", {"content": {"elements": [{"type": "text", "content": "Anew"}]}})

    assert (await workspace.call("GET", path))["name"] == "Mail 2"
    assert len((await workspace.call("GET", f"{path}/content?version=draft"))["elements"]) == 1
    versions = (await workspace.call("GET", f"{path}/versions"))["versions"]
    assert [one["version"] for one in versions] == ["draft", "published:v001"]


async def test_it_cannot_go_while_the_published_journey_sends_it(workspace: Workspace) -> None:
    journey_id = await _journey(workspace)
    used, unused = await _template(workspace, journey_id), await _template(workspace, journey_id)
    await _sends(workspace, journey_id, used)

    await workspace.call("DELETE", f"/journeys/{journey_id}/templates/{used}", status=409)
    await workspace.call("DELETE", f"/journeys/{journey_id}/templates/{unused}", status=204)
    assert [one["id"] for one in (await workspace.call("GET", f"/journeys/{journey_id}/templates"))["results"]] == [used]


@pytest.mark.parametrize(
    ("change", "message"),
    [
        ({"channel": "pigeon"}, "channel: Expected one of email, push, sms, inbox, direct_message, webhook, banner"),
        ({"notification": {"name": "x"}}, "notification.tags: Required"),
    ],
)
async def test_a_wrong_body_gets_a_sentence(workspace: Workspace, change: dict[str, Any], message: str) -> None:
    journey_id = await _journey(workspace)
    body = {"channel": "email", "notification": NOTIFICATION, **change}
    answer = await workspace.call("POST", f"/journeys/{journey_id}/templates", body, status=400)

    assert answer["message"].startswith(message)


async def test_a_journey_that_is_not_there_has_no_templates(workspace: Workspace) -> None:
    await workspace.call("GET", "/journeys/jn_x/templates", status=404)
    await workspace.call("POST", "/journeys/jn_x/templates", {"channel": "email", "notification": NOTIFICATION}, status=404)
