"""What providers report later."""

from typing import Any
from urllib.parse import urlsplit

import httpx
import pytest

from message_stand_ins import MessageCommands
from workspace import Workspace

pytestmark = pytest.mark.anyio

CONTENT = {"title": "Hello", "body": "World"}


@pytest.fixture
def commands(sqlite) -> MessageCommands:
    return MessageCommands(sqlite)


async def _installed(workspace: Workspace, alias: str, **settings: Any) -> str:
    """The path that the provider may report to."""
    made = await workspace.call("POST", "/providers", {"provider": "mock", "alias": alias, "settings": settings})
    assert made["callback_url"].startswith("http://127.0.0.1:8700/callbacks/pv_")
    return urlsplit(made["callback_url"]).path


async def _sent(workspace: Workspace) -> str:
    answer = await workspace.call("POST", "/send", {"message": {"to": {"email": "ada@example.test"}, "content": CONTENT}})
    await workspace.rest()
    return answer["requestId"]


async def _report(workspace: Workspace, path: str, *receipts: dict[str, Any]) -> dict[str, int]:
    answer = await workspace.client.post(path, json={"receipts": receipts}, headers={"authorization": ""})
    assert answer.status_code == 200, answer.text
    await workspace.rest()
    return answer.json()


async def test_a_delivery_reported_later_moves_the_message(workspace: Workspace) -> None:
    path = await _installed(workspace, "one")
    message_id = await _sent(workspace)
    counts = await _report(workspace, path, {"kind": "delivered", "message_id": message_id})

    assert counts == {"accepted": 1, "unknown": 0}
    assert (await workspace.call("GET", f"/messages/{message_id}"))["status"] == "DELIVERED"


async def test_a_bounce_reported_later_ends_the_message_with_its_reason(workspace: Workspace) -> None:
    path = await _installed(workspace, "one")
    message_id = await _sent(workspace)
    await _report(workspace, path, {"kind": "bounced", "message_id": message_id, "reason": "550 no such user"})

    message = await workspace.call("GET", f"/messages/{message_id}")
    assert (message["status"], message["reason"], message["error"]) == ("UNDELIVERABLE", "BOUNCED", "550 no such user")


async def test_the_same_report_again_is_a_duplicate_for_the_log(workspace: Workspace) -> None:
    path = await _installed(workspace, "one")
    receipt = {"kind": "delivered", "message_id": await _sent(workspace)}
    for _ in range(2):
        await workspace.advance(seconds=5)
        await _report(workspace, path, receipt)

    events = (await workspace.call("GET", "/log"))["events"]
    assert [one["duplicate"] for one in events if one["type"] == "message.delivered"] == [False, True]


async def test_messages_unknown_or_of_another_provider_are_only_counted(workspace: Workspace) -> None:
    await _installed(workspace, "one")
    await workspace.advance(seconds=1)
    other = await _installed(workspace, "two")
    message_id = await _sent(workspace)
    counts = await _report(
        workspace,
        other,
        {"kind": "bounced", "message_id": message_id},
        {"kind": "delivered", "message_id": "1-00000000-000000000000000000000000"},
    )

    assert counts == {"accepted": 0, "unknown": 2}
    assert (await workspace.call("GET", f"/messages/{message_id}"))["status"] == "SENT"


async def test_a_time_nobody_can_have_seen_is_brought_into_bounds(workspace: Workspace) -> None:
    path = await _installed(workspace, "one")
    message_id = await _sent(workspace)
    await _report(workspace, path, {"kind": "delivered", "message_id": message_id, "at": 9 * 10**18})

    assert (await workspace.call("GET", f"/messages/{message_id}"))["delivered"] == workspace.clock.now_ms()


async def test_a_token_of_another_provider_or_none_is_404(workspace: Workspace) -> None:
    one, two = await _installed(workspace, "one"), await _installed(workspace, "two")
    swapped = one.rpartition("/")[0] + "/" + two.rpartition("/")[2]
    for path in (swapped, one[:-3], "/callbacks/mailbox/x", f"{one}%FF"):
        answer = await workspace.client.post(path, json={"receipts": []})
        assert answer.status_code in {400, 404}, path


async def test_a_provider_that_was_deleted_reports_no_more(workspace: Workspace) -> None:
    path = await _installed(workspace, "one")
    await workspace.call("DELETE", f"/providers/{path.split('/')[2]}")

    assert (await workspace.client.post(path, json={"receipts": []})).status_code == 404


async def test_a_body_that_is_no_report_gets_a_sentence(client: httpx.AsyncClient) -> None:
    made = (await client.post("/providers", json={"provider": "mock"})).json()
    answer = await client.post(urlsplit(made["callback_url"]).path, content=b"{")

    assert answer.status_code == 400
    assert "Not a list of receipts" in answer.json()["message"]
