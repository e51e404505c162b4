import httpx
import pytest

pytestmark = pytest.mark.anyio


async def _ids(client: httpx.AsyncClient, query: str = "") -> list[str]:
    return [one["id"] for one in (await client.get(f"/lists{query}")).json()["items"]]


async def test_a_list_is_written_and_read(client: httpx.AsyncClient) -> None:
    answer = await client.put("/lists/eng.web", json={"name": "Web", "preferences": {"notifications": {}}})

    found = (await client.get("/lists/eng.web")).json()
    assert (answer.status_code, answer.content) == (204, b"")
    assert found == {"id": "eng.web", "name": "Web", "created": found["created"], "updated": found["created"]}


async def test_writing_it_again_leaves_its_subscribers_alone(client: httpx.AsyncClient) -> None:
    await client.put("/lists/eng/subscriptions/u-1")
    auto_named = (await client.get("/lists/eng")).json()["name"]
    await client.put("/lists/eng", json={"name": "Engineering"})

    assert auto_named == "eng"
    assert (await client.get("/lists/eng")).json()["name"] == "Engineering"
    assert [one["recipientId"] for one in (await client.get("/lists/eng/subscriptions")).json()["items"]] == ["u-1"]


async def test_a_deleted_list_is_gone_and_comes_back_with_its_subscribers(client: httpx.AsyncClient) -> None:
    await client.put("/lists/eng/subscriptions/u-1")
    deleted = await client.delete("/lists/eng")
    gone = [(await client.get(path)).status_code for path in ("/lists/eng", "/lists/eng/subscriptions")]
    listed = await _ids(client)
    restored = await client.put("/lists/eng/restore", json={})

    assert (deleted.status_code, gone, listed, restored.status_code) == (204, [404, 404], [], 204)
    assert [one["recipientId"] for one in (await client.get("/lists/eng/subscriptions")).json()["items"]] == ["u-1"]


async def test_somebody_put_on_a_deleted_list_does_not_bring_it_back(client: httpx.AsyncClient) -> None:
    await client.put("/lists/eng", json={"name": "Engineering"})
    await client.delete("/lists/eng")

    assert (await client.put("/lists/eng/subscriptions/u-2")).status_code == 204
    assert (await client.get("/lists/eng")).status_code == 404


async def test_unknown_lists(client: httpx.AsyncClient) -> None:
    assert (await client.get("/lists/none")).status_code == 404
    assert (await client.delete("/lists/none")).status_code == 404
    assert (await client.put("/lists/none/restore")).status_code == 404


async def test_a_pattern_narrows_the_listing(client: httpx.AsyncClient) -> None:
    for list_id in ("eng", "eng.web", "eng.web.ui", "eng.api", "english.web", "ops.web"):
        await client.put(f"/lists/{list_id}", json={"name": "n"})

    assert await _ids(client, "?pattern=eng.*") == ["eng.api", "eng.web"]
    assert await _ids(client, "?pattern=eng.**") == ["eng.api", "eng.web", "eng.web.ui"]
    assert await _ids(client, "?pattern=*.web") == ["eng.web", "english.web", "ops.web"]
    assert await _ids(client, "?pattern=eng.web") == ["eng.web"]
    assert (await client.get("/lists?pattern=**")).status_code == 400


async def test_lists_come_in_pages(client: httpx.AsyncClient) -> None:
    for number in range(103):
        await client.put(f"/lists/l{number:03}", json={"name": "n"})

    first = (await client.get("/lists?pattern=*")).json()
    second = (await client.get(f"/lists?pattern=*&cursor={first['paging']['cursor']}")).json()
    assert [len(first["items"]), len(second["items"])] == [100, 3]
    assert (first["paging"]["more"], second["paging"]) == (True, {"more": False})


@pytest.mark.parametrize("list_id", ["a.b.c.d.e", "a..b", "a*", "a%20b"])
async def test_a_list_id_of_the_wrong_form_is_refused(client: httpx.AsyncClient, list_id: str) -> None:
    answer = await client.put(f"/lists/{list_id}", json={"name": "n"})

    assert (answer.status_code, answer.json()["message"]) == (400, "Invalid list id")


@pytest.mark.parametrize("body", [{}, {"name": ""}, {"name": 1}, {"name": "x" * 600}])
async def test_a_list_needs_a_name(client: httpx.AsyncClient, body: dict[str, object]) -> None:
    assert (await client.put("/lists/eng", json=body)).status_code == 400
