"""The messages API."""

from itertools import count

import httpx
import pytest
from msgspec.structs import replace

from message_stand_ins import MessageCommands
from posthorn.api.context import Context
from posthorn.messages import store

pytestmark = pytest.mark.anyio

MESSAGE = {
    "to": {"user_id": "u-1042"},
    "content": {"title": "Hello", "body": "Dear {{name}}"},
    "data": {"name": "Ada"},
    "metadata": {"tags": ["cart"], "trace_id": "t-55"},
}


@pytest.fixture
def commands(sqlite) -> MessageCommands:
    return MessageCommands(sqlite)


@pytest.fixture
def context(context: Context) -> Context:
    numbers = count(1)
    return replace(context, seed=lambda: next(numbers).to_bytes(4) + bytes(12))


async def _sent(client: httpx.AsyncClient, **fields: object) -> str:
    answer = await client.post("/send", json={"message": {**MESSAGE, **fields}})
    return answer.json()["requestId"]


async def test_a_message_is_shown_with_its_required_texts_and_what_is_known(client: httpx.AsyncClient) -> None:
    message_id = await _sent(client)
    message = (await client.get(f"/messages/{message_id}")).json()

    assert message["id"] == message["requestId"] == message_id
    assert (message["status"], message["recipient"]) == ("ROUTED", "u-1042")
    assert (message["event"], message["notification"]) == ("", "")
    assert (message["tags"], message["trace_id"]) == (["cart"], "t-55")
    assert message["providers"] == [{"channel": {"key": "email", "name": "email", "template": ""}, "provider": "mailbox"}]
    assert isinstance(message["enqueued"], int)


async def test_an_unknown_message_is_404_everywhere(client: httpx.AsyncClient) -> None:
    for method, path in [("GET", ""), ("GET", "/history"), ("GET", "/output"), ("POST", "/cancel"), ("POST", "/resend")]:
        answer = await client.request(method, f"/messages/1-0-0{path}")
        assert (answer.status_code, answer.json()["message"]) == (404, "Message not found")


async def test_a_message_of_the_other_environment_is_not_shown(client: httpx.AsyncClient) -> None:
    message_id = await _sent(client)
    answer = await client.get(f"/messages/{message_id}", headers={"authorization": "Bearer My API Key"})

    assert answer.status_code == 404


@pytest.mark.parametrize(
    ("query", "count"),
    [
        ("", 1),
        ("status=SENT&status=ROUTED", 1),
        ("status=SENT,ROUTED", 1),
        ("status=SENT", 0),
        ("recipient=u-1042&tag=cart&traceId=t-55", 1),
        ("tags=other,cart", 1),
        ("tags=other", 0),
        ("provider=smtp&provider=mailbox", 1),
        ("enqueued_after=2026-01-01T00:00:00Z", 1),
        ("enqueued_after=2036-01-01", 0),
        ("archived=true", 0),
        ("archived=false", 1),
    ],
)
async def test_a_list_is_narrowed_by_what_is_asked(client: httpx.AsyncClient, query: str, count: int) -> None:
    await _sent(client)
    answer = await client.get(f"/messages?{query}")

    assert (answer.status_code, len(answer.json()["results"])) == (200, count)
    assert answer.json()["paging"] == {"more": False}


@pytest.mark.parametrize(
    "query", ["cursor=%25", "status=LOST", "enqueued_after=soon", "archived=perhaps", "tags=" + ",".join("abcdefghijk")]
)
async def test_a_wrong_query_is_400(client: httpx.AsyncClient, query: str) -> None:
    assert (await client.get(f"/messages?{query}")).status_code == 400


async def test_a_history_is_whole_and_can_be_narrowed(client: httpx.AsyncClient) -> None:
    message_id = await _sent(client)
    lines = (await client.get(f"/messages/{message_id}/history")).json()["results"]
    loaded = (await client.get(f"/messages/{message_id}/history?type=PROFILE_LOADED")).json()["results"]

    assert [line["type"] for line in lines] == ["ENQUEUED", "PROFILE_LOADED", "DELIVERING"]
    assert lines[0]["data"] == {"name": "Ada"}
    assert [line["merged_profile"] for line in loaded] == [{"email": "ada@example.test"}]
    assert (await client.get(f"/messages/{message_id}/history?type=LOST")).status_code == 400


async def test_the_output_is_rendered_again_and_stays_the_same(client: httpx.AsyncClient) -> None:
    message_id = await _sent(client)
    first, second = [(await client.get(f"/messages/{message_id}/output")).json() for _ in range(2)]

    assert first == second
    (result,) = first["results"]
    assert (result["channel"], result["content"]["subject"]) == ("email", "Hello")
    assert "Dear Ada" in result["content"]["html"]
    assert set(result["content"]) == {"html", "title", "body", "subject", "text", "blocks"}


async def test_what_waits_is_canceled_and_stays_canceled(client: httpx.AsyncClient) -> None:
    message_id = await _sent(client, delay={"duration": 3_600_000})
    for _ in range(2):
        answer = await client.post(f"/messages/{message_id}/cancel")
        assert (answer.status_code, answer.json()["status"]) == (200, "CANCELED")
        assert isinstance(answer.json()["canceledAt"], int)


async def test_what_is_under_way_is_409_with_the_unchanged_message(client: httpx.AsyncClient) -> None:
    message_id = await _sent(client)
    answer = await client.post(f"/messages/{message_id}/cancel")

    assert (answer.status_code, answer.json()["status"]) == (409, "ROUTED")
    assert answer.headers["x-should-retry"] == "false"


async def test_a_resend_is_a_new_message_with_the_same_content(client: httpx.AsyncClient) -> None:
    message_id = await _sent(client)
    answer = await client.post(f"/messages/{message_id}/resend")
    copy = (await client.get(f"/messages/{answer.json()['messageId']}/output")).json()

    assert answer.status_code == 202
    assert answer.json()["messageId"] != message_id
    assert copy["results"][0]["content"]["subject"] == "Hello"


async def test_what_was_pruned_cannot_be_sent_again(client: httpx.AsyncClient, sqlite) -> None:
    message_id = await _sent(client)
    async with sqlite.transaction() as tx:
        await tx.run("DELETE FROM message_contents")

    assert (await client.post(f"/messages/{message_id}/resend")).status_code == 409
    assert (await client.get(f"/messages/{message_id}")).status_code == 200


async def test_an_archived_request_leaves_the_list(client: httpx.AsyncClient, sqlite) -> None:
    message_id = await _sent(client)
    answer = await client.put(f"/requests/{message_id}/archive")

    assert (answer.status_code, answer.content) == (204, b"")
    assert (await client.get("/messages")).json()["results"] == []
    assert len((await client.get("/messages?archived=true")).json()["results"]) == 1
    assert isinstance((await client.get(f"/messages/{message_id}")).json()["archivedAt"], int)
    assert (await client.put("/requests/1-0-0/archive")).status_code == 404
    async with sqlite.snapshot() as tx:
        assert await store.find_message(tx, "production", 1, message_id)
