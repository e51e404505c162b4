"""Tenants and who belongs to them."""

import httpx
import pytest

from posthorn.tenants import decide, store
from posthorn.tenants.model import TenantNoted

pytestmark = pytest.mark.anyio

ACME = {
    "name": "Acme",
    "brand_id": "bnd_1",
    "properties": {"plan": "gold", "seats": 3},
    "user_profile": {"locale": "de"},
    "default_preferences": {"items": [{"id": "pt_1", "status": "OPTED_OUT"}]},
}


async def test_a_tenant_is_read_as_it_was_put(client: httpx.AsyncClient) -> None:
    put = await client.put("/tenants/a%2Fcme", json=ACME)

    read = await client.get("/tenants/a%2Fcme")

    assert (put.status_code, read.status_code) == (200, 200)
    assert put.json() == read.json() == {"id": "a/cme", **ACME}


async def test_putting_again_replaces_all_but_the_default_preferences(client: httpx.AsyncClient) -> None:
    await client.put("/tenants/acme", json=ACME)

    answer = await client.put("/tenants/acme", json={"name": "Acme Ltd"})

    assert answer.json() == {
        "id": "acme",
        "name": "Acme Ltd",
        "default_preferences": {"items": [{"id": "pt_1", "status": "OPTED_OUT"}]},
    }


async def test_a_late_group_call_does_not_bring_a_removed_property_back(client, sqlite, clock) -> None:
    await client.put("/tenants/acme", json=ACME)
    await client.put("/tenants/acme", json={"name": "Acme Ltd"})
    late = TenantNoted(
        environment="production", tenant_id="acme", name="Old", properties={"plan": "tin"}, at=clock.now_ms() - 1
    )

    async with sqlite.transaction() as tx:
        merged = decide.merged(await store.tenant(tx, "production", "acme"), late, clock.now_ms())

    assert (merged.name, merged.properties) == ("Acme Ltd", {})


@pytest.mark.parametrize("body", [{}, {"name": None}, {"name": "x", "parent_tenant_id": "acme"}])
async def test_a_tenant_without_a_name_or_under_itself_is_refused(client: httpx.AsyncClient, body: object) -> None:
    answer = await client.put("/tenants/acme", json=body)

    assert answer.status_code == 400


async def test_an_unknown_tenant_is_404_and_removing_it_is_204(client: httpx.AsyncClient) -> None:
    answers = [await client.get("/tenants/x"), await client.get("/tenants/x/users"), await client.delete("/tenants/x")]

    assert [answer.status_code for answer in answers] == [404, 404, 204]


async def test_tenants_are_listed_page_by_page(client: httpx.AsyncClient) -> None:
    for tenant_id in ("c", "a", "b"):
        await client.put(f"/tenants/{tenant_id}", json={"name": tenant_id, "parent_tenant_id": "root"})
    await client.put("/tenants/other", json={"name": "other"})

    first = (await client.get("/tenants?limit=2&parent_tenant_id=root")).json()
    second = (await client.get("/tenants", params={"parent_tenant_id": "root", "cursor": first["cursor"]})).json()

    assert (first["type"], first["has_more"], first["url"]) == ("list", True, "/tenants")
    assert [item["id"] for item in first["items"] + second["items"]] == ["a", "b", "c"]
    assert second == {"type": "list", "has_more": False, "url": "/tenants", "items": second["items"]}


async def test_the_next_url_leads_to_the_next_page(client: httpx.AsyncClient) -> None:
    for tenant_id in ("a", "b"):
        await client.put(f"/tenants/{tenant_id}", json={"name": tenant_id, "parent_tenant_id": "ro&ot"})

    await client.put("/tenants/c", json={"name": "c"})

    first = (await client.get("/tenants?limit=1&parent_tenant_id=ro%26ot")).json()
    second = (await client.get(first["next_url"])).json()

    assert [item["id"] for item in second["items"]] == ["b"]
    assert not second["has_more"]


@pytest.mark.parametrize("cursor", ["!", "e30", "bnVsbA", "%FF"])
async def test_a_damaged_cursor_is_refused(client: httpx.AsyncClient, cursor: str) -> None:
    answer = await client.get(f"/tenants?cursor={cursor}")

    assert (answer.status_code, answer.json()["message"]) == (400, "Invalid cursor format")


@pytest.mark.parametrize(("limit", "status"), [("0", 200), ("-5", 200), ("100000", 200), ("x", 400), ("1.5", 400)])
async def test_a_limit_is_clamped_and_must_be_a_number(client: httpx.AsyncClient, limit: str, status: int) -> None:
    answer = await client.get(f"/tenants?limit={limit}")

    assert answer.status_code == status


async def test_a_user_joins_and_leaves(client: httpx.AsyncClient) -> None:
    for tenant_id in ("t1", "t2", "t3"):
        await client.put(f"/tenants/{tenant_id}", json={"name": tenant_id})
    added = await client.put("/users/u1/tenants", json={"tenants": [{"tenant_id": "t2"}, {"tenant_id": "t1"}]})
    one = await client.put("/users/u1/tenants/t3", json={"profile": {"title": "CEO"}})
    again = await client.put("/users/u1/tenants/t3", headers={"content-type": "application/json"})

    listed = (await client.get("/users/u1/tenants")).json()
    members = (await client.get("/tenants/t3/users")).json()
    removed = await client.delete("/users/u1/tenants/t1")
    found = [(await client.get(f"/users/u1/tenants/{tenant_id}")).status_code for tenant_id in ("t1", "t2", "t3")]
    await client.delete("/users/u1/tenants")

    assert [answer.status_code for answer in (added, one, again, removed)] == [204] * 4
    assert [item["tenant_id"] for item in listed["items"]] == ["t1", "t2", "t3"]
    assert members["items"] == [{"user_id": "u1", "tenant_id": "t3", "type": "user", "profile": {"title": "CEO"}}]
    assert found == [404, 200, 200]
    assert (await client.get("/users/u1/tenants")).json()["items"] == []


async def test_removing_a_tenant_ends_its_memberships(client: httpx.AsyncClient) -> None:
    await client.put("/tenants/t1", json={"name": "t1"})
    await client.put("/users/u1/tenants/t1")

    await client.delete("/tenants/t1")

    assert (await client.get("/users/u1/tenants")).json()["items"] == []


async def test_joining_a_tenant_nobody_knows_is_404(client: httpx.AsyncClient, commands) -> None:
    await client.put("/tenants/t1", json={"name": "t1"})

    one = await client.put("/users/u1/tenants/t9")
    many = await client.put("/users/u1/tenants", json={"tenants": [{"tenant_id": "t1"}, {"tenant_id": "t9"}]})

    assert (one.status_code, many.status_code) == (404, 404)
    assert commands.entries == []
