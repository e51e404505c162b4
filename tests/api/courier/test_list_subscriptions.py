"""The two calls by which Segment keeps a list in step."""

import json

import httpx
import pytest

from posthorn.lists.subscriptions import subscribers

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


async def _on(client: httpx.AsyncClient, list_id: str) -> dict[str, object]:
    items = (await client.get(f"/lists/{list_id}/subscriptions")).json()["items"]
    return {one["recipientId"]: one.get("preferences") for one in items}


async def test_many_are_added_and_those_who_are_there_stay(client: httpx.AsyncClient) -> None:
    await client.put("/lists/eng/subscriptions/u-1", json={"preferences": {"categories": {"c": {"status": "OPTED_IN"}}}})

    answer = await client.post(
        "/lists/eng/subscriptions", json={"recipients": [{"recipientId": "u-2"}, {"recipientId": "u-1"}]}
    )

    assert answer.status_code == 204
    assert await _on(client, "eng") == {"u-1": {"categories": {"c": {"status": "OPTED_IN"}}}, "u-2": None}


async def test_the_whole_set_is_replaced(client: httpx.AsyncClient) -> None:
    await client.post("/lists/eng/subscriptions", json={"recipients": [{"recipientId": f"u-{n}"} for n in range(5)]})

    answer = await client.put("/lists/eng/subscriptions", json={"recipients": [{"recipientId": "u-3"}, {"recipientId": "u-9"}]})

    assert answer.status_code == 204
    assert list(await _on(client, "eng")) == ["u-3", "u-9"]


async def test_replacing_by_nobody_empties_and_creates_the_list(client: httpx.AsyncClient) -> None:
    assert (await client.put("/lists/fresh/subscriptions", json={"recipients": []})).status_code == 204
    assert await _on(client, "fresh") == {}


async def test_subscribers_come_in_pages(client: httpx.AsyncClient) -> None:
    await client.post("/lists/eng/subscriptions", json={"recipients": [{"recipientId": f"u-{n:03}"} for n in range(101)]})

    first = (await client.get("/lists/eng/subscriptions")).json()
    second = (await client.get(f"/lists/eng/subscriptions?cursor={first['paging']['cursor']}")).json()
    assert [one["recipientId"] for one in second["items"]] == ["u-100"]


@pytest.mark.parametrize("recipient", [{}, {"recipientId": ""}, {"recipientId": "x" * 600}, {"recipientId": 5}, "u-1"])
async def test_a_bad_recipient_refuses_the_call(client: httpx.AsyncClient, commands, recipient: object) -> None:
    answer = await client.post("/lists/eng/subscriptions", json={"recipients": [{"recipientId": "u-1"}, recipient]})

    assert answer.status_code == 400
    assert commands.entries == []


async def test_the_subscribers_of_an_unknown_list_are_404(client: httpx.AsyncClient) -> None:
    assert (await client.get("/lists/none/subscriptions")).status_code == 404


async def test_the_later_answer_counts(client: httpx.AsyncClient, clock) -> None:
    await client.put("/lists/eng/subscriptions/u-1")
    since = (await client.get("/lists/eng/subscriptions")).json()["items"][0]["created"]
    clock.advance(1_000)
    await client.put("/lists/eng/subscriptions/u-1")
    same = (await client.get("/lists/eng/subscriptions")).json()["items"][0]["created"]
    await client.delete("/lists/eng/subscriptions/u-1")
    clock.advance(1_000)
    await client.put("/lists/eng/subscriptions/u-1")

    assert since == same < (await client.get("/lists/eng/subscriptions")).json()["items"][0]["created"]
