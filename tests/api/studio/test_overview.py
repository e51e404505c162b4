"""The first page."""

import re

import pytest

from studio_visit import signed_in, text_of, welcome
from workspace import Workspace

pytestmark = pytest.mark.anyio


async def test_the_overview_says_that_nothing_was_received_yet(workspace: Workspace) -> None:
    async with signed_in(workspace) as client:
        page = await text_of(client, "/studio/")

    assert "No Segment events received yet." in page
    assert "to do" in page


async def test_a_received_kind_shows_with_its_count_and_what_it_may_start(workspace: Workspace) -> None:
    async with signed_in(workspace) as client:
        await welcome(workspace, plan="team")
        await workspace.track("u-1", "Signed Up", plan="solo")
        page = await text_of(client, "/studio/")

    row = re.search(r"<tr>(?:(?!</tr>).)*track/Signed Up(?:(?!</tr>).)*</tr>", page, re.DOTALL)
    assert row
    assert '<td class="number">2</td>' in row[0]
    assert "Welcome" in row[0]
    assert "No Segment events received yet." not in page
