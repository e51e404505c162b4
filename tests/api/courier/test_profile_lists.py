import httpx
import pytest

pytestmark = pytest.mark.anyio


async def _lists(client: httpx.AsyncClient, user: str) -> list[str]:
    return [one["id"] for one in (await client.get(f"/profiles/{user}/lists")).json()["results"]]


async def test_a_user_is_put_on_lists_and_reads_them(client: httpx.AsyncClient) -> None:
    wanted = {"lists": [{"listId": "b", "preferences": {"categories": {}}}, {"listId": "a.x"}]}
    answer = await client.post("/profiles/u%2F1/lists", json=wanted)

    found = (await client.get("/profiles/u%2F1/lists")).json()
    assert (answer.status_code, answer.json()) == (200, {"status": "SUCCESS"})
    assert [(one["id"], one["name"], one.get("preferences")) for one in found["results"]] == [
        ("a.x", "a.x", None),
        ("b", "b", {"categories": {}}),
    ]
    assert found["paging"] == {"more": False}


async def test_he_leaves_all_of_them_and_nobody_else_does(client: httpx.AsyncClient) -> None:
    for user in ("u-1", "u-2"):
        await client.post(f"/profiles/{user}/lists", json={"lists": [{"listId": "a"}, {"listId": "b"}]})

    answer = await client.delete("/profiles/u-1/lists")

    assert (answer.status_code, answer.json()) == (200, {"status": "SUCCESS"})
    assert (await _lists(client, "u-1"), await _lists(client, "u-2")) == ([], ["a", "b"])


async def test_deleted_lists_are_not_shown(client: httpx.AsyncClient) -> None:
    await client.post("/profiles/u-1/lists", json={"lists": [{"listId": "a"}, {"listId": "b"}]})
    await client.delete("/lists/a")

    assert await _lists(client, "u-1") == ["b"]


async def test_one_bad_list_id_refuses_all(client: httpx.AsyncClient, commands) -> None:
    answer = await client.post("/profiles/u-1/lists", json={"lists": [{"listId": "a"}, {"listId": "a..b"}]})

    assert (answer.status_code, answer.json()["message"]) == (400, "Invalid list id")
    assert commands.entries == []
