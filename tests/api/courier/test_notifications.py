"""Templates over HTTP."""

from typing import Any

import httpx
import pytest

pytestmark = pytest.mark.anyio

ELEMENTS = [
    {"type": "meta", "title": "{{vendor}} still has your cart", "id": "subject"},
    {"type": "text", "content": "Hello {{profile.given_name}}", "id": "greeting"},
    {"type": "action", "content": "Open the cart", "href": "https://shop.example.test/carts/{{cart_id}}"},
]


def body(state: str | None = None, **changes: Any) -> dict[str, Any]:
    notification = {
        "name": "Cart reminder",
        "tags": ["cart"],
        "brand": None,
        "subscription": {"topic_id": "pt_1"},
        "routing": None,
        "alias": "cart-reminder",
        "content": {"version": "2022-01-01", "elements": ELEMENTS},
        **changes,
    }
    return {"notification": notification, **({"state": state} if state else {})}


async def made(client: httpx.AsyncClient, state: str = "PUBLISHED", **changes: Any) -> str:
    return (await client.post("/notifications", json=body(state, **changes))).json()["id"]


async def test_a_published_template_is_read_by_id_and_alias(client: httpx.AsyncClient) -> None:
    created = await client.post("/notifications", json=body("published"))

    by_id = await client.get(f"/notifications/{created.json()['id']}")
    by_alias = await client.get("/notifications/cart-reminder")

    assert (created.status_code, by_id.status_code) == (201, 200)
    assert created.json() == by_id.json() == by_alias.json()
    assert by_id.json()["state"] == "PUBLISHED"
    assert by_id.json()["subscription"] == {"topic_id": "pt_1"}
    assert by_id.json()["brand"] is None
    assert by_id.json()["content"]["elements"][:2] == ELEMENTS[:2]
    assert by_id.json()["content"]["elements"][2]["id"].startswith("elem_")


async def test_a_draft_is_read_as_a_draft_only(client: httpx.AsyncClient) -> None:
    name = await made(client, "DRAFT")

    published = await client.get(f"/notifications/{name}")
    draft = await client.get(f"/notifications/{name}", params={"version": "draft"})

    assert published.status_code == 404
    assert published.json()["message"] == f"Notification template {name} not found"
    assert draft.json()["state"] == "DRAFT"


@pytest.mark.parametrize(
    ("sent", "message"),
    [
        ({}, "notification: Required"),
        ({"notification": {"tags": [], "brand": None, "subscription": None, "routing": None}}, "notification.name: Required; "),
        (body("LIVE"), "state: Accepted values are: DRAFT, PUBLISHED"),
        (body(alias="tenant/x"), "notification.alias: "),
        (body(content={"elements": [{"type": "x"}]}), 'notification.content.elements[0].type: Unknown element type "x"'),
    ],
)
async def test_a_wrong_template_is_refused(client: httpx.AsyncClient, sent: object, message: str) -> None:
    answer = await client.post("/notifications", json=sent)

    assert answer.status_code == 400
    assert answer.json()["message"].startswith(message)
    assert answer.json()["type"] == "invalid_request_error"


async def test_an_alias_is_taken_once(client: httpx.AsyncClient) -> None:
    await made(client)

    assert (await client.post("/notifications", json=body())).status_code == 409


async def test_replacing_and_publishing_makes_versions(client: httpx.AsyncClient) -> None:
    name = await made(client)
    replaced = await client.put(f"/notifications/{name}", json=body(name="Second"))
    before = await client.get(f"/notifications/{name}/versions")
    published = await client.post(f"/notifications/{name}/publish")
    after = await client.get(f"/notifications/{name}/versions")
    again = await client.post(f"/notifications/{name}/publish", json={"version": "v001"})

    assert replaced.json()["state"] == "DRAFT"
    assert (published.status_code, again.status_code) == (204, 204)
    assert [(one["version"], one.get("has_changes")) for one in before.json()["versions"]] == [
        ("draft", True),
        ("published:v001", None),
    ]
    assert [one["version"] for one in after.json()["versions"]] == ["draft", "published:v002", "v001"]
    assert after.json()["versions"][0]["has_changes"] is False
    assert (await client.get(f"/notifications/{name}")).json()["name"] == "Cart reminder"


async def test_versions_come_in_pages(client: httpx.AsyncClient) -> None:
    name = await made(client)
    for number in range(12):
        await client.put(f"/notifications/{name}", json=body("PUBLISHED", name=f"Number {number}"))

    seen: list[str] = []
    cursor: str | None = ""
    while cursor is not None:
        answer = (await client.get(f"/notifications/{name}/versions", params={"cursor": cursor, "limit": 5})).json()
        seen += [one["version"] for one in answer["versions"]]
        cursor = answer["paging"].get("cursor")

    assert seen == ["draft", "published:v013", *(f"v{number:03d}" for number in range(12, 0, -1))]


@pytest.mark.parametrize(
    ("version", "status", "message"),
    [("1", 400, "version: Expected format: v001, v002, etc."), ("v009", 404, "Version not found for template ")],
)
async def test_a_version_that_is_none_cannot_be_published(
    client: httpx.AsyncClient, version: str, status: int, message: str
) -> None:
    name = await made(client)

    answer = await client.post(f"/notifications/{name}/publish", json={"version": version})

    assert answer.status_code == status
    assert answer.json()["message"].startswith(message)


async def test_content_shows_checksums_and_can_be_replaced(client: httpx.AsyncClient) -> None:
    name = await made(client)
    new = {"content": {"elements": [{"type": "text", "content": "New", "id": "greeting"}]}, "state": "PUBLISHED"}

    before = (await client.get(f"/notifications/{name}/content")).json()
    written = (await client.put(f"/notifications/{name}/content", json=new)).json()
    after = (await client.get(f"/notifications/{name}/content")).json()

    assert [element["type"] for element in before["elements"]] == ["meta", "text", "action"]
    assert after["elements"] == [{"type": "text", "id": "greeting", "checksum": written["elements"][0]["checksum"]}]
    assert written["state"] == "PUBLISHED"
    assert written["id"] == name


async def test_an_element_and_a_locale_are_put_into_the_draft(client: httpx.AsyncClient) -> None:
    name = await made(client)
    element = {"type": "text", "data": {"content": "Dear {{name}}"}, "if": "data.name", "state": "draft"}

    put = await client.put(f"/notifications/{name}/elements/greeting", json=element)
    french = {"elements": [{"id": "greeting", "content": "Bonjour"}]}
    located = await client.put(f"/notifications/{name}/locales/fr-CA", json=french)
    draft = (await client.get(f"/notifications/{name}", params={"version": "draft"})).json()

    assert (put.status_code, located.status_code) == (200, 200)
    assert draft["content"]["elements"][1] == {
        "type": "text",
        "content": "Dear {{name}}",
        "if": "data.name",
        "id": "greeting",
        "locales": {"fr-CA": {"content": "Bonjour"}},
    }


@pytest.mark.parametrize(
    ("path", "sent", "status", "message"),
    [
        ("content", {}, 400, "content: Required"),
        ("content", {"content": {}}, 400, "content.elements: Required"),
        ("elements/greeting", {}, 400, "type: Required"),
        ("elements/nobody", {"type": "divider"}, 404, "Element nobody not found in template "),
        ("locales/fr", {}, 400, "elements: Required"),
        ("locales/fr", {"elements": [{}]}, 400, "elements[0].id: Required"),
        ("locales/fr", {"elements": [{"id": "nobody"}]}, 404, "Element nobody not found in template "),
    ],
)
async def test_a_wrong_change_of_content_is_refused(
    client: httpx.AsyncClient, path: str, sent: object, status: int, message: str
) -> None:
    name = await made(client)

    answer = await client.put(f"/notifications/{name}/{path}", json=sent)

    assert answer.status_code == status
    assert answer.json()["message"].startswith(message)


async def test_an_archived_template_is_readable_and_not_listed(client: httpx.AsyncClient) -> None:
    name = await made(client)

    gone = await client.delete(f"/notifications/{name}")

    assert gone.status_code == 204
    assert (await client.get(f"/notifications/{name}")).status_code == 200
    assert (await client.get("/notifications")).json() == {"paging": {"more": False}, "results": []}
    assert (await client.delete("/notifications/nobody")).status_code == 404


async def test_templates_are_listed(client: httpx.AsyncClient) -> None:
    name = await made(client)

    listed = (await client.get("/notifications")).json()

    assert listed["results"][0]["id"] == name
    assert listed["results"][0]["state"] == "PUBLISHED"
    assert listed["results"][0]["topic_id"] == "pt_1"
    assert (await client.get("/notifications", params={"cursor": "%"})).status_code == 400
