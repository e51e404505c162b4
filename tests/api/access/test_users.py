"""People, over the API: who may do what, and what is noted of it."""

import pytest

from studio_people import invited, somebody, with_token
from studio_visit import signed_in, visitor
from workspace import Workspace

pytestmark = pytest.mark.anyio


async def test_an_owner_invites_changes_and_removes(workspace: Workspace) -> None:
    made = await invited(workspace, " Ada@Example.test ", "viewer")
    path = f"/studio/api/users/{made['id']}"
    async with signed_in(workspace) as owner:
        changed = await with_token(owner, "PUT", path, {"role": "editor"})
        listed = (await owner.get("/studio/api/users")).json()["results"]
        link = (await with_token(owner, "POST", f"{path}/link")).json()["link"]
        gone = await with_token(owner, "DELETE", path)
        left = (await owner.get("/studio/api/users")).json()["results"]

    assert (made["email"], made["role"], changed.json()["role"]) == ("ada@example.test", "viewer", "editor")
    assert [one["id"] for one in listed] == [made["id"]]
    assert "link" not in listed[0]
    assert link != made["link"]
    assert (gone.status_code, left) == (204, [])


@pytest.mark.parametrize("body", [{"email": "nobody"}, {"email": "a@b.test", "role": "king"}, {"email": "a@b\u0000.test"}, {}])
async def test_who_cannot_be_invited_is_refused(workspace: Workspace, body: dict[str, str]) -> None:
    async with signed_in(workspace) as owner:
        answer = await with_token(owner, "POST", "/studio/api/users", body)

    assert answer.status_code == 400


async def test_nobody_is_invited_twice(workspace: Workspace) -> None:
    await invited(workspace, "ada@example.test", "viewer")
    async with signed_in(workspace) as owner:
        again = await with_token(owner, "POST", "/studio/api/users", {"email": "ADA@example.test"})
        missing = await with_token(owner, "PUT", "/studio/api/users/usr_none", {"role": "owner"})

    assert (again.status_code, missing.status_code) == (409, 404)


@pytest.mark.parametrize(
    ("role", "statuses"), [("viewer", [200, 403, 403, 403]), ("editor", [200, 204, 403, 403]), ("owner", [200, 204, 201, 200])]
)
async def test_each_role_may_do_its_own(workspace: Workspace, role: str, statuses: list[int]) -> None:
    async with somebody(workspace, role) as browser:
        answers = [
            await browser.get("/log"),
            await with_token(browser, "PUT", "/lists/vip", {"name": "VIP"}),
            await with_token(browser, "POST", "/keys", {"kind": "api"}),
            await browser.get("/studio/api/users"),
        ]

    assert [answer.status_code for answer in answers] == statuses


async def test_no_key_lets_people_in(workspace: Workspace) -> None:
    await workspace.call("GET", "/studio/api/users", status=403)
    await workspace.call("POST", "/studio/api/users", {"email": "eve@example.test", "role": "owner"}, status=403)
    await workspace.call("POST", "/keys", {"kind": "api"}, status=201)


async def test_another_role_holds_at_once_and_removal_ends_the_session(workspace: Workspace) -> None:
    async with somebody(workspace, "editor") as browser, signed_in(workspace) as owner:
        user_id = (await browser.get("/studio/api/session")).json()["user_id"]
        await with_token(owner, "PUT", f"/studio/api/users/{user_id}", {"role": "viewer"})
        lowered = await with_token(browser, "PUT", "/lists/vip", {"name": "VIP"})
        await with_token(owner, "DELETE", f"/studio/api/users/{user_id}")
        gone = await browser.get("/log")

    assert (lowered.status_code, gone.status_code) == (403, 401)


async def test_the_link_of_somebody_who_was_removed_opens_nothing(workspace: Workspace) -> None:
    made = await invited(workspace, "ada@example.test", "owner")
    async with signed_in(workspace) as owner, visitor(workspace) as browser:
        await with_token(owner, "DELETE", f"/studio/api/users/{made['id']}")
        answer = await browser.get(made["link"].removeprefix(workspace.parts.settings.public_url))

    assert answer.status_code == 403
