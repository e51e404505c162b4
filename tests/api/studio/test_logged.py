"""Lines of the log."""

import pytest

from studio_visit import signed_in, text_of
from workspace import Workspace

pytestmark = pytest.mark.anyio


async def test_a_duplicate_is_marked(workspace: Workspace) -> None:
    async with signed_in(workspace) as client:
        for _ in range(2):
            await workspace.send_event({"type": "track", "userId": "u-1", "event": "Once", "messageId": "m-1"})
        page = await text_of(client, "/studio/events")

    assert page.count('badge warn">duplicate') == 1


async def test_an_id_that_we_had_to_make_is_nothing_to_warn_of(workspace: Workspace) -> None:
    async with signed_in(workspace) as client:
        await workspace.track("u-1", "Fine")
        page = await text_of(client, "/studio/events")

    assert "Fine" in page
    assert "warning" not in page
