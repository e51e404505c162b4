"""A tenant's own template is sent in its context in place of the workspace's."""

from typing import Any

import pytest

from workspace import Workspace

pytestmark = pytest.mark.anyio


def _content(text: str) -> dict[str, Any]:
    return {"version": "2022-01-01", "elements": [{"type": "meta", "title": text}, {"type": "text", "content": text}]}


async def _welcome(workspace: Workspace) -> str:
    notification = {"name": "N", "tags": [], "brand": None, "subscription": None, "routing": None, "content": _content("Ours")}
    made = await workspace.call("POST", "/notifications", {"notification": notification, "state": "PUBLISHED"})
    await workspace.call("PUT", "/tenants/acme", {"name": "Acme"})
    return made["id"]


async def _subject(workspace: Workspace, template_id: str, **message: Any) -> str:
    to = {"email": "ada@example.test", **message.pop("to", {})}
    await workspace.call("POST", "/send", {"message": {"to": to, "template": template_id, **message}})
    await workspace.rest()
    return (await workspace.mails())[0]["subject"]


async def test_the_tenants_template_is_sent_once_it_is_published_and_until_it_is_deleted(workspace: Workspace) -> None:
    template_id = await _welcome(workspace)
    path, acme = f"/tenants/acme/templates/{template_id}", {"context": {"tenant_id": "acme"}}
    written = await workspace.call("PUT", path, {"template": {"content": _content("Acme's")}}, status=201)
    subjects = [await _subject(workspace, template_id, **acme)]
    await workspace.call("POST", f"{path}/publish", {"version": "latest"})
    await workspace.advance(seconds=1)
    subjects += [await _subject(workspace, template_id, **acme)]
    await workspace.advance(seconds=1)
    subjects += [await _subject(workspace, template_id)]
    await workspace.call("DELETE", path, status=204)
    await workspace.advance(seconds=1)
    subjects += [await _subject(workspace, template_id, **acme)]

    assert written == {"id": template_id, "version": "v1"}
    assert subjects == ["Ours", "Acme's", "Ours", "Ours"]


async def test_its_routing_holds_for_messages_that_name_none(workspace: Workspace) -> None:
    template_id = await _welcome(workspace)
    await workspace.call("POST", "/providers", {"provider": "webhook"})
    template = {"content": _content("Acme's"), "routing": {"method": "single", "channels": ["sms", "email"]}}
    await workspace.call("PUT", f"/tenants/acme/templates/{template_id}", {"template": template, "published": True})

    assert await _subject(workspace, template_id, context={"tenant_id": "acme"}) == "Acme's"
    messages = (await workspace.call("GET", "/messages"))["results"]
    assert "UNROUTABLE" in await workspace.history(messages[0]["id"])


async def test_it_is_listed_with_its_tenant_and_nowhere_else(workspace: Workspace) -> None:
    template_id = await _welcome(workspace)
    await workspace.call("PUT", "/tenants/acme.de", {"name": "Another"})
    for number in (1, 2):
        body = {"template": {"content": _content(f"Text {number}")}, "published": number == 1}
        await workspace.call("PUT", f"/tenants/acme/templates/{template_id}", body)

    (listed,) = (await workspace.call("GET", "/tenants/acme/templates"))["items"]
    published = await workspace.call("GET", f"/tenants/acme/templates/{template_id}/versions/published")
    assert (listed["id"], listed["version"], published["version"]) == (template_id, "v2", "v1")
    assert published["data"]["content"]["elements"][0]["title"] == "Text 1"
    assert (await workspace.call("GET", "/tenants/acme.de/templates"))["items"] == []
    assert [one["id"] for one in (await workspace.call("GET", "/notifications"))["results"]] == [template_id]


@pytest.mark.parametrize(
    ("method", "path", "body", "status"),
    [
        ("PUT", "/tenants/none/templates/x", {"template": {"content": _content("x")}}, 404),
        ("PUT", "/tenants/acme/templates/x", {"template": {"content": {"title": "x", "body": "y"}}}, 400),
        ("PUT", "/tenants/acme/templates/x", {"template": {}}, 400),
        ("GET", "/tenants/acme/templates/x", None, 404),
        ("GET", "/tenants/acme/templates/x/versions/v1", None, 404),
        ("POST", "/tenants/acme/templates/x/publish", None, 404),
        ("DELETE", "/tenants/acme/templates/x", None, 204),
    ],
)
async def test_what_is_not_there_is_told(workspace: Workspace, method: str, path: str, body: Any, status: int) -> None:
    await workspace.call("PUT", "/tenants/acme", {"name": "Acme"})

    await workspace.call(method, path, body, status=status)
