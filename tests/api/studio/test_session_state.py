"""What a page learns of its session."""

import pytest

from posthorn.api.caller import CSRF_HEADER
from studio_visit import signed_in
from workspace import Workspace

pytestmark = pytest.mark.anyio


async def test_a_page_learns_the_token_with_which_it_may_change_things(workspace: Workspace) -> None:
    async with signed_in(workspace) as browser:
        state = (await browser.get("/studio/api/session")).json()
        answer = await browser.put("/lists/vip", json={"name": "VIP"}, headers={CSRF_HEADER: state["csrf"]})

    assert state["environment"] == "production"
    assert answer.status_code == 204


async def test_a_key_is_no_session(workspace: Workspace) -> None:
    await workspace.call("GET", "/studio/api/session", status=403)
