"""A POST under an Idempotency-Key, sent again."""

import anyio
import httpx
import pytest

from api_stand_ins import API_KEY, NotedCommands, api_context
from posthorn.api.app import create_api
from posthorn.api.caller import Caller, keep_caller
from posthorn.api.context import Context, keep_context
from posthorn.api.idempotency.replay import replay_repeats
from posthorn.errors import Invalid, Unavailable
from posthorn.storage.database import Database

pytestmark = pytest.mark.anyio

KEY = {"idempotency-key": "order-1"}
ADA = {"profile": {"name": "Ada"}}
BOB = {"profile": {"name": "Bob"}}
DAY_MS = 24 * 3_600_000


async def test_a_repeat_gets_the_first_answer_and_does_nothing(client: httpx.AsyncClient, commands) -> None:
    first = await client.post("/profiles/u1", json=ADA, headers=KEY)

    second = await client.post("/profiles/u1", json=BOB, headers=KEY)

    assert (second.status_code, second.content) == (first.status_code, first.content) == (200, b'{"status":"SUCCESS"}')
    assert second.headers["content-type"] == first.headers["content-type"]
    assert len(commands.entries) == 1


async def test_the_same_key_on_another_path_is_another_key(client: httpx.AsyncClient, commands) -> None:
    await client.post("/profiles/u1", json=ADA, headers=KEY)

    await client.post("/profiles/u2", json=ADA, headers=KEY)

    assert [entry.user_key for entry in commands.entries] == ["u1", "u2"]


async def test_the_same_key_in_another_environment_is_another_key(client: httpx.AsyncClient, commands) -> None:
    await client.post("/profiles/u1", json=ADA, headers=KEY)

    await client.post("/profiles/u1", json=ADA, headers=KEY | {"authorization": "Bearer My API Key"})

    assert [entry.environment for entry in commands.entries] == ["production", "test"]


async def test_other_methods_ignore_the_key(client: httpx.AsyncClient, commands) -> None:
    await client.put("/profiles/u1", json=ADA, headers=KEY)

    await client.put("/profiles/u1", json=ADA, headers=KEY)

    assert len(commands.entries) == 2


async def test_a_refusal_is_not_kept(client: httpx.AsyncClient, commands) -> None:
    commands.refusal = Invalid("No.")
    refused = await client.post("/profiles/u1", json=ADA, headers=KEY)

    commands.refusal = None
    answer = await client.post("/profiles/u1", json=ADA, headers=KEY)

    assert (refused.status_code, answer.status_code, len(commands.entries)) == (400, 200, 1)


async def test_a_try_after_503_stands_for_the_same_request(client, commands, clock) -> None:
    appended = commands.append

    async def append_then_refuse(entries: list[object]) -> None:
        await appended(entries)
        raise Unavailable("Stopping.")

    commands.append_and_wait = append_then_refuse
    refused = await client.post("/profiles/u1", json=ADA, headers=KEY)

    commands.append_and_wait = appended
    clock.advance(5_000)
    answer = await client.post("/profiles/u1", json=ADA, headers=KEY)

    first, second = commands.entries
    assert (refused.status_code, answer.status_code) == (503, 200)
    assert first.message_id == second.message_id


async def test_an_error_of_ours_is_kept(client: httpx.AsyncClient, commands) -> None:
    async def broken(entries: list[object]) -> None:
        raise RuntimeError

    works, commands.append_and_wait = commands.append_and_wait, broken
    first = await client.post("/profiles/u1", json=ADA, headers=KEY)

    commands.append_and_wait = works
    second = await client.post("/profiles/u1", json=ADA, headers=KEY)

    assert (first.status_code, second.status_code, second.content) == (500, 500, first.content)


async def test_a_repeat_while_the_first_runs_is_409_and_worth_another_try(client, commands) -> None:
    running, may_end = anyio.Event(), anyio.Event()

    async def slow(entries: list[object]) -> None:
        running.set()
        await may_end.wait()

    commands.append_and_wait = slow
    async with anyio.create_task_group() as tasks:
        tasks.start_soon(lambda: client.post("/profiles/u1", json=ADA, headers=KEY))
        await running.wait()
        collided = await client.post("/profiles/u1", json=ADA, headers=KEY)
        may_end.set()

    assert (collided.status_code, collided.headers["x-should-retry"]) == (409, "true")


async def test_a_request_that_never_ended_is_given_up_after_two_minutes(client, commands, clock) -> None:
    async def cancelled(entries: list[object]) -> None:
        raise anyio.get_cancelled_exc_class()

    works, commands.append_and_wait = commands.append_and_wait, cancelled
    with pytest.raises(anyio.get_cancelled_exc_class()):
        await client.post("/profiles/u1", json=ADA, headers=KEY)

    commands.append_and_wait = works
    early = await client.post("/profiles/u1", json=ADA, headers=KEY)
    clock.advance(120_000)
    late = await client.post("/profiles/u1", json=ADA, headers=KEY)

    assert (early.status_code, late.status_code) == (409, 200)


@pytest.mark.parametrize(("expiration", "days"), [("", 1), ("1785312000", 148), ("nonsense", 1), ("2100-01-01", 365)])
async def test_a_key_is_forgotten_when_it_expires(client, commands, clock, expiration: str, days: int) -> None:
    headers = KEY | {"x-idempotency-expiration": expiration}
    await client.post("/profiles/u1", json=ADA, headers=headers)

    clock.advance(days * DAY_MS - 1)
    await client.post("/profiles/u1", json=ADA, headers=headers)
    kept = len(commands.entries)
    clock.advance(DAY_MS)
    await client.post("/profiles/u1", json=ADA, headers=headers)

    assert (kept, len(commands.entries)) == (1, 2)


@pytest.mark.parametrize("key", ["", "k" * 256])
async def test_a_key_of_an_odd_length_is_refused(client: httpx.AsyncClient, commands, key: str) -> None:
    answer = await client.post("/profiles/u1", json=ADA, headers={"idempotency-key": key})

    assert answer.status_code == 400
    assert commands.entries == []


async def test_a_key_is_kept_on_both_databases(database: Database, clock) -> None:
    commands = NotedCommands()
    transport = httpx.ASGITransport(create_api(api_context(database, commands, clock)))
    headers = KEY | {"authorization": f"Bearer {API_KEY}"}

    async with httpx.AsyncClient(transport=transport, base_url="http://x", headers=headers) as client:
        first = await client.post("/profiles/u1", json=ADA)
        second = await client.post("/profiles/u1", json=BOB)

    assert (second.status_code, second.content) == (first.status_code, first.content) == (200, b'{"status":"SUCCESS"}')
    assert len(commands.entries) == 1


async def test_an_answer_without_a_body_is_repeated_without_one(context: Context) -> None:
    async def handler(scope, receive, send) -> None:
        await send({"type": "http.response.start", "status": 204, "headers": []})
        await send({"type": "http.response.body", "body": b"", "more_body": False})

    sent: list[dict[str, object]] = []
    app = replay_repeats(handler)
    scope = {"type": "http", "method": "POST", "path": "/x", "headers": [(b"idempotency-key", b"k")], "state": {}}
    keep_context(scope, context)
    keep_caller(scope, Caller(environment="test", key_id="k1", renders_drafts=False, request_id="r1"))
    for _ in range(2):
        await app(scope, anyio.sleep_forever, _into(sent))

    assert [message.get("status") for message in sent] == [204, None, 204, None]
    assert b"content-length" not in dict(sent[2]["headers"])


def _into(sent: list[dict[str, object]]):
    async def send(message: dict[str, object]) -> None:
        sent.append(message)

    return send
