"""Webhooks of many recipients: a receiver that does not answer keeps nobody else's waiting."""

import pytest

from sinks import WebhookSink, webhook_sink
from workspace import Workspace

pytestmark = pytest.mark.anyio


async def _send(workspace: Workspace, sink: WebhookSink, count: int) -> list[str]:
    found: list[str] = []
    for _ in range(count):
        message = {"to": {"webhook": {"url": sink.url}}, "content": {"title": "t", "body": "b"}}
        found.append((await workspace.call("POST", "/send", {"message": message}))["requestId"])
    await workspace.rest()
    return found


async def _statuses(workspace: Workspace, message_ids: list[str]) -> set[str]:
    return {(await workspace.call("GET", f"/messages/{one}"))["status"] for one in message_ids}


async def test_each_receiver_has_its_own_breaker(workspace: Workspace) -> None:
    await workspace.call("POST", "/providers", {"provider": "webhook"})
    async with webhook_sink() as bad, webhook_sink() as good:
        bad.answer = 503
        refused = await _send(workspace, bad, 8)
        taken = await _send(workspace, good, 2)

    assert await _statuses(workspace, refused) == {"ROUTED"}
    assert await _statuses(workspace, taken) == {"DELIVERED"}
