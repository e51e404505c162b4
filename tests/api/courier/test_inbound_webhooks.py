"""Other systems report by an address of their own (courier.md 1.12)."""

from typing import Any

import pytest

from workspace import Workspace

pytestmark = pytest.mark.anyio


async def _address(workspace: Workspace, **settings: Any) -> str:
    source = await workspace.call("POST", "/sources", {"name": "billing", "kind": "webhook", **settings})
    return source["webhook_url"].removeprefix(workspace.parts.settings.public_url)


async def _automation(workspace: Workspace, **trigger: Any) -> None:
    steps = [
        {
            "action": "send",
            "message": {"to": {"email": "a@example.test"}, "content": {"title": "{{title}}{{raw}}", "body": "."}},
        }
    ]
    body = {"name": "a", "trigger": {"type": "webhook", "event_source": "billing", **trigger}, "steps": steps}
    await workspace.call("PUT", "/automations/a", body)
    await workspace.call("POST", "/automations/a/publish")


async def _report(workspace: Workspace, address: str, content: str) -> list[str]:
    answer = await workspace.client.post(address, content=content, headers={"Authorization": ""})
    assert (answer.status_code, list(answer.json())) == (202, ["messageId"])
    await workspace.rest()
    return sorted(mail["subject"] for mail in await workspace.mails())


@pytest.mark.parametrize(
    ("content", "subjects"),
    [
        ('{"event": "paid", "title": "One"}', ["One"]),
        ('[{"event": "paid", "title": "One"}, {"event": "paid", "title": "Two"}]', ["One", "Two"]),
        ('{"event": "refunded", "title": "One"}', []),
        ("just text", []),
        ("[]", []),
    ],
)
async def test_an_event_of_a_webhook_starts_what_waits_for_it(workspace: Workspace, content: str, subjects: list[str]) -> None:
    await _automation(workspace, event_id="paid")

    assert await _report(workspace, await _address(workspace), content) == subjects


@pytest.mark.parametrize(("content", "subject"), [('{"title": "One"}', "One"), ("just text", "just text"), ("7", "7")])
async def test_without_an_event_everything_of_the_source_counts(workspace: Workspace, content: str, subject: str) -> None:
    await _automation(workspace)

    assert await _report(workspace, await _address(workspace), content) == [subject]


async def test_an_address_that_nobody_has_or_that_is_off_is_not_found(workspace: Workspace) -> None:
    for address in ("/inbound/webhook/made-up", await _address(workspace, enabled=False)):
        answer = await workspace.client.post(address, content="{}")

        assert answer.status_code == 404


async def test_other_sources_have_no_such_address(workspace: Workspace) -> None:
    assert await _address(workspace, kind="server") == ""
