import httpx
import pytest

pytestmark = pytest.mark.anyio

BLUE = {"name": "Blue", "settings": {"colors": {"primary": "#0000ff"}}, "snippets": {"items": []}}


async def test_a_brand_is_made_read_listed_replaced_and_removed(client: httpx.AsyncClient) -> None:
    made = await client.post("/brands", json={**BLUE, "id": "blue"})
    read, listed = await client.get("/brands/blue"), await client.get("/brands")
    replaced = await client.put("/brands/blue", json={"name": "Red"})
    gone = await client.delete("/brands/blue")

    assert (made.status_code, made.json()) == (200, {**made.json(), **BLUE, "id": "blue", "created": 1_772_443_200_000})
    assert (read.json(), listed.json()) == (made.json(), {"paging": {"more": False}, "results": [made.json()]})
    assert (replaced.json()["name"], replaced.json()["settings"]) == ("Red", {})
    assert (gone.status_code, (await client.get("/brands/blue")).status_code) == (204, 404)


async def test_an_id_that_is_taken_is_refused(client: httpx.AsyncClient) -> None:
    answers = [await client.post("/brands", json={**BLUE, "id": "blue"}) for _ in range(2)]

    assert [answer.status_code for answer in answers] == [200, 409]


async def test_brands_come_in_pages(client: httpx.AsyncClient) -> None:
    for number in range(21):
        await client.post("/brands", json={**BLUE, "id": f"b{number:02}"})
    first = (await client.get("/brands")).json()
    second = (await client.get("/brands", params={"cursor": first["paging"]["cursor"]})).json()

    assert [len(first["results"]), [one["id"] for one in second["results"]]] == [20, ["b20"]]


@pytest.mark.parametrize("method", ["GET", "PUT", "DELETE"])
async def test_an_unknown_brand_is_not_found(client: httpx.AsyncClient, method: str) -> None:
    answer = await client.request(method, "/brands/none", json=BLUE)

    assert (answer.status_code, answer.json()["message"]) == (404, "Brand none not found")


async def test_the_page_for_readers_can_only_have_a_brand_that_there_is(client: httpx.AsyncClient) -> None:
    assert (await client.post("/preferences/publish", json={"brand_id": "none-such"})).status_code == 404
