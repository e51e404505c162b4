"""What the warnings on an event mean."""

import pytest

from studio_visit import event_page, signed_in
from workspace import Workspace

pytestmark = pytest.mark.anyio


async def test_warnings_of_an_event_are_shown(workspace: Workspace) -> None:
    async with signed_in(workspace) as client:
        await workspace.send_event({"type": "track", "userId": "u-1", "event": "Odd", "timestamp": "yesterday"})
        page = await event_page(client, "Odd")

    assert "invalid_timestamp" in page
