"""The two calls by which Segment keeps a list in step."""

import json

import httpx
import pytest

from posthorn.lists.store import subscribers

pytestmark = pytest.mark.anyio

PATH = "/lists/vip-aud_1/subscriptions/a%40b%2Fc"


async def _members(sqlite) -> list[str]:
    async with sqlite.snapshot() as tx:
        return [row.user_key for row in await subscribers(tx, "production", "vip-aud_1", after="", limit=10)]


@pytest.mark.parametrize("content", [b"", b"{}", b'{"preferences": null}'])
async def test_put_subscribes_with_or_without_a_body(client: httpx.AsyncClient, sqlite, content: bytes) -> None:
    answer = await client.put(PATH, content=content, headers={"content-type": "application/json"})

    assert (answer.status_code, answer.content) == (204, b"")
    assert await _members(sqlite) == ["a@b/c"]


async def test_preferences_are_kept_in_the_event(client: httpx.AsyncClient, commands) -> None:
    await client.put(PATH, json={"preferences": {"categories": {}}})

    assert json.loads(commands.entries[0].body) == {"list_id": "vip-aud_1", "preferences": {"categories": {}}}


async def test_delete_unsubscribes(client: httpx.AsyncClient, sqlite) -> None:
    await client.put(PATH)

    answer = await client.delete(PATH)

    assert (answer.status_code, await _members(sqlite)) == (204, [])


async def test_deleting_somebody_unknown_is_204(client: httpx.AsyncClient) -> None:
    answer = await client.delete("/lists/unknown/subscriptions/nobody")

    assert answer.status_code == 204


@pytest.mark.parametrize("list_id", ["a.b.c.d.e", ".a", "a.", "a..b", "a*", "a%23", "a%20b"])
async def test_a_list_id_of_the_wrong_form_is_refused(client: httpx.AsyncClient, commands, list_id: str) -> None:
    for method in ("PUT", "DELETE"):
        answer = await client.request(method, f"/lists/{list_id}/subscriptions/u1")
        assert (answer.status_code, answer.json()["message"]) == (400, "Invalid list id")
    assert commands.entries == []
