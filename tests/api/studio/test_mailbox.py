"""The mailbox."""

import re

import pytest

from studio_visit import signed_in, text_of, welcome
from workspace import Workspace

pytestmark = pytest.mark.anyio


async def test_a_mail_can_be_read_with_text_headers_and_source(workspace: Workspace) -> None:
    async with signed_in(workspace) as client:
        await welcome(workspace, plan="team", name="Ada")
        listed = await text_of(client, "/studio/mailbox")
        path = re.search(r'href="(/studio/mailbox/[^"?]+)"', listed)
        assert path
        page = await text_of(client, path[1])
        frame = await client.get(f"{path[1]}/html")

    assert "Welcome Ada" in listed
    assert "Message-ID" in page
    assert "multipart/alternative" in page
    assert "Your plan is team." in frame.text
    assert "/t/o/" in frame.text
