"""What a message carries, rendered again."""

import pytest

from posthorn.api.courier.message_output import outputs, sheet_of
from posthorn.messages import store
from posthorn.messages.config import MessageSettings
from posthorn.messages.render import Links
from workspace import Workspace

pytestmark = pytest.mark.anyio


async def test_what_was_carried_is_rendered_again_and_is_nothing_once_pruned(workspace: Workspace) -> None:
    body = {"message": {"to": {"email": "ada@example.test"}, "content": {"title": "Hello", "body": "It works."}}}
    message_id = (await workspace.call("POST", "/send", body))["requestId"]
    await workspace.rest()
    links = Links(settings=MessageSettings(public_url="http://x"), signer=workspace.parts.vault)

    async with workspace.parts.database.transaction() as tx:
        found = await store.find_message(tx, "production", workspace.parts.database.partition_count, message_id)
        assert found
        sheet = await sheet_of(tx, *found)
        await tx.run("DELETE FROM message_contents WHERE message_id = :message_id", message_id=message_id)
        pruned = await sheet_of(tx, *found)

    assert sheet
    assert [(hop.channel, rendered.subject) for hop, rendered in outputs(sheet, links)] == [("email", "Hello")]
    assert pruned is None
