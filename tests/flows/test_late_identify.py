"""A track that arrives before the identify that carries the address (segment.md 6.5)."""

import pytest

from workspace import Workspace

pytestmark = pytest.mark.anyio

WELCOME = {
    "name": "Welcome",
    "trigger": {"type": "segment", "request_type": "track", "event": "Signed Up"},
    "steps": [{"action": "send", "message": {"content": {"title": "Welcome", "body": "Hello {{profile.firstName}}"}}}],
}


@pytest.fixture
async def shop(workspace: Workspace) -> Workspace:
    await workspace.call("PUT", "/automations/welcome", WELCOME)
    await workspace.call("POST", "/automations/welcome/publish")
    return workspace


async def test_the_mail_goes_out_within_five_seconds_of_the_identify(shop: Workspace) -> None:
    await shop.track("u-1", "Signed Up")
    await shop.advance(seconds=5)
    await shop.identify("u-1", email="ada@example.test", firstName="Ada")
    early = await shop.mails()
    await shop.advance(seconds=5)

    [mail] = await shop.mails()
    assert (early, mail["to"], mail["text"].splitlines()[0]) == ([], "ada@example.test", "Hello Ada")


async def test_without_an_identify_it_is_unroutable_after_thirty_seconds(shop: Workspace) -> None:
    await shop.track("u-1", "Signed Up")
    for _ in range(5):
        await shop.advance(seconds=5)
    [waiting] = (await shop.call("GET", "/messages"))["results"]
    await shop.advance(seconds=5)
    [message] = (await shop.call("GET", "/messages"))["results"]

    assert (waiting["status"], message["status"]) == ("ENQUEUED", "UNROUTABLE")
