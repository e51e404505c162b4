"""From the mail in the mailbox to no more mails: one click of a mail client, and the links in a mail (RFC 8058)."""

import re
from pathlib import Path
from typing import Any

import httpx
import pytest

from flows.test_preferences import new_topic
from posthorn.clock import FrozenClock
from sinks import MailSink, SegmentSink
from studio_visit import visitor
from workspace import Workspace, running

pytestmark = pytest.mark.anyio

ONE_CLICK = "List-Unsubscribe=One-Click"
ELEMENTS = [
    {"type": "meta", "title": "News"},
    {"type": "text", "content": "Something new. {{urls.preferences}}"},
]


@pytest.fixture
async def topic_id(workspace: Workspace, segment: SegmentSink) -> str:
    """A topic with the header, a reader with an address, a Segment that listens."""
    source = {"write_key": "wk_out", "endpoint": segment.url}
    await workspace.call("PUT", "/integrations/segment", {"source": source})
    await workspace.identify("u-1", email="ada@example.test")
    return await new_topic(workspace, include_unsubscribe_header=True)


async def _mail(workspace: Workspace, topic_id: str, to: Any = None) -> dict[str, Any]:
    content = {"version": "2022-01-01", "elements": ELEMENTS}
    preferences = {"subscription_topic_id": topic_id}
    message = {"to": to or {"user_id": "u-1"}, "content": content, "preferences": preferences}
    await workspace.call("POST", "/send", {"message": message})
    await workspace.rest()
    return (await workspace.mails())[0]


async def _headers(workspace: Workspace, mail: dict[str, Any]) -> dict[str, str]:
    return (await workspace.call("GET", f"/mailbox/{mail['id']}"))["headers"]


async def _click(client: httpx.AsyncClient, headers: dict[str, str]) -> httpx.Response:
    """What a mail client does (RFC 8058, 3.2): POST of the body in the one header to the address in the other."""
    url = re.fullmatch(r"<(http[^>]+)>", headers["List-Unsubscribe"])
    assert url
    assert headers["List-Unsubscribe-Post"] == ONE_CLICK
    path = re.sub("^http://[^/]+", "", url[1])
    return await client.post(path, content=ONE_CLICK, headers={"content-type": "application/x-www-form-urlencoded"})


def _told(segment: SegmentSink) -> list[tuple[str, str]]:
    return [(one["event"], one["properties"]["source"]) for one in segment.events if one["event"].startswith("User ")]


async def test_one_click_ends_the_mails_and_segment_hears_of_it_once(
    workspace: Workspace, segment: SegmentSink, topic_id: str
) -> None:
    headers = await _headers(workspace, await _mail(workspace, topic_id))
    async with visitor(workspace) as client:
        answers = [await _click(client, headers) for _ in range(3)]
    await workspace.rest()
    await _mail(workspace, topic_id)

    assert [answer.status_code for answer in answers] == [200, 200, 200]
    assert len(await workspace.mails()) == 1
    assert _told(segment) == [("User Unsubscribed", "list_unsubscribe")]


async def test_the_links_in_the_mail_lead_to_the_pages(workspace: Workspace, segment: SegmentSink, topic_id: str) -> None:
    mail = await _mail(workspace, topic_id)
    paths = dict(re.findall(r"http://[^/\s]+(/([up])/\S+)", mail["text"]))
    unsubscribe, preferences = sorted(paths, key=lambda path: paths[path], reverse=True)
    async with visitor(workspace) as client:
        asked = await client.get(unsubscribe)
        await client.post(unsubscribe, data={"confirm": "yes"})
        page = await client.get(preferences)
        await client.post(preferences, data={"shown": topic_id, "in": topic_id})
    await workspace.rest()

    assert "Unsubscribe?" in asked.text
    assert f'value="{topic_id}">' in page.text
    assert _told(segment) == [("User Unsubscribed", "unsubscribe_link"), ("User Subscribed", "preference_page")]


async def test_an_address_without_a_user_can_leave_too(workspace: Workspace, segment: SegmentSink, topic_id: str) -> None:
    to = {"email": "somebody@example.test"}
    headers = await _headers(workspace, await _mail(workspace, topic_id, to))
    async with visitor(workspace) as client:
        await _click(client, headers)
    await workspace.rest()
    await _mail(workspace, topic_id, to)

    assert len(await workspace.mails()) == 1
    told = next(one for one in segment.events if one["event"] == "User Unsubscribed")
    assert "userId" not in told
    assert told["anonymousId"].startswith("courier-")


async def test_a_mail_without_a_topic_has_no_such_header(workspace: Workspace, topic_id: str) -> None:
    mail = await _mail(workspace, "pt_unknown")

    assert not {"List-Unsubscribe", "List-Unsubscribe-Post"} & (await _headers(workspace, mail)).keys()


async def test_a_link_sent_to_an_id_that_was_merged_is_the_users(
    workspace: Workspace, segment: SegmentSink, topic_id: str
) -> None:
    await workspace.send_event({"type": "identify", "anonymousId": "a-9", "traits": {"email": "eve@example.test"}})
    headers = await _headers(workspace, await _mail(workspace, topic_id, {"user_id": "a-9"}))
    await workspace.send_event({"type": "identify", "userId": "u-9", "anonymousId": "a-9"})
    async with visitor(workspace) as client:
        answer = await _click(client, headers)
    await workspace.rest()

    assert "You are unsubscribed" in answer.text
    told = [one["userId"] for one in segment.events if one["event"] == "User Unsubscribed"]
    chosen = (await workspace.call("GET", "/users/a-9/preferences"))["items"]
    assert (told, [one["status"] for one in chosen]) == (["u-9"], ["OPTED_OUT"])


async def test_a_mail_server_is_given_both_ways_to_unsubscribe(tmp_path: Path, clock: FrozenClock, letters: MailSink) -> None:
    async with running(tmp_path, clock, unsubscribe_mailto="leave@example.test") as workspace:
        await workspace.call("POST", "/providers", {"provider": "smtp", "settings": letters.settings})
        topic_id = await new_topic(workspace, include_unsubscribe_header=True)
        content = {"title": "News", "body": "Something new"}
        message = {"to": {"user_id": "u-1", "email": "ada@example.test"}, "content": content}
        preferences = {"subscription_topic_id": topic_id}
        await workspace.call("POST", "/send", {"message": {**message, "preferences": preferences}})
        await workspace.rest()
        letter = letters.letters[0]
        link, mailto = str(letter["List-Unsubscribe"]).split(", ")
        async with visitor(workspace) as client:
            answer = await _click(client, {"List-Unsubscribe": link, "List-Unsubscribe-Post": letter["List-Unsubscribe-Post"]})

    assert (answer.status_code, "You are unsubscribed" in answer.text) == (200, True)
    token = link.rpartition("/")[2].removesuffix(">")
    assert mailto == f"<mailto:leave@example.test?subject=unsubscribe%20{token}>"
