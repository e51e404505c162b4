"""People, on pages; and one's own password."""

import re

import pytest

from studio_people import PASSWORD, choose_password, csrf_of, invited, somebody
from studio_visit import EVIL, signed_in, text_of, visitor
from workspace import Workspace

pytestmark = pytest.mark.anyio


async def test_an_owner_invites_by_a_form_and_gets_a_link(workspace: Workspace) -> None:
    async with signed_in(workspace) as owner, visitor(workspace) as browser:
        form = {"csrf": await csrf_of(owner, "/studio/users"), "do": "invite", "email": "eve@example.test", "name": EVIL}
        page = (await owner.post("/studio/users", data={**form, "role": "viewer"})).text
        link = re.search(r"/studio/sign-in\?link=([\w=-]+)", page.replace("&#x2f;", "/").replace("&#x3d;", "="))
        assert link
        answer = await browser.get("/studio/sign-in", params={"link": link[1], "next": "/studio/account"})
        own = await text_of(browser, answer.headers["location"])

    assert "Pass this link on" in page
    assert "<script>alert" not in page + own
    assert "eve@example.test" in own


async def test_a_form_that_cannot_be_done_says_why(workspace: Workspace) -> None:
    await invited(workspace, "ada@example.test", "viewer")
    async with signed_in(workspace) as owner:
        csrf = await csrf_of(owner, "/studio/users")
        forms = [
            {"do": "invite", "email": "ada@example.test", "role": "viewer"},
            {"do": "role", "user_id": "none"},
            {"do": "x"},
        ]
        pages = [await owner.post("/studio/users", data={"csrf": csrf, **form}) for form in forms]

    assert [page.status_code for page in pages] == [400, 400, 400]
    assert "ada@example.test is there already." in pages[0].text


@pytest.mark.parametrize("role", ["viewer", "editor"])
async def test_people_are_the_owners_business(workspace: Workspace, role: str) -> None:
    async with somebody(workspace, role) as browser:
        seen = await browser.get("/studio/users")
        form = {"csrf": await csrf_of(browser), "do": "invite", "email": "eve@example.test", "role": "owner"}
        sent = await browser.post("/studio/users", data=form)

    assert (seen.status_code, sent.status_code) == (403, 403)


async def test_a_viewer_puts_nothing_back(workspace: Workspace) -> None:
    async with somebody(workspace, "viewer") as browser:
        answer = await browser.post("/studio/parked", data={"csrf": await csrf_of(browser), "user_key": "u-1"})

    assert answer.status_code == 403


async def test_a_password_signs_in_and_a_wrong_one_does_not(workspace: Workspace) -> None:
    async with somebody(workspace, "editor") as browser:
        done = await choose_password(browser)
        still = await browser.get("/studio/")
    async with visitor(workspace) as browser:
        wrong = await browser.post("/studio/sign-in", data={"email": "ada@example.test", "password": "guess"})
        unknown = await browser.post("/studio/sign-in", data={"email": "eve@example.test", "password": PASSWORD})
        right = await browser.post("/studio/sign-in", data={"email": "ADA@example.test", "password": PASSWORD})
        page = await text_of(browser, "/studio/account")

    assert (done.status_code, still.status_code) == (200, 200)
    assert (wrong.status_code, unknown.status_code, right.status_code) == (403, 403, 303)
    assert "address and password" in wrong.text
    assert "editor" in page


async def test_a_new_password_ends_the_other_sessions(workspace: Workspace) -> None:
    async with somebody(workspace, "editor") as browser, visitor(workspace) as other:
        await choose_password(browser)
        await other.post("/studio/sign-in", data={"email": "ada@example.test", "password": PASSWORD})
        workspace.clock.advance(1_000)
        refused = await choose_password(browser, "another long one", old="guess")
        short = await choose_password(browser, "short", old=PASSWORD)
        await choose_password(browser, "another long one", old=PASSWORD)
        mine, others = await browser.get("/studio/"), await other.get("/studio/")

    assert (refused.status_code, short.status_code) == (400, 400)
    assert (mine.status_code, others.status_code) == (200, 303)


async def test_without_a_password_no_password_is_right(workspace: Workspace) -> None:
    await invited(workspace, "ada@example.test", "owner")
    async with visitor(workspace) as browser:
        for password in ("", "guess"):
            answer = await browser.post("/studio/sign-in", data={"email": "ada@example.test", "password": password})
            assert answer.status_code == 403


async def test_guessing_addresses_is_stopped_too(workspace: Workspace) -> None:
    async with visitor(workspace) as browser:
        statuses = [
            (await browser.post("/studio/sign-in", data={"email": f"a{at}@b.test", "password": "x"})).status_code
            for at in range(11)
        ]

    assert statuses == [403] * 10 + [429]


async def test_the_owner_of_the_settings_has_no_password_here(workspace: Workspace) -> None:
    async with signed_in(workspace) as owner:
        page = await text_of(owner, "/studio/account")
        answer = await owner.post("/studio/account", data={"csrf": await csrf_of(owner), "new": PASSWORD})

    assert "Invite yourself" in page
    assert answer.status_code == 400
