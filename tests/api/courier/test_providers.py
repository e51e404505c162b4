"""Providers over HTTP."""

import httpx
import pytest

from posthorn.storage.revision import revision

pytestmark = pytest.mark.anyio

SMTP = {"host": "mail.test", "from_address": "a@b.test", "password": "correct-horse"}
BODY = {"provider": "smtp", "alias": "main", "settings": SMTP}


async def test_a_provider_is_set_up_read_changed_and_deleted(client: httpx.AsyncClient) -> None:
    made = await client.post("/providers", json=BODY)
    path = f"/providers/{made.json()['id']}"
    read = await client.get(path)
    changed = await client.put(path, json={"provider": "smtp", "title": "Mail", "settings": made.json()["settings"]})
    deleted = await client.delete(path)
    gone = await client.get(path)

    assert [answer.status_code for answer in (made, read, changed, deleted, gone)] == [201, 200, 200, 204, 404]
    assert read.json() == made.json()
    assert made.json()["settings"] == SMTP | {"password": "********orse"}
    assert set(made.json()) == {"id", "provider", "title", "settings", "created", "alias", "callback_url"}
    assert changed.json()["title"] == "Mail"
    assert changed.json()["settings"] == made.json()["settings"]
    assert "updated" in changed.json()
    assert deleted.content == b""


async def test_defaults_are_filled_in(client: httpx.AsyncClient) -> None:
    answer = await client.post("/providers", json={"provider": "webhook"})

    assert answer.status_code == 201
    assert (answer.json()["title"], answer.json()["settings"]) == ("Default Configuration", {})


@pytest.mark.parametrize(
    ("body", "message"),
    [
        ({}, "provider: Required"),
        ({"provider": "pigeon"}, "provider: Unknown provider pigeon"),
        ({"provider": "smtp"}, "settings.host: Required"),
        ({"provider": "smtp", "settings": SMTP | {"port": "x"}}, "settings.port: Expected `int`"),
    ],
)
async def test_a_wrong_body_gets_a_sentence(client: httpx.AsyncClient, body: dict[str, object], message: str) -> None:
    answer = await client.post("/providers", json=body)

    assert (answer.status_code, answer.json()) == (400, {"message": message, "type": "invalid_request_error"})


async def test_an_unknown_provider_is_404(client: httpx.AsyncClient) -> None:
    for method in ("GET", "PUT", "DELETE"):
        answer = await client.request(method, "/providers/pv_x", json=BODY if method == "PUT" else None)
        assert (answer.status_code, answer.json()["message"]) == (404, "Provider pv_x not found")


async def test_a_patch_changes_what_it_names_and_keeps_the_rest(client: httpx.AsyncClient) -> None:
    path = "/providers/" + (await client.post("/providers", json=BODY | {"settings": SMTP | {"port": 25}})).json()["id"]

    renamed = await client.patch(path, json={"title": "Mail"})
    moved = await client.patch(path, json={"alias": None, "settings": {"host": "other.test", "port": None}})
    refused = [await client.patch(path, json=body) for body in ({"settings": {"host": None}}, {"provider": "webhook"})]
    unknown = await client.patch("/providers/pv_x", json={})

    assert (renamed.json()["title"], renamed.json()["alias"], renamed.json()["settings"]["port"]) == ("Mail", "main", 25)
    assert (moved.json()["title"], "alias" in moved.json()) == ("Mail", False)
    assert moved.json()["settings"] == {"host": "other.test", "from_address": "a@b.test", "password": "********orse"}
    assert [answer.status_code for answer in (*refused, unknown)] == [400, 400, 404]


async def test_a_second_alias_is_a_conflict(client: httpx.AsyncClient) -> None:
    await client.post("/providers", json=BODY)

    assert (await client.post("/providers", json=BODY)).status_code == 409


async def test_the_listing_goes_on_by_cursor(client: httpx.AsyncClient) -> None:
    made = [(await client.post("/providers", json={"provider": "mock"})).json()["id"] for _ in range(21)]

    first = (await client.get("/providers")).json()
    second = (await client.get("/providers", params={"cursor": first["paging"]["cursor"]})).json()

    assert [one["id"] for one in first["results"] + second["results"]] == sorted(made)
    assert second["paging"] == {"more": False}


async def test_every_change_is_told_to_running_servers(client: httpx.AsyncClient, sqlite) -> None:
    async def now() -> int:
        async with sqlite.snapshot() as tx:
            return await revision(tx)

    seen = [await now()]
    path = f"/providers/{(await client.post('/providers', json=BODY)).json()['id']}"
    seen.append(await now())
    await client.put(path, json=BODY)
    seen.append(await now())
    await client.delete(path)
    seen.append(await now())

    assert len(set(seen)) == 4


async def test_the_catalogue_can_be_narrowed(client: httpx.AsyncClient) -> None:
    whole = (await client.get("/providers/catalog")).json()
    some = (await client.get("/providers/catalog", params={"keys": "smtp,webhook", "channel": "email"})).json()

    assert whole["paging"] == {"more": False}
    assert {one["provider"] for one in whole["results"]} >= {"smtp", "webhook", "mailbox", "mock"}
    (smtp,) = some["results"]
    assert (smtp["provider"], smtp["name"], smtp["channel"]) == ("smtp", "SMTP", "email")
    assert smtp["settings"]["host"] == {"required": True, "type": "string"}
    assert smtp["settings"]["tls"] == {"required": False, "type": "enum", "values": ["implicit", "none", "starttls"]}
