"""A signed-in visitor of Studio, for tests: the workspace's server through a client without any key."""

from collections.abc import AsyncGenerator
from contextlib import asynccontextmanager

import httpx

from posthorn.access.sessions import COOKIE, new_session
from posthorn.server.app import create_server_app
from workspace import Workspace


@asynccontextmanager
async def visitor(workspace: Workspace) -> AsyncGenerator[httpx.AsyncClient]:
    """A browser without a session: it keeps cookies and follows no redirect."""
    transport = httpx.ASGITransport(create_server_app(workspace.parts))  # pyright: ignore[reportArgumentType] - stricter than ASGI
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
