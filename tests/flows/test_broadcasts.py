"""Broadcasts: drafted, scheduled, called back, sent (courier.md 9.9). The clock stands at 2026-03-02 09:20 UTC."""

from typing import Any

import pytest

from workspace import Workspace

pytestmark = pytest.mark.anyio

CONTENT = {"elements": [{"type": "meta", "title": "News"}, {"type": "text", "content": "Dear {{profile.given_name}}"}]}
TO_NEWS = {"recipient_id": "news", "recipient_type": "list"}


@pytest.fixture
async def office(workspace: Workspace) -> Workspace:
    for number in (1, 2):
        await workspace.identify(f"u-{number}", email=f"u-{number}@example.test", firstName=f"N{number}")
        await workspace.call("PUT", f"/lists/news/subscriptions/u-{number}")
    return workspace


async def _draft(workspace: Workspace, *, with_content: bool = True) -> str:
    made = await workspace.call("POST", "/broadcasts", {"name": "March", "channel": "email"}, status=201)
    if with_content:
        await workspace.call("PUT", f"/broadcasts/{made['id']}/content", {"content": CONTENT})
    return made["id"]


async def _read(workspace: Workspace, broadcast_id: str) -> dict[str, Any]:
    return await workspace.call("GET", f"/broadcasts/{broadcast_id}")


async def _schedule(workspace: Workspace, broadcast_id: str, at: str, zone: str | None = None, **more: Any) -> Any:
    body = {**TO_NEWS, "scheduled_to": at, "timezone": zone}
    return await workspace.call("POST", f"/broadcasts/{broadcast_id}/schedule", body, **more)


async def test_a_draft_is_sent_to_everybody_on_the_list_once(office: Workspace) -> None:
    draft = await _draft(office)
    sending = await office.call("POST", f"/broadcasts/{draft}/send", TO_NEWS)
    await office.rest()

    assert (sending["status"], (await _read(office, draft))["status"]) == ("sending", "sent")
    assert sorted(mail["text"].strip() for mail in await office.mails()) == ["Dear N1", "Dear N2"]
    found = (await office.call("GET", "/messages?list=news"))["results"]
    assert (await office.call("GET", f"/messages/{found[0]['id']}"))["jobId"] == draft
    for action in ("send", "schedule", "cancel"):
        body = {**TO_NEWS, "scheduled_to": "2030-01-01T00:00"}
        await office.call("POST", f"/broadcasts/{draft}/{action}", body, status=409)


async def test_it_goes_out_at_the_time_on_the_wall_of_its_zone(office: Workspace) -> None:
    draft = await _draft(office)
    scheduled = await _schedule(office, draft, "2026-03-02T11:20:00", "Europe/Berlin")
    await office.advance(minutes=59)
    early = (await _read(office, draft))["status"], len(await office.mails())
    await office.advance(minutes=1)

    assert scheduled["status"] == "scheduled"
    assert scheduled["schedule"] == {**TO_NEWS, "scheduled_to": "2026-03-02T11:20:00", "timezone": "Europe/Berlin"}
    assert (early, (await _read(office, draft))["status"], len(await office.mails())) == (("scheduled", 0), "sent", 2)


async def test_without_a_zone_it_is_utc_and_a_new_time_replaces_the_old_one(office: Workspace) -> None:
    draft = await _draft(office)
    await _schedule(office, draft, "2026-03-02T09:30:00")
    await _schedule(office, draft, "2026-03-02T10:00:00")
    await office.advance(minutes=20)
    early = len(await office.mails())
    await office.advance(minutes=20)

    assert (early, len(await office.mails())) == (0, 2)


async def test_a_scheduled_one_that_is_canceled_is_a_draft_again(office: Workspace) -> None:
    draft = await _draft(office)
    await _schedule(office, draft, "2026-03-02T10:00:00")
    canceled = await office.call("POST", f"/broadcasts/{draft}/cancel")
    await office.advance(hours=2)

    assert (canceled["status"], canceled.get("schedule"), await office.mails()) == ("draft", None, [])
    await office.call("POST", f"/broadcasts/{draft}/cancel", status=409)
    await office.call("POST", f"/broadcasts/{draft}/send", TO_NEWS)
    await office.rest()
    assert len(await office.mails()) == 2


async def test_what_is_edited_after_the_scheduling_does_not_go_out(office: Workspace) -> None:
    draft = await _draft(office)
    await _schedule(office, draft, "2026-03-02T10:00:00")
    other = {"content": {"elements": [{"type": "text", "content": "half written"}]}}
    await office.call("PUT", f"/broadcasts/{draft}/content", other)
    await office.advance(hours=1)

    assert {mail["text"].strip() for mail in await office.mails()} == {"Dear N1", "Dear N2"}


async def test_a_copy_is_a_draft_of_its_own(office: Workspace) -> None:
    draft = await _draft(office)
    await office.call("POST", f"/broadcasts/{draft}/send", TO_NEWS)
    copy = await office.call("POST", f"/broadcasts/{draft}/duplicate")
    await office.call("PUT", f"/broadcasts/{copy['id']}", {"name": "April"})

    content = await office.call("GET", f"/broadcasts/{copy['id']}/content")
    assert (copy["name"], copy["status"], copy["id"] != draft) == ("March (copy)", "draft", True)
    assert [one["type"] for one in content["elements"]] == ["meta", "text"]
    listed = (await office.call("GET", "/broadcasts?limit=1"))["results"]
    assert [one["id"] for one in listed] == [max(copy["id"], draft)]


async def test_an_archived_one_is_gone_and_not_sent_any_more(office: Workspace) -> None:
    draft = await _draft(office)
    await _schedule(office, draft, "2026-03-02T10:00:00")
    archived = await office.call("DELETE", f"/broadcasts/{draft}", status=200)
    await office.advance(hours=1)

    assert archived["archived_at"]
    assert await office.mails() == []
    await office.call("GET", f"/broadcasts/{draft}", status=404)
    assert (await office.call("GET", "/broadcasts"))["results"] == []


async def test_its_content_is_not_listed_among_the_templates(office: Workspace) -> None:
    await _draft(office)

    assert (await office.call("GET", "/notifications"))["results"] == []


@pytest.mark.parametrize(
    ("at", "zone", "text"),
    [
        ("2026-03-02T09:00:00", None, "has passed"),
        ("soon", None, "is not a time"),
        ("2026-03-02T12:00:00", "Mars/Base", "There is no time zone"),
    ],
)
async def test_a_time_that_is_none_is_refused(office: Workspace, at: str, zone: str | None, text: str) -> None:
    draft = await _draft(office)

    assert text in (await _schedule(office, draft, at, zone, status=400))["message"]
    assert (await _read(office, draft))["status"] == "draft"


async def test_without_content_it_cannot_be_sent(office: Workspace) -> None:
    draft = await _draft(office, with_content=False)

    answer = await office.call("POST", f"/broadcasts/{draft}/send", TO_NEWS, status=400)
    assert "no content yet" in answer["message"]


@pytest.mark.parametrize("body", [{"name": "x"}, {"name": "", "channel": "email"}, {"name": "x", "channel": "pigeon"}])
async def test_a_broadcast_of_the_wrong_form_is_refused(office: Workspace, body: dict[str, str]) -> None:
    await office.call("POST", "/broadcasts", body, status=400)
