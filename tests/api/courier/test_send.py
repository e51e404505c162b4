"""POST /send."""

import json
import re

import httpx
import pytest

from message_stand_ins import MessageCommands
from posthorn.errors import BEHIND, Unavailable

pytestmark = pytest.mark.anyio

ID = re.compile(r"1-[0-9a-f]{8}-[0-9a-f]{24}")
HELLO = {"title": "Hello", "body": "World"}


@pytest.fixture
def commands(sqlite) -> MessageCommands:
    return MessageCommands(sqlite)


async def test_one_recipient_makes_the_request_the_message(client: httpx.AsyncClient, commands) -> None:
    answer = await client.post("/send", json={"message": {"to": {"user_id": "u-1"}, "content": HELLO}})

    assert answer.status_code == 202
    request_id = answer.json()["requestId"]
    assert ID.fullmatch(request_id)
    (entry,) = commands.entries
    assert (entry.type, entry.user_key, entry.environment) == ("message.requested", "u-1", "production")
    body = json.loads(entry.body)
    assert (body["message_id"], body["request_id"]) == (request_id, request_id)
    assert "to" not in body["message"]


async def test_several_recipients_have_messages_of_their_own(client: httpx.AsyncClient, commands) -> None:
    to = [{"user_id": "u-1"}, {"email": "b@example.test"}, {"user_id": "u-1"}]
    answer = await client.post("/send", json={"message": {"to": to, "content": HELLO}})

    request_id = answer.json()["requestId"]
    ids = [json.loads(entry.body)["message_id"] for entry in commands.entries]
    assert len(set(ids)) == 3
    assert all(ID.fullmatch(one) for one in ids)
    assert len({entry.message_id for entry in commands.entries}) == 3
    assert (await client.get(f"/messages/{request_id}")).status_code == 404
    found = await client.get("/messages", params={"traceId": request_id})
    assert {one["id"] for one in found.json()["results"]} == set(ids)


async def test_a_repeat_under_its_idempotency_key_sends_once(client: httpx.AsyncClient, commands) -> None:
    request = {"json": {"message": {"to": {"user_id": "u-1"}, "content": HELLO}}, "headers": {"idempotency-key": "k"}}
    first, second = await client.post("/send", **request), await client.post("/send", **request)

    assert first.json() == second.json()
    assert len(commands.entries) == 1


@pytest.mark.parametrize(
    ("body", "text"),
    [
        ({}, "message: Required"),
        ({"message": {"to": {"user_id": "u"}}}, "Invalid Request. Either 'content' or 'template' must be defined."),
        ({"message": {"content": HELLO}}, "message.to: Required"),
    ],
)
async def test_what_cannot_be_sent_is_400_and_leaves_no_event(
    client: httpx.AsyncClient, commands, body: object, text: str
) -> None:
    answer = await client.post("/send", json=body)

    assert (answer.status_code, answer.json()["type"]) == (400, "invalid_request_error")
    assert text in answer.json()["message"]
    assert commands.entries == []


async def test_a_draft_key_of_the_test_environment_simulates(client: httpx.AsyncClient) -> None:
    headers = {"authorization": "Bearer My API Key"}
    answer = await client.post("/send", json={"message": {"to": {"user_id": "u"}, "content": HELLO}}, headers=headers)
    message = await client.get(f"/messages/{answer.json()['requestId']}", headers=headers)

    assert message.json()["status"] == "SIMULATED"


async def test_what_was_accepted_is_202_even_if_processing_is_behind(client: httpx.AsyncClient, commands) -> None:
    commands.refusal = Unavailable("Accepted, but later.", code=BEHIND)
    accepted = await client.post("/send", json={"message": {"to": {"user_id": "u-1"}, "content": HELLO}})

    commands.refusal = Unavailable("The server is stopping.")
    refused = await client.post("/send", json={"message": {"to": {"user_id": "u-1"}, "content": HELLO}})

    assert (accepted.status_code, refused.status_code) == (202, 503)
