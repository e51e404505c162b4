from typing import Any

import httpx
import pytest

pytestmark = pytest.mark.anyio

PATH = "/preferences/sections"


async def test_a_section_is_made_read_listed_and_replaced(client: httpx.AsyncClient) -> None:
    body = {"name": "Marketing", "description": "News", "has_custom_routing": True, "routing_options": ["email", "sms"]}
    made = await client.post(PATH, json=body)
    section_id = made.json()["id"]
    replaced = await client.put(f"{PATH}/{section_id}", json={"name": "Letters"})
    read, listed = await client.get(f"{PATH}/{section_id}"), await client.get(PATH)

    assert made.status_code == 201
    assert section_id.startswith("ps_")
    assert {**made.json(), **body, "topics": []} == made.json()
    assert (replaced.json()["has_custom_routing"], replaced.json()["routing_options"]) == (False, [])
    assert replaced.json()["description"] is None
    assert read.json() == replaced.json() == listed.json()["results"][0]


async def test_a_section_goes_when_it_is_empty(client: httpx.AsyncClient) -> None:
    section_id = (await client.post(PATH, json={"name": "Marketing"})).json()["id"]
    topic = await client.post(f"{PATH}/{section_id}/topics", json={"name": "News", "default_status": "OPTED_IN"})

    refused = await client.delete(f"{PATH}/{section_id}")
    await client.delete(f"{PATH}/{section_id}/topics/{topic.json()['id']}")
    gone = await client.delete(f"{PATH}/{section_id}")

    assert (refused.status_code, refused.headers["x-should-retry"]) == (409, "false")
    assert gone.status_code == 204
    assert (await client.get(f"{PATH}/{section_id}")).status_code == 404


@pytest.mark.parametrize(
    ("body", "complaint"),
    [
        ({}, "name: Required"),
        ({"name": ""}, "name: Required"),
        ({"name": 3}, "name: Expected `str`"),
        ({"name": "n", "routing_options": ["pigeon"]}, "routing_options"),
        ({"name": "n", "has_custom_routing": "yes"}, "has_custom_routing"),
    ],
)
async def test_a_section_that_cannot_be_is_refused(client: httpx.AsyncClient, body: Any, complaint: str) -> None:
    answer = await client.post(PATH, json=body)

    assert answer.status_code == 400
    assert complaint in answer.json()["message"]
    assert (await client.get(PATH)).json() == {"results": []}


@pytest.mark.parametrize("method", ["GET", "PUT", "DELETE"])
async def test_an_unknown_section_is_not_found(client: httpx.AsyncClient, method: str) -> None:
    answer = await client.request(method, f"{PATH}/ps_none", json={"name": "n"})

    assert (answer.status_code, answer.json()["message"]) == (404, "Section not found")


async def test_a_section_is_not_seen_from_the_other_environment(client: httpx.AsyncClient) -> None:
    await client.post(PATH, json={"name": "Marketing"})

    other = await client.get(PATH, headers={"authorization": "Bearer My API Key"})

    assert other.json() == {"results": []}


@pytest.mark.parametrize("content", [b"", b"{}", b'{"heading": "Mine", "brand_id": "none", "description": "Choose"}'])
async def test_the_page_is_published_with_a_link_to_look_at_it(client: httpx.AsyncClient, content: bytes) -> None:
    answer = await client.post("/preferences/publish", content=content, headers={"content-type": "application/json"})

    told = answer.json()
    assert answer.status_code == 200
    assert (told["published_version"], told["published_by"]) == (1_772_443_200_000, "key_1")
    assert told["preview_url"].startswith("http://127.0.0.1:8700/p/")
