"""The API, called by a browser that is signed in."""

import pytest

from posthorn.access.model import OWNER
from posthorn.access.sessions import COOKIE
from posthorn.api.caller import CSRF_HEADER
from posthorn.api.session import Session, csrf_token
from posthorn.server.app import server_context
from studio_visit import signed_in
from workspace import Workspace

pytestmark = pytest.mark.anyio


async def test_a_session_reads_what_a_key_reads(workspace: Workspace) -> None:
    await workspace.track("u-1", "Signed Up")

    async with signed_in(workspace) as browser:
        log = (await browser.get("/log")).json()
        other = (await browser.get("/log?environment=test")).json()

    assert [one["event"] for one in log["events"]] == ["Signed Up"]
    assert other["events"] == []


async def test_a_session_changes_nothing_without_its_token(workspace: Workspace) -> None:
    async with signed_in(workspace) as browser:
        refused = await browser.put("/lists/vip", json={"name": "VIP"})
        foreign = await browser.put("/lists/vip", json={"name": "VIP"}, headers={CSRF_HEADER: "made up"})

    assert [refused.status_code, foreign.status_code] == [403, 403]
    await workspace.call("GET", "/lists/vip", status=404)


async def test_with_its_token_it_may(workspace: Workspace) -> None:
    async with signed_in(workspace) as browser:
        token = csrf_token(server_context(workspace.parts), Session(cookie=browser.cookies[COOKIE], user=OWNER))
        answer = await browser.put("/lists/vip", json={"name": "VIP"}, headers={CSRF_HEADER: token})

    assert answer.status_code == 204
    await workspace.call("GET", "/lists/vip", status=200)


async def test_a_wrong_key_is_not_made_good_by_a_session(workspace: Workspace) -> None:
    async with signed_in(workspace) as browser:
        answer = await browser.get("/log", headers={"authorization": "Bearer wrong"})

    assert answer.status_code == 401
