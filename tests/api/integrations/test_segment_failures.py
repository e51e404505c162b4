"""Dead letters of the way back to Segment."""

import pytest

from sinks import SegmentSink, segment_sink
from workspace import Workspace

pytestmark = pytest.mark.anyio


async def _set_up(workspace: Workspace, sink: SegmentSink) -> None:
    source = {"write_key": "wk_out", "endpoint": sink.url, "enabled": True}
    await workspace.call("PUT", "/integrations/segment", {"source": source})


async def _send(workspace: Workspace) -> None:
    message = {"to": {"email": "ada@example.test"}, "content": {"title": "Hello", "body": "World"}}
    await workspace.call("POST", "/send", {"message": message})
    await workspace.rest()


async def _failed(workspace: Workspace) -> list[dict]:
    return (await workspace.call("GET", "/integrations/segment/failures"))["results"]


async def test_what_segment_refused_is_shown_and_sent_again_on_request(workspace: Workspace) -> None:
    async with segment_sink() as sink:
        await _set_up(workspace, sink)
        sink.answers = [400] * 3
        await _send(workspace)
        failed = await _failed(workspace)
        answers = [
            await workspace.call("POST", f"/integrations/segment/failures/{one['id']}/resend", status=202) for one in failed
        ]
        await workspace.rest()

        assert {one["event"]["event"] for one in failed} == {"Message Sent", "Message Delivered"}
        assert answers == [{"id": one["id"], "warning": ""} for one in failed]
        assert {event["messageId"] for event in sink.events} == {one["id"] for one in failed}
        assert await _failed(workspace) == []


async def test_an_old_event_is_sent_again_with_a_warning(workspace: Workspace) -> None:
    async with segment_sink() as sink:
        await _set_up(workspace, sink)
        sink.answers = [400] * 3
        await _send(workspace)
        await workspace.advance(hours=13)
        failed = await _failed(workspace)
        answer = await workspace.call("POST", f"/integrations/segment/failures/{failed[0]['id']}/resend")
        await workspace.rest()

    assert "may count twice" in answer["warning"]


async def test_failed_events_come_in_pages(workspace: Workspace) -> None:
    async with segment_sink() as sink:
        await _set_up(workspace, sink)
        sink.answers = [400] * 3
        await _send(workspace)
    first = await workspace.call("GET", "/integrations/segment/failures?limit=1")
    second = await workspace.call("GET", f"/integrations/segment/failures?limit=1&cursor={first['paging']['cursor']}")

    assert (first["paging"]["more"], second["paging"]["more"]) == (True, False)
    assert first["results"][0]["id"] != second["results"][0]["id"]


async def test_an_unknown_failure_is_404(workspace: Workspace) -> None:
    await workspace.call("POST", "/integrations/segment/failures/posthorn-x/resend", status=404)


async def test_a_paused_way_back_goes_on_when_it_is_told_to(workspace: Workspace) -> None:
    async with segment_sink() as sink:
        await _set_up(workspace, sink)
        sink.answers = [401]
        await _send(workspace)
        paused = (await workspace.call("GET", "/integrations/segment"))["source"]["status"]
        answer = await workspace.call("POST", "/integrations/segment/resume")
        await workspace.advance(minutes=2)

        assert (paused, answer) == ("paused", {"status": "ok"})
        assert (await workspace.call("GET", "/integrations/segment"))["source"]["status"] == "ok"
        assert {event["event"] for event in sink.events} == {"Message Sent", "Message Delivered"}


async def test_what_was_never_set_up_cannot_go_on(workspace: Workspace) -> None:
    assert await workspace.call("POST", "/integrations/segment/resume") == {"status": "not_set"}
