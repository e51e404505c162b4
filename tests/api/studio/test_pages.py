"""Every page, empty and filled, and what hostile events become in them."""

import re
from typing import Any

import pytest

from sinks import segment_sink
from studio_visit import signed_in, text_of
from workspace import Workspace

pytestmark = pytest.mark.anyio

PAGES = ("/studio/", "/studio/events", "/studio/messages", "/studio/mailbox", "/studio/segment", "/studio/parked")
EVIL = "<script>alert(1)</script>\"'><img src=x onerror=alert(2)>"
WELCOME: dict[str, Any] = {
    "name": "Welcome",
    "trigger": {"type": "segment", "request_type": "track", "event": "Signed Up"},
    "steps": [
        {
            "action": "send",
            "message": {
                "to": {"user_id": "refs.data.userId"},
                "content": {"title": "Welcome {{name}}", "body": "Your plan is {{plan}}."},
            },
        }
    ],
}


async def _welcome(workspace: Workspace, **properties: Any) -> None:
    await workspace.call("PUT", "/automations/welcome", WELCOME)
    await workspace.call("POST", "/automations/welcome/publish")
    await workspace.identify("u-1", email="ada@example.test")
    await workspace.track("u-1", "Signed Up", **properties)


async def _event_page(client: Any, name: str) -> str:
    listed = await text_of(client, "/studio/events")
    found = re.search(rf'href="(/studio/events/evt_[^"]+)"[^>]*>(?:(?!</a>).)*{re.escape(name)}', listed, re.DOTALL)
    assert found, listed
    return await text_of(client, found[1])


async def test_the_overview_says_that_nothing_was_received_yet(workspace: Workspace) -> None:
    async with signed_in(workspace) as client:
        page = await text_of(client, "/studio/")

    assert "No Segment events received yet." in page
    assert "to do" in page


@pytest.mark.parametrize("path", PAGES)
async def test_an_empty_page_is_whole_and_strict(workspace: Workspace, path: str) -> None:
    async with signed_in(workspace) as client:
        answer = await client.get(path)

    policy = answer.headers["content-security-policy"]
    assert answer.status_code == 200
    assert answer.text.count("<h1") == 1
    assert answer.text.rstrip().endswith("</html>")
    assert "unsafe" not in policy
    assert "default-src 'none'" in policy
    assert "frame-ancestors 'none'" in policy
    assert answer.headers["cache-control"] == "no-store"
    assert answer.headers["x-content-type-options"] == "nosniff"


async def test_a_received_kind_shows_with_its_count_and_what_it_may_start(workspace: Workspace) -> None:
    async with signed_in(workspace) as client:
        await _welcome(workspace, plan="team")
        await workspace.track("u-1", "Signed Up", plan="solo")
        page = await text_of(client, "/studio/")

    row = re.search(r"<tr>(?:(?!</tr>).)*track/Signed Up(?:(?!</tr>).)*</tr>", page, re.DOTALL)
    assert row
    assert '<td class="number">2</td>' in row[0]
    assert "Welcome" in row[0]
    assert "No Segment events received yet." not in page


async def test_an_event_shows_its_run_its_steps_and_its_message(workspace: Workspace) -> None:
    async with signed_in(workspace) as client:
        await _welcome(workspace, plan="team")
        page = await _event_page(client, "Signed Up")

    assert "Runs it started" in page
    assert "PROCESSED" in page
    assert re.search(r'href="/studio/messages/1-[^"]+"', page)
    assert "&quot;plan&quot;: &quot;team&quot;" in page.replace("&#34;", "&quot;")


async def test_a_kind_leads_to_its_latest_events(workspace: Workspace) -> None:
    async with signed_in(workspace) as client:
        await workspace.track("u-1", "Signed Up")
        await workspace.track("u-1", "Left")
        page = await text_of(client, "/studio/events?key=track%2FSigned%20Up")

    assert page.count('href="/studio/events/evt_') == 1
    assert "Left" not in page


async def test_the_log_leads_on_to_older_events(workspace: Workspace) -> None:
    async with signed_in(workspace) as client:
        batch = [{"type": "track", "userId": f"u-{at}", "event": f"Number {at:03}"} for at in range(150)]
        await workspace.client.post("/v1/batch", json={"batch": batch}, auth=("wk_flow", ""))
        await workspace.rest()
        first = await text_of(client, "/studio/events")
        older = re.search(r'href="(/studio/events\?before=[^"]+)"', first)
        assert older
        second = await text_of(client, older[1])

    seen = re.findall(r"Number (\d{3})", first) + re.findall(r"Number (\d{3})", second)
    assert seen == [f"{at:03}" for at in reversed(range(150))]
    assert "before=" not in second


async def test_secrets_in_a_payload_are_masked(workspace: Workspace) -> None:
    async with signed_in(workspace) as client:
        await workspace.track("u-1", "Phone Added", token="device-secret", context={"Authorization": "Bearer abc"})
        page = await _event_page(client, "Phone Added")

    assert "device-secret" not in page
    assert "Bearer abc" not in page
    assert "********" in page


async def test_a_number_that_no_double_holds_can_be_shown(workspace: Workspace) -> None:
    async with signed_in(workspace) as client:
        body = b'{"batch":[{"type":"track","userId":"u-1","event":"Huge","properties":{"n":1e999}}]}'
        await workspace.client.post(
            "/v1/batch", content=body, auth=("wk_flow", ""), headers={"content-type": "application/json"}
        )
        await workspace.rest()
        page = await _event_page(client, "Huge")

    assert "As it came" in page


async def test_warnings_of_an_event_are_shown(workspace: Workspace) -> None:
    async with signed_in(workspace) as client:
        await workspace.send_event({"type": "track", "userId": "u-1", "event": "Odd", "timestamp": "yesterday"})
        page = await _event_page(client, "Odd")

    assert "invalid_timestamp" in page


async def test_a_duplicate_is_marked(workspace: Workspace) -> None:
    async with signed_in(workspace) as client:
        for _ in range(2):
            await workspace.send_event({"type": "track", "userId": "u-1", "event": "Once", "messageId": "m-1"})
        page = await text_of(client, "/studio/events")

    assert page.count('badge warn">duplicate') == 1


async def test_a_message_shows_status_history_and_output(workspace: Workspace) -> None:
    async with signed_in(workspace) as client:
        await _welcome(workspace, plan="team", name="Ada")
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
        await _welcome(workspace, plan="team")
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
    assert "the recipient has no address for it." in page


async def test_messages_can_be_narrowed_by_status(workspace: Workspace) -> None:
    async with signed_in(workspace) as client:
        await _welcome(workspace)
        page = await text_of(client, "/studio/messages?status=CANCELED")

    assert "No message like that." in page


async def test_a_mail_can_be_read_with_text_headers_and_source(workspace: Workspace) -> None:
    async with signed_in(workspace) as client:
        await _welcome(workspace, plan="team", name="Ada")
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


async def test_a_frame_may_run_nothing(workspace: Workspace) -> None:
    async with signed_in(workspace) as client:
        await _welcome(workspace)
        mail_id = (await workspace.mails())[0]["id"]
        policy = (await client.get(f"/studio/mailbox/{mail_id}/html")).headers["content-security-policy"]

    assert "sandbox" in policy
    assert "allow-scripts" not in policy
    assert "allow-same-origin" not in policy
    assert "script-src" not in policy
    assert "default-src 'none'" in policy
    assert "frame-ancestors 'self'" in policy


async def test_hostile_text_is_escaped_on_every_page(workspace: Workspace) -> None:
    async with signed_in(workspace) as client:
        await workspace.call("PUT", "/automations/welcome", {**WELCOME, "name": EVIL})
        await workspace.call("POST", "/automations/welcome/publish")
        user = f"u{EVIL}"
        await workspace.identify(user, email="ada@example.test", given_name=EVIL)
        await workspace.track(user, "Signed Up", name=EVIL, plan=EVIL)
        await workspace.track(user, EVIL)
        pages = [*PAGES, *await _links(client)]
        texts = {path: await text_of(client, path) for path in pages}

    assert len(pages) > 10
    for path, text in texts.items():
        assert "<script>alert" not in text, path
        assert "<img src=x" not in text, path


async def test_the_way_back_is_shown_without_its_key(workspace: Workspace) -> None:
    async with segment_sink() as sink, signed_in(workspace) as client:
        source = {"write_key": "wk_secret_of_segment", "endpoint": sink.url, "enabled": True}
        await workspace.call("PUT", "/integrations/segment", {"source": source})
        page = await text_of(client, "/studio/segment")

    assert "wk_secret_of_segment" not in page
    assert "********ment" in page
    assert sink.url in page
    assert "Message Clicked" in page


async def test_segment_is_told_the_real_address_and_no_whole_key(workspace: Workspace) -> None:
    async with signed_in(workspace) as client:
        page = await text_of(client, "/studio/segment")

    assert f"{workspace.parts.settings.public_url}/inbound/segment" in page
    assert "pk_prod_flow" not in page
    assert "wk_flow" not in page


async def test_the_other_environment_is_shown_and_remembered(workspace: Workspace) -> None:
    async with signed_in(workspace) as client:
        await workspace.track("u-1", "Signed Up")
        switched = await text_of(client, "/studio/?environment=test")
        remembered = await text_of(client, "/studio/")
        back = await text_of(client, "/studio/?environment=production")

    assert "track/Signed Up" not in switched
    assert "No Segment events received yet." in remembered
    assert "track/Signed Up" in back


async def test_what_belongs_to_the_other_environment_is_not_found(workspace: Workspace) -> None:
    async with signed_in(workspace) as client:
        await _welcome(workspace)
        paths = [path for path in await _links(client) if "before=" not in path and "key=" not in path]
        answers = [await client.get(f"{path}?environment=test") for path in paths]

    assert paths
    assert {answer.status_code for answer in answers} == {404}


@pytest.mark.parametrize(
    "path",
    [
        "/studio/events/evt_0_99_0",
        "/studio/events/%00",
        "/studio/events?before=damaged",
        "/studio/events?key=track%2FNever",
        "/studio/messages/none",
        "/studio/mailbox/none",
        "/studio/nowhere/at/all",
        "/studio/assets/none.css",
    ],
)
async def test_what_is_not_there_is_said_on_a_page(workspace: Workspace, path: str) -> None:
    async with signed_in(workspace) as client:
        answer = await client.get(path)

    assert answer.status_code in (400, 404)
    assert "Back to the overview" in answer.text


async def test_assets_may_be_kept_for_ever_by_their_version(workspace: Workspace) -> None:
    async with signed_in(workspace) as client:
        page = await text_of(client, "/studio/")
        found = re.findall(r'(?:href|src)="(/studio/assets/[^"]+)"', page)
        answers = [await client.get(path) for path in found]

    assert len(found) == 3
    assert all("immutable" in answer.headers["cache-control"] for answer in answers)
    assert {answer.headers["content-type"].partition(";")[0] for answer in answers} == {
        "text/css",
        "text/javascript",
        "image/svg+xml",
    }


async def _links(client: Any) -> list[str]:
    """Every address of a single event, message, mail or frame that the lists lead to, each once."""
    found: dict[str, None] = {}
    for path in PAGES:
        for link in re.findall(r'href="(/studio/(?:events|messages|mailbox)[/?][^"]+)"', await text_of(client, path)):
            found[link.replace("&amp;", "&")] = None
            if "/messages/" in link:
                found[f"{link}/output/0"] = None
            if "/mailbox/" in link:
                found[f"{link}/html"] = None
    return list(found)
