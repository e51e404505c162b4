"""People of Studio, for tests: invited, and signed in by their link."""

import re
from collections.abc import AsyncGenerator
from contextlib import asynccontextmanager
from typing import Any

import httpx

from posthorn.api.caller import CSRF_HEADER
from studio_visit import signed_in, text_of, visitor
from workspace import Workspace

PASSWORD = "correct horse battery"


async def with_token(browser: httpx.AsyncClient, method: str, path: str, body: Any = None) -> httpx.Response:
    """A call of the API by a page, with the token of its session."""
    state = (await browser.get("/studio/api/session")).json()
    return await browser.request(method, path, json=body, headers={CSRF_HEADER: state["csrf"]})


async def invited(workspace: Workspace, email: str, role: str) -> dict[str, Any]:
    """Somebody whom the owner has invited, as the API tells him, with his link."""
    async with signed_in(workspace) as owner:
        answer = await with_token(owner, "POST", "/studio/api/users", {"email": email, "name": "Ada", "role": role})
    assert answer.status_code == 201, answer.text
    return answer.json()


@asynccontextmanager
async def somebody(workspace: Workspace, role: str, email: str = "ada@example.test") -> AsyncGenerator[httpx.AsyncClient]:
    """A browser of somebody with that role, signed in by his link."""
    link = (await invited(workspace, email, role))["link"].removeprefix(workspace.parts.settings.public_url)
    async with visitor(workspace) as browser:
        answer = await browser.get(link)
        assert answer.headers["location"] == "/studio/account"
        yield browser


async def csrf_of(browser: httpx.AsyncClient, path: str = "/studio/account") -> str:
    """The token in the forms of a page."""
    found = re.search(r'name="csrf" value="([^"]+)"', await text_of(browser, path))
    assert found
    return found[1]


async def choose_password(browser: httpx.AsyncClient, new: str = PASSWORD, old: str = "") -> httpx.Response:
    """Sets one's own password on the page of one's account."""
    form = {"csrf": await csrf_of(browser), "old": old, "new": new}
    return await browser.post("/studio/account", data=form)
