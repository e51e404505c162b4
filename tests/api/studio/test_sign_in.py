"""Who may see Studio."""

import re

import pytest

from posthorn.access.sessions import COOKIE, ensure_password, new_link_token
from studio_visit import signed_in, text_of, visitor
from workspace import Workspace

pytestmark = pytest.mark.anyio


async def _link(workspace: Workspace) -> str:
    async with workspace.parts.database.transaction() as tx:
        return await new_link_token(tx, workspace.clock.now_ms())


async def _set_password(workspace: Workspace, password: str) -> None:
    async with workspace.parts.database.transaction() as tx:
        await ensure_password(tx, password, workspace.clock.now_ms())


async def test_a_link_opens_a_session_and_leaves_the_address(workspace: Workspace) -> None:
    async with visitor(workspace) as client:
        first = await client.get(f"/studio/?link={await _link(workspace)}")
        second = await client.get(first.headers["location"])
        cookie = second.headers["set-cookie"]
        page = await text_of(client, second.headers["location"])

    assert second.status_code == 303
    assert second.headers["location"] == "/studio/"
    assert "HttpOnly" in cookie
    assert "SameSite=Lax" in cookie
    assert "Overview" in page


async def test_a_link_opens_one_session_only(workspace: Workspace) -> None:
    link = await _link(workspace)
    async with visitor(workspace) as first, visitor(workspace) as second:
        await first.get(f"/studio/sign-in?link={link}")
        answer = await second.get(f"/studio/sign-in?link={link}")

    assert answer.status_code == 403
    assert "used or has expired" in answer.text
    assert "set-cookie" not in answer.headers


async def test_a_used_link_does_no_harm_to_who_is_signed_in(workspace: Workspace) -> None:
    async with signed_in(workspace) as client:
        first = await client.get("/studio/?link=used-long-ago")
        second = await client.get(first.headers["location"])

    assert second.status_code == 303
    assert second.headers["location"] == "/studio/"


async def test_without_a_password_the_page_tells_of_the_link(workspace: Workspace) -> None:
    async with visitor(workspace) as client:
        page = await text_of(client, "/studio/sign-in")

    assert "posthorn studio-link" in page
    assert 'type="password"' not in page


async def test_the_password_opens_a_session_and_leads_back(workspace: Workspace) -> None:
    await _set_password(workspace, "open sesame")
    async with visitor(workspace) as client:
        asked = await client.get("/studio/messages")
        form = await text_of(client, asked.headers["location"])
        answer = await client.post("/studio/sign-in", data={"password": "open sesame", "next": "/studio/messages"})
        page = await text_of(client, answer.headers["location"])

    assert 'name="next" value="/studio/messages"' in form
    assert answer.status_code == 303
    assert "No messages yet." in page


async def test_a_wrong_password_opens_nothing(workspace: Workspace) -> None:
    await _set_password(workspace, "open sesame")
    async with visitor(workspace) as client:
        answer = await client.post("/studio/sign-in", data={"password": "guess"})

    assert answer.status_code == 403
    assert "That is not the password." in answer.text
    assert "set-cookie" not in answer.headers


async def test_guessing_is_stopped_even_if_the_next_guess_is_right(workspace: Workspace) -> None:
    async with visitor(workspace) as client:
        for _ in range(10):
            await client.post("/studio/sign-in", data={"password": "guess"})
        await _set_password(workspace, "open sesame")
        answer = await client.post("/studio/sign-in", data={"password": "open sesame"})

    assert answer.status_code == 429
    assert "Too many failed sign-ins" in answer.text


@pytest.mark.parametrize(
    "next", ["https://evil.test/", "//evil.test", "/studio//evil.test", "/studio/../evil", "/studio/\\evil", ""]
)
async def test_signing_in_leads_nowhere_else(workspace: Workspace, next: str) -> None:
    async with visitor(workspace) as client:
        answer = await client.get("/studio/sign-in", params={"link": await _link(workspace), "next": next})

    assert answer.headers["location"] == "/studio/"


async def test_a_session_ends_after_thirty_days(workspace: Workspace) -> None:
    async with signed_in(workspace) as client:
        workspace.clock.advance(31 * 86_400_000)
        answer = await client.get("/studio/")

    assert answer.status_code == 303


async def test_signing_out_takes_the_cookie_away(workspace: Workspace) -> None:
    async with signed_in(workspace) as client:
        page = await text_of(client, "/studio/")
        csrf = re.search(r'name="csrf" value="([^"]+)"', page)
        assert csrf
        answer = await client.post("/studio/sign-out", data={"csrf": csrf[1]})

    assert answer.status_code == 303
    assert f"{COOKIE}=;" in answer.headers["set-cookie"]
    assert "Max-Age=0" in answer.headers["set-cookie"]


async def test_a_form_without_our_token_is_refused(workspace: Workspace) -> None:
    async with signed_in(workspace) as client, signed_in(workspace) as other:
        of_other = re.search(r'name="csrf" value="([^"]+)"', await text_of(other, "/studio/"))
        assert of_other
        for form in ({}, {"csrf": ""}, {"csrf": "made-up"}, {"csrf": of_other[1]}):
            for path in ("/studio/sign-out", "/studio/parked"):
                answer = await client.post(path, data={**form, "user_key": "u-1"})
                assert answer.status_code == 403, (path, form)
                assert "out of date" in answer.text
