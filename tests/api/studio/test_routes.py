"""Who may see a page, and what is said where there is none."""

import re

import pytest

from posthorn.api.studio.routes import studio
from studio_visit import signed_in, visitor
from workspace import Workspace

pytestmark = pytest.mark.anyio

OPEN = {"/studio/sign-in", "/studio/assets/{name:str}"}


def _routes() -> list[tuple[str, str]]:
    return [(method, route.path) for route in studio.routes for method in sorted(route.methods) if method != "OPTIONS"]


async def test_no_page_shows_itself_to_a_stranger(workspace: Workspace) -> None:
    async with visitor(workspace) as client:
        routes = _routes()
        assert len(routes) > 12
        for method, path in routes:
            if path in OPEN:
                continue
            answer = await client.request(method, re.sub(r"\{\w+:\w+\}", "x", path))
            expected = 403 if path == "/studio/sign-out" else 303
            assert answer.status_code == expected, (method, path)
            assert "viewer" not in answer.text
            if expected == 303:
                assert answer.headers["location"].startswith("/studio/sign-in")


async def test_the_api_key_does_not_open_studio(workspace: Workspace) -> None:
    answer = await workspace.client.get("/studio/")

    assert answer.status_code == 303


@pytest.mark.parametrize(
    "path",
    [
        "/studio/events/evt_0_99_0",
        "/studio/events/%00",
        "/studio/events?before=damaged",
        "/studio/events?key=track%2FNever",
        "/studio/messages/none",
        "/studio/mailbox/none",
        "/studio/nowhere/at/all",
        "/studio/assets/none.css",
    ],
)
async def test_what_is_not_there_is_said_on_a_page(workspace: Workspace, path: str) -> None:
    async with signed_in(workspace) as client:
        answer = await client.get(path)

    assert answer.status_code in (400, 404)
    assert "Back to the overview" in answer.text
