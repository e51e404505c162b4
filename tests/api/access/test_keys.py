"""Keys over HTTP."""

import httpx
import pytest

from workspace import Workspace

pytestmark = pytest.mark.anyio


async def test_a_key_is_shown_once_and_then_by_its_end(client: httpx.AsyncClient) -> None:
    made = await client.post("/keys", json={"kind": "api", "name": "CI"})
    [listed] = (await client.get("/keys")).json()["results"]

    assert made.status_code == 201
    assert made.json()["key"].startswith("pk_prod_")
    assert listed == {name: value for name, value in made.json().items() if name != "key"}


async def test_a_new_key_opens_at_once_and_a_revoked_one_no_more(workspace: Workspace) -> None:
    made = await workspace.call("POST", "/keys", {"kind": "api"})
    own = {"authorization": f"Bearer {made['key']}"}
    before = await workspace.client.get("/messages", headers=own)
    await workspace.call("DELETE", f"/keys/{made['id']}", status=204)
    after = await workspace.client.get("/messages", headers=own)

    assert (before.status_code, after.status_code) == (200, 401)


async def test_keys_of_the_other_environment_cannot_be_revoked(client: httpx.AsyncClient) -> None:
    made = (await client.post("/keys", json={"kind": "api"})).json()
    other = {"authorization": "Bearer My API Key"}

    assert (await client.delete(f"/keys/{made['id']}", headers=other)).status_code == 404
    assert (await client.get("/keys", headers=other)).json() == {"results": []}


@pytest.mark.parametrize(
    ("body", "status"),
    [
        ({}, 400),
        ({"kind": "write", "renders_drafts": True}, 400),
        ({"kind": "write", "source_id": "src_x"}, 404),
        ({"kind": "api", "name": "x" * 300}, 400),
    ],
)
async def test_a_senseless_wish_is_refused(client: httpx.AsyncClient, body: dict[str, object], status: int) -> None:
    assert (await client.post("/keys", json=body)).status_code == status
