"""Visitors of Studio, for tests: the workspace's server through a client without any key; and something to look at."""

import re
from collections.abc import AsyncGenerator
from contextlib import asynccontextmanager
from typing import Any

import httpx

from posthorn.access.sessions import COOKIE, new_session
from posthorn.server.app import create_server_app, create_tracking
from workspace import Workspace

PAGES = (
    "/studio/",
    "/studio/events",
    "/studio/messages",
    "/studio/mailbox",
    "/studio/why",
    "/studio/segment",
    "/studio/parked",
    "/studio/changes",
    "/studio/users",
    "/studio/account",
)
EVIL = "<script>alert(1)</script>\"'><img src=x onerror=alert(2)>"
WELCOME: dict[str, Any] = {
    "name": "Welcome",
    "trigger": {"type": "segment", "request_type": "track", "event": "Signed Up"},
    "steps": [
        {
            "action": "send",
            "message": {
                "to": {"user_id": "refs.data.userId"},
                "content": {"title": "Welcome {{name}}", "body": "Your plan is {{plan}}."},
            },
        }
    ],
}


@asynccontextmanager
async def visitor(workspace: Workspace) -> AsyncGenerator[httpx.AsyncClient]:
    """A browser without a session: it keeps cookies and follows no redirect."""
    transport = httpx.ASGITransport(create_server_app(workspace.parts, create_tracking(workspace.parts)))  # pyright: ignore[reportArgumentType] - stricter than ASGI
    async with httpx.AsyncClient(transport=transport, base_url="http://posthorn.test") as client:
        yield client


@asynccontextmanager
async def signed_in(workspace: Workspace) -> AsyncGenerator[httpx.AsyncClient]:
    """A browser with a session."""
    async with visitor(workspace) as client:
        client.cookies.set(COOKIE, new_session(workspace.parts.vault, workspace.clock.now_ms()), domain="posthorn.test")
        yield client


async def text_of(client: httpx.AsyncClient, path: str) -> str:
    """The HTML of a page that must be there, its slashes written out."""
    answer = await client.get(path)
    assert answer.status_code == 200, f"{path}: {answer.status_code} {answer.headers} {answer.text}"
    return answer.text.replace("&#x2f;", "/")


async def welcome(workspace: Workspace, **properties: Any) -> None:
    """An automation that greets who signs up, and somebody who does."""
    await workspace.call("PUT", "/automations/welcome", WELCOME)
    await workspace.call("POST", "/automations/welcome/publish")
    await workspace.identify("u-1", email="ada@example.test")
    await workspace.track("u-1", "Signed Up", **properties)


async def event_page(client: httpx.AsyncClient, name: str) -> str:
    """The page of the newest event with this in its line."""
    listed = await text_of(client, "/studio/events")
    found = re.search(rf'href="(/studio/events/evt_[^"]+)"[^>]*>(?:(?!</a>).)*{re.escape(name)}', listed, re.DOTALL)
    assert found, listed
    return await text_of(client, found[1])


async def links(client: httpx.AsyncClient) -> list[str]:
    """Every address of a single event, message, mail or frame that the lists lead to, each once."""
    found: dict[str, None] = {}
    for path in PAGES:
        for link in re.findall(r'href="(/studio/(?:events|messages|mailbox)[/?][^"]+)"', await text_of(client, path)):
            found[link.replace("&amp;", "&")] = None
            if "/messages/" in link:
                found[f"{link}/output/0"] = None
            if "/mailbox/" in link:
                found[f"{link}/html"] = None
    return list(found)
