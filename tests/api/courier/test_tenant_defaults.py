import httpx
import pytest

pytestmark = pytest.mark.anyio

PATH = "/tenants/acme/default_preferences/items"


async def _items(client: httpx.AsyncClient) -> list[dict[str, object]]:
    return (await client.get("/tenants/acme")).json().get("default_preferences", {"items": []})["items"]


async def test_the_default_of_one_topic_is_set_replaced_and_taken_away(client: httpx.AsyncClient) -> None:
    await client.put("/tenants/acme", json={"name": "Acme"})
    await client.put(f"{PATH}/pt_1", json={"status": "OPTED_OUT"})
    answer = await client.put(
        f"{PATH}/pt_2", json={"status": "OPTED_IN", "has_custom_routing": True, "custom_routing": ["email"]}
    )
    await client.put(f"{PATH}/pt_1", json={"status": "REQUIRED"})
    both = await _items(client)
    deleted = [(await client.delete(f"{PATH}/{topic}")).status_code for topic in ("pt_2", "pt_9")]

    custom = {"id": "pt_2", "status": "OPTED_IN", "has_custom_routing": True, "custom_routing": ["email"]}
    assert (answer.status_code, both) == (204, [custom, {"id": "pt_1", "status": "REQUIRED"}])
    assert (deleted, await _items(client)) == ([204, 204], [{"id": "pt_1", "status": "REQUIRED"}])


@pytest.mark.parametrize("body", [{}, {"status": "MAYBE"}, {"status": "OPTED_IN", "custom_routing": ["pigeon"]}])
async def test_a_default_of_the_wrong_form_is_refused(client: httpx.AsyncClient, body: object) -> None:
    await client.put("/tenants/acme", json={"name": "Acme"})

    assert (await client.put(f"{PATH}/pt_1", json=body)).status_code == 400
    assert await _items(client) == []


async def test_an_unknown_tenant_is_404(client: httpx.AsyncClient) -> None:
    assert (await client.put(f"{PATH}/pt_1", json={"status": "OPTED_IN"})).status_code == 404
    assert (await client.delete(f"{PATH}/pt_1")).status_code == 404
