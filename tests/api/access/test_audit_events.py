"""What was changed by whom."""

from typing import Any

import pytest

from posthorn.api.auditing import TYPES
from studio_people import somebody, with_token
from studio_visit import WELCOME, signed_in
from workspace import Workspace

pytestmark = pytest.mark.anyio


async def _noted(workspace: Workspace) -> set[tuple[str, str]]:
    found = (await workspace.call("GET", "/audit-events"))["results"]
    return {(one["type"], one["target"]) for one in found}


async def test_what_a_key_changes_is_noted(workspace: Workspace) -> None:
    await workspace.call("PUT", "/automations/welcome", WELCOME)
    await workspace.call("POST", "/automations/welcome/publish")
    made = await workspace.call("POST", "/keys", {"kind": "api", "name": "CI"})
    await workspace.call("DELETE", f"/keys/{made['id']}")

    assert await _noted(workspace) == {
        ("automation-template-updated", "welcome"),
        ("automation-template-published", "welcome"),
        ("api-key-created", made["id"]),
        ("api-key-deleted", made["id"]),
    }


async def test_who_was_deleted_is_noted_without_naming_him(workspace: Workspace) -> None:
    await workspace.identify("zoe", email="zoe@example.test")
    await workspace.call("DELETE", "/profiles/zoe")

    [(type, target)] = await _noted(workspace)
    assert type == "profile-deleted"
    assert "zoe" not in target.removeprefix("user-")
    assert len(target) > 30


async def test_what_was_refused_is_not_noted(workspace: Workspace) -> None:
    await workspace.call("POST", "/automations/none/publish", status=404)
    await workspace.call("POST", "/keys", {"kind": "nonsense"}, status=400)

    assert await _noted(workspace) == set()


async def test_somebody_who_is_signed_in_is_named(workspace: Workspace) -> None:
    async with somebody(workspace, "editor") as browser:
        workspace.clock.advance(1_000)
        await with_token(browser, "PUT", "/automations/welcome", WELCOME)
    newest = (await workspace.call("GET", "/audit-events"))["results"][0]

    assert newest["actor"]["email"] == "ada@example.test"
    assert newest["source"] == "studio"
    assert await workspace.call("GET", f"/audit-events/{newest['auditEventId']}") == newest


async def test_people_coming_and_going_is_noted(workspace: Workspace) -> None:
    async with somebody(workspace, "viewer") as browser, signed_in(workspace) as owner:
        user_id = (await browser.get("/studio/api/session")).json()["user_id"]
        await with_token(owner, "PUT", f"/studio/api/users/{user_id}", {"role": "editor"})
        await with_token(owner, "DELETE", f"/studio/api/users/{user_id}")

    assert await _noted(workspace) == {
        ("user-invited", "ada@example.test"),
        ("user-logged-in", user_id),
        ("user-role-changed", "ada@example.test: editor"),
        ("user-deleted", "ada@example.test"),
    }


async def test_pages_of_them_meet_each_once(workspace: Workspace) -> None:
    for at in range(5):
        await workspace.call("PUT", f"/automations/a{at}", WELCOME)
    seen: list[Any] = []
    path = "/audit-events?limit=2"
    while path:
        page = await workspace.call("GET", path)
        seen += [one["target"] for one in page["results"]]
        path = f"/audit-events?limit=2&cursor={page['paging']['cursor']}" if page["paging"]["more"] else ""

    assert sorted(seen) == ["a0", "a1", "a2", "a3", "a4"]


async def test_an_unknown_one_is_not_found(workspace: Workspace) -> None:
    await workspace.call("GET", "/audit-events/none", status=404)


async def test_every_route_that_is_noted_exists(workspace: Workspace) -> None:
    described = (await workspace.client.get("/openapi.json")).json()["paths"]
    known = {(method.upper(), path) for path, methods in described.items() for method in methods}

    assert set(TYPES) - known == set()
