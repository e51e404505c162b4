"""Mail servers and a Segment that are slow, refuse, or break off: nothing is lost, and nothing is new when it comes again."""

from collections.abc import AsyncIterator
from typing import Any

import anyio
import pytest
from aiohttp import web

from faults.fault_shop import automation
from faults.fault_sinks import MailSink, mail_sink
from posthorn.clock import FrozenClock
from sinks import SegmentSink, segment_sink
from workspace import Workspace, running

pytestmark = pytest.mark.anyio


class MoodySegment(SegmentSink):
    """A Segment that answers as it is told. moods: for the next requests, one each: (status, Retry-After) or None to hang up.

    poison: user whose events it never takes. tries: (sentAt, messageIds) of every request, refused ones included.
    """

    def __init__(self) -> None:
        super().__init__()
        self.moods: list[tuple[int, str] | None] = []
        self.poison = ""
        self.tries: list[tuple[str, list[str]]] = []

    async def take(self, request: web.Request) -> web.Response:
        body: dict[str, Any] = await self.body(request)
        self.tries.append((body["sentAt"], [event["messageId"] for event in body["batch"]]))
        mood = self.moods.pop(0) if self.moods else (200, "")
        if mood is None:
            assert request.transport
            request.transport.close()
            return web.Response()
        status, retry_after = mood
        if status == 200 and self.poison and any(event["userId"] == self.poison for event in body["batch"]):
            status = 400
        if status == 200:
            self.batches.append(body)
        return web.json_response({}, status=status, headers={"retry-after": retry_after} if retry_after else {})


@pytest.fixture
async def mails() -> AsyncIterator[MailSink]:
    async with mail_sink() as sink:
        yield sink


@pytest.fixture
async def segment() -> AsyncIterator[MoodySegment]:
    async with segment_sink(MoodySegment()) as sink:
        assert isinstance(sink, MoodySegment)
        yield sink


async def _connect_segment(workspace: Workspace, segment: SegmentSink) -> None:
    source = {"write_key": "wk_out", "endpoint": segment.url, "enabled": True}
    await workspace.call("PUT", "/integrations/segment", {"source": source})


async def _use_smtp(workspace: Workspace, mails: MailSink) -> None:
    settings = {"host": "127.0.0.1", "port": mails.port, "tls": "none", "from_address": "shop@example.test"}
    await workspace.call("POST", "/providers", {"provider": "smtp", "settings": settings})


async def _welcome(workspace: Workspace, *users: str) -> None:
    """Makes each user known and sends a mail to each, all from one batch."""
    message = {"to": {"user_id": "refs.data.userId"}, "content": {"title": "Hello", "body": "You"}}
    await workspace.call("PUT", "/automations/hello", automation("hello", [{"action": "send", "message": message}]))
    await workspace.call("POST", "/automations/hello/publish")
    known = [{"type": "identify", "userId": user, "traits": {"email": f"{user}@example.test"}} for user in users]
    orders = [{"type": "track", "userId": user, "event": "Ordered"} for user in users]
    await workspace.call("POST", "/v1/batch", {"batch": known + orders}, auth=("wk_flow", ""))


async def _statuses(workspace: Workspace) -> list[str]:
    return [one["status"] for one in (await workspace.call("GET", "/messages"))["results"]]


async def test_a_mail_that_is_deferred_goes_out_once_when_the_server_takes_it(workspace: Workspace, mails: MailSink) -> None:
    mails.refusals = ["451 later", "421 busy"]
    await _use_smtp(workspace, mails)
    await _welcome(workspace, "u1")
    await workspace.rest()
    before = (len(mails.mails), await _statuses(workspace))
    for _ in range(2):
        await workspace.advance(seconds=5)

    assert before == (0, ["ROUTED"])
    assert (len(mails.mails), await _statuses(workspace)) == (1, ["SENT"])


async def test_a_mail_whose_answer_got_lost_comes_again_under_the_same_message_id(
    workspace: Workspace, mails: MailSink
) -> None:
    mails.refusals = ["drop"]
    await _use_smtp(workspace, mails)
    await _welcome(workspace, "u1")
    await workspace.rest()
    await workspace.advance(seconds=5)

    assert len(mails.mails) == 2
    assert len({mail.message_id for mail in mails.mails}) == 1
    assert await _statuses(workspace) == ["SENT"]


async def test_a_mail_server_that_hangs_slows_nobody_else(workspace: Workspace, mails: MailSink, segment: MoodySegment) -> None:
    await _connect_segment(workspace, segment)
    await _use_smtp(workspace, mails)
    mails.shut()
    await _welcome(workspace, *(f"u{number}" for number in range(20)))
    await workspace.call("POST", "/send", {"message": {"to": {"user_id": "u1"}, "content": {"title": "a", "body": "b"}}})
    await workspace.call("POST", "/providers", {"provider": "mock", "settings": {"channel": "sms"}})
    text = {
        "to": {"phone_number": "+49"},
        "content": {"title": "a", "body": "b"},
        "routing": {"method": "all", "channels": ["sms"]},
    }
    await workspace.call("POST", "/send", {"message": text})

    with anyio.fail_after(10):
        while not segment.events:
            await anyio.sleep(0.005)
    told = [event["properties"]["channel"] for event in segment.events]
    mails.open()
    await workspace.rest()

    assert told == ["sms"]
    assert len(mails.mails) == 21
    assert set(await _statuses(workspace)) == {"SENT"}


async def test_segment_fails_in_every_way_and_gets_nine_of_ten_once(workspace: Workspace, segment: MoodySegment) -> None:
    segment.moods = [(500, ""), (429, "7"), None]
    segment.poison = "u4"
    await workspace.call("PUT", "/integrations/segment", {"source": _source(segment, delivered=False)})
    await _welcome(workspace, *(f"u{number}" for number in range(10)))
    await workspace.rest()
    for _ in range(4):
        await workspace.advance(seconds=8)

    ids = [event["messageId"] for batch in segment.batches for event in batch["batch"]]
    state = (await workspace.call("GET", "/integrations/segment"))["source"]
    sent_at, first = segment.tries[0]
    assert (len(ids), len(set(ids))) == (9, 9)
    assert (state["pending_count"], state["failed_count"], state["status"]) == (0, 1, "ok")
    assert set(ids) < set(first)
    assert len({at for at, _ in segment.tries}) == 4
    assert segment.tries[1][1] == segment.tries[2][1] == segment.tries[3][1] == first
    assert sent_at < segment.tries[1][0] < segment.tries[2][0] < segment.tries[3][0]


async def test_events_that_come_meanwhile_wait_as_long_as_segment_asks(workspace: Workspace, segment: MoodySegment) -> None:
    segment.moods = [(429, "7")]
    await _connect_segment(workspace, segment)
    await _welcome(workspace, "u1")
    await workspace.rest()
    await workspace.advance(seconds=1)
    await _welcome(workspace, "u2")
    await workspace.advance(seconds=5)
    early = len(segment.tries)
    await workspace.advance(seconds=2)

    assert early == 1
    assert [event["userId"] for event in segment.events] == ["u1", "u1", "u2", "u2"]


async def test_a_key_that_is_refused_pauses_the_way_back_until_the_settings_are_saved(
    workspace: Workspace, segment: MoodySegment
) -> None:
    segment.moods = [(401, "")]
    await _connect_segment(workspace, segment)
    await _welcome(workspace, "u1", "u2")
    await workspace.rest()
    await workspace.advance(hours=2)
    await _welcome(workspace, "u3")
    await workspace.advance(minutes=5)
    paused = (await workspace.call("GET", "/integrations/segment"))["source"]
    tries = len(segment.tries)
    await _connect_segment(workspace, segment)
    await workspace.advance(minutes=1)

    sent = [event["messageId"] for batch in segment.batches for event in batch["batch"]]
    assert (paused["status"], paused["pending_count"], tries) == ("paused", 6, 1)
    assert (len(sent), len(set(sent))) == (6, 6)


async def test_a_restart_between_two_tries_changes_no_message_id(
    tmp_path: Any, clock: FrozenClock, segment: MoodySegment
) -> None:
    segment.moods = [(500, "")]
    async with running(tmp_path, clock) as first:
        await _connect_segment(first, segment)
        await _welcome(first, "u1")
        await first.rest()
    async with running(tmp_path, clock) as second:
        await second.advance(seconds=5)

    assert segment.tries[0][1] == [event["messageId"] for event in segment.events]
    assert len(segment.tries) == 2


def _source(segment: SegmentSink, *, delivered: bool) -> dict[str, Any]:
    events = {"Message Delivered": delivered}
    return {"write_key": "wk_out", "endpoint": segment.url, "enabled": True, "events": events}
