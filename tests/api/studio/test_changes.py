"""The page of changes."""

import pytest

from studio_visit import WELCOME, signed_in, text_of
from workspace import Workspace

pytestmark = pytest.mark.anyio


async def test_the_page_lists_what_was_changed_and_by_whom(workspace: Workspace) -> None:
    async with signed_in(workspace) as browser:
        empty = await text_of(browser, "/studio/changes")
        await workspace.call("PUT", "/automations/welcome", WELCOME)
        page = await text_of(browser, "/studio/changes")

    assert "Nothing was changed yet." in empty
    assert "automation template updated" in page
    assert "welcome" in page
