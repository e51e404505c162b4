"""Messages, their history and what they carried."""

import re

import pytest

from studio_visit import signed_in, text_of, welcome
from workspace import Workspace

pytestmark = pytest.mark.anyio


async def test_a_message_shows_status_history_and_output(workspace: Workspace) -> None:
    async with signed_in(workspace) as client:
        await welcome(workspace, plan="team", name="Ada")
        listed = await text_of(client, "/studio/messages")
        path = re.search(r'href="(/studio/messages/1-[^"?]+)"', listed)
        assert path
        page = await text_of(client, path[1])

    assert "DELIVERED" in listed
    assert "u-1" in listed
    assert "Welcome Ada" in page
    assert "Your plan is team." in page
    assert "ENQUEUED" in page
    assert "mailbox" in page
    assert f'src="{path[1]}/output/0"' in page


async def test_looking_at_a_message_is_not_reading_it(workspace: Workspace) -> None:
    async with signed_in(workspace) as client:
        await welcome(workspace, plan="team")
        message_id = (await workspace.call("GET", "/messages"))["results"][0]["id"]
        frame = await text_of(client, f"/studio/messages/{message_id}/output/0")

    assert "Your plan is team." in frame
    assert "/t/o/" not in frame


async def test_a_message_that_was_not_sent_says_why_in_a_sentence(workspace: Workspace) -> None:
    async with signed_in(workspace) as client:
        body = {"message": {"to": {"user_id": "nobody"}, "content": {"title": "x", "body": "y"}}}
        await workspace.call("POST", "/send", body)
        await workspace.rest()
        message_id = (await workspace.call("GET", "/messages"))["results"][0]["id"]
        page = await text_of(client, f"/studio/messages/{message_id}")

    assert "UNROUTABLE" in page
    assert "the recipient has no address for any." in page
    assert "The recipient has no address that mailbox can use." in page


async def test_messages_can_be_narrowed_by_status(workspace: Workspace) -> None:
    async with signed_in(workspace) as client:
        await welcome(workspace)
        page = await text_of(client, "/studio/messages?status=CANCELED")

    assert "No message like that." in page
