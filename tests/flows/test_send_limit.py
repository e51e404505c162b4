"""No user gets more messages in a while than the installation allows, from wherever they come."""

from collections.abc import AsyncIterator
from pathlib import Path

import pytest

from posthorn.clock import FrozenClock
from workspace import Workspace, running

pytestmark = pytest.mark.anyio


@pytest.fixture
async def limited(tmp_path: Path, clock: FrozenClock) -> AsyncIterator[Workspace]:
    """An installation with a limit of two messages an hour."""
    async with running(tmp_path, clock, send_limit="2 per 1 hour") as workspace:
        yield workspace


async def _send(workspace: Workspace, user_id: str = "u-1") -> str:
    message = {"to": {"user_id": user_id}, "content": {"title": "Hi", "body": "."}}
    sent = await workspace.call("POST", "/send", {"message": message})
    await workspace.rest()
    return (await workspace.call("GET", f"/messages/{sent['requestId']}"))["status"]


async def test_what_is_too_much_is_throttled_until_the_period_is_over(limited: Workspace) -> None:
    for user in ("u-1", "u-2"):
        await limited.identify(user, email=f"{user}@example.test")

    first = [await _send(limited) for _ in range(3)]
    other = await _send(limited, "u-2")
    await limited.advance(hours=1)

    assert (first[2], "THROTTLED" in first[:2], other == "THROTTLED") == ("THROTTLED", False, False)
    assert await _send(limited) != "THROTTLED"
    assert len(await limited.mails()) == 4
