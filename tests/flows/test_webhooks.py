"""Others are told what happens here: signed, once, tried again for three days, each endpoint for itself."""

import hashlib
import hmac
from typing import Any

import pytest

from sinks import WebhookSink, webhook_sink
from workspace import Workspace

pytestmark = pytest.mark.anyio

SECRET = "whsec_example"
CONTENT = {"title": "Hello", "body": "Hello"}


async def _endpoint(workspace: Workspace, sink: WebhookSink, **more: Any) -> str:
    body = {"url": sink.url, "secret": SECRET, **more}
    return (await workspace.call("POST", "/integrations/webhooks", body, status=201))["id"]


async def _send(workspace: Workspace, user_id: str = "u-1") -> str:
    await workspace.call("PUT", f"/profiles/{user_id}", {"profile": {"email": f"{user_id}@example.test"}})
    sent = await workspace.call("POST", "/send", {"message": {"to": {"user_id": user_id}, "content": CONTENT}})
    await workspace.rest()
    return sent["requestId"]


async def _state(workspace: Workspace, endpoint_id: str) -> dict[str, Any]:
    return await workspace.call("GET", f"/integrations/webhooks/{endpoint_id}")


async def test_each_status_of_a_message_is_told_once_in_signed_compact_json(workspace: Workspace) -> None:
    async with webhook_sink() as sink:
        await _endpoint(workspace, sink, events=["message:updated"])
        message_id = await _send(workspace)

    told = sink.of("message:updated")
    shown = await workspace.call("GET", f"/messages/{message_id}")
    assert sorted(each["status"] for each in told) == ["DELIVERED", "ENQUEUED", "ROUTED", "SENT"]
    assert {**shown, "recipientId": "u-1"} in told
    for headers, raw in zip(sink.headers, sink.raws, strict=True):
        at, _, signature = headers["courier-signature"].partition(",signature=")
        signed = f"{at.removeprefix('t=')}.{raw.decode()}".encode()
        assert signature == hmac.new(SECRET.encode(), signed, hashlib.sha256).hexdigest()
        assert b": " not in raw
    assert len({headers["idempotency-key"] for headers in sink.headers}) == 4


async def test_profiles_are_told_only_to_those_who_ask(workspace: Workspace) -> None:
    async with webhook_sink() as asking, webhook_sink() as other:
        await _endpoint(workspace, asking, events=["profiles:updated", "profiles:deleted"])
        await _endpoint(workspace, other, events=["message:updated"])
        await workspace.identify("u-1", plan="team")
        await workspace.identify("u-1", plan="team")
        await workspace.call("DELETE", "/profiles/u-1")
        await workspace.rest()

    assert asking.of("profiles:updated") == [{"user_id": "u-1", "profile": {"plan": "team"}}]
    assert asking.of("profiles:deleted") == [{"user_id": "u-1"}]
    assert other.calls == []


async def test_an_endpoint_that_answers_badly_is_tried_again_and_keeps_no_other_waiting(workspace: Workspace) -> None:
    async with webhook_sink() as bad, webhook_sink() as good:
        bad.answers = [500, 302, 400]
        endpoint_id = await _endpoint(workspace, bad, events=["profiles:updated"])
        await _endpoint(workspace, good, events=["profiles:updated"])
        await workspace.identify("u-1", plan="team")

        assert (len(bad.calls), len(good.calls)) == (0, 1)
        state = await _state(workspace, endpoint_id)
        assert (state["status"], state["status_reason"]) == ("failing", "It answered 500: not now")
        for seconds in (6, 11, 22):
            await workspace.advance(seconds=seconds)

        assert len(bad.calls) == 1
        assert (await _state(workspace, endpoint_id))["status"] == "ok"


async def test_an_endpoint_that_fails_for_three_days_is_disabled_and_shows_why(workspace: Workspace) -> None:
    async with webhook_sink() as sink:
        sink.answer = 503
        endpoint_id = await _endpoint(workspace, sink, events=["profiles:updated"])
        await workspace.identify("u-1", plan="team")
        for _ in range(73):
            await workspace.advance(hours=1)

        state = await _state(workspace, endpoint_id)
        assert (state["status"], state["failed"], state["waiting"]) == ("disabled", 1, 0)
        assert state["status_reason"] == "No call has gone well for three days. It began with: It answered 503: not now"
        await workspace.identify("u-1", plan="pro")
        assert (await _state(workspace, endpoint_id))["waiting"] == 0

        sink.answer = 200
        await workspace.call("PUT", f"/integrations/webhooks/{endpoint_id}", {"enabled": True})
        failed = (await workspace.call("GET", f"/integrations/webhooks/{endpoint_id}/failures"))["results"]
        await workspace.call("POST", f"/integrations/webhooks/{endpoint_id}/failures/{failed[0]['id']}/resend", status=202)
        await workspace.rest()
    assert sink.of("profiles:updated") == [{"user_id": "u-1", "profile": {"plan": "team"}}]
    assert sink.headers[0]["idempotency-key"] == failed[0]["id"]


async def test_what_waits_for_an_endpoint_goes_with_the_user_and_with_the_endpoint(workspace: Workspace) -> None:
    async with webhook_sink() as sink:
        sink.answer = 503
        endpoint_id = await _endpoint(workspace, sink, events=["profiles:updated"])
        await workspace.identify("u-1", plan="team")
        await workspace.identify("u-2", plan="team")
        assert (await _state(workspace, endpoint_id))["waiting"] == 2
        await workspace.call("DELETE", "/profiles/u-1")
        assert (await _state(workspace, endpoint_id))["waiting"] == 1

        await workspace.call("DELETE", f"/integrations/webhooks/{endpoint_id}", status=204)
        sink.answer = 200
        await workspace.advance(hours=2)
    assert sink.calls == []


async def test_a_template_that_is_published_is_told(workspace: Workspace) -> None:
    async with webhook_sink() as sink:
        await _endpoint(workspace, sink)
        notification = {"name": "N", "tags": [], "brand": None, "subscription": None, "routing": None}
        content = {"version": "2022-01-01", "elements": [{"type": "text", "content": "Hi"}]}
        made = await workspace.call("POST", "/notifications", {"notification": {**notification, "content": content}})
        await workspace.call("POST", f"/notifications/{made['id']}/publish")
        await workspace.rest()
    assert [each["id"] for each in sink.of("notification:published")] == [made["id"]]
