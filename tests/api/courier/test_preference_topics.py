from typing import Any

import httpx
import pytest

from posthorn.clock import FrozenClock

pytestmark = pytest.mark.anyio

NEWS = {
    "name": "News",
    "default_status": "OPTED_OUT",
    "description": "Once a week",
    "allowed_preferences": ["snooze", "channel_preferences"],
    "include_unsubscribe_header": True,
    "routing_options": ["email"],
    "topic_data": {"a": 1},
}


@pytest.fixture
async def topics(client: httpx.AsyncClient) -> str:
    """The path of the topics of a section."""
    section = await client.post("/preferences/sections", json={"name": "Marketing"})
    return f"/preferences/sections/{section.json()['id']}/topics"


async def test_a_topic_is_made_read_listed_and_replaced(client: httpx.AsyncClient, topics: str) -> None:
    made = await client.post(topics, json=NEWS)
    path = f"{topics}/{made.json()['id']}"
    read = await client.get(path)
    replaced = await client.put(path, json={"name": "Letters", "default_status": "REQUIRED"})

    assert made.status_code == 201
    assert made.json()["id"].startswith("pt_")
    assert made.json() == {**read.json(), **NEWS}
    emptied = {"description": None, "allowed_preferences": [], "include_unsubscribe_header": False, "topic_data": {}}
    assert replaced.json() == {**replaced.json(), **emptied, "routing_options": []}
    assert (await client.get(topics)).json()["results"] == [replaced.json()]
    assert (await client.get(topics.removesuffix("/topics"))).json()["topics"] == [replaced.json()]


async def test_an_archived_topic_is_not_found(client: httpx.AsyncClient, topics: str) -> None:
    path = f"{topics}/{(await client.post(topics, json=NEWS)).json()['id']}"

    assert (await client.delete(path)).status_code == 204
    assert [(await client.request(each, path, json=NEWS)).status_code for each in ("GET", "PUT", "DELETE")] == [404] * 3


async def test_a_topic_belongs_to_one_section(client: httpx.AsyncClient, topics: str, clock: FrozenClock) -> None:
    topic_id = (await client.post(topics, json=NEWS)).json()["id"]
    clock.advance(1)  # ids derive from the time here
    other = (await client.post("/preferences/sections", json={"name": "Other"})).json()["id"]

    answer = await client.get(f"/preferences/sections/{other}/topics/{topic_id}")

    assert (answer.status_code, answer.json()["message"]) == (404, "Topic not found")


@pytest.mark.parametrize(
    ("body", "complaint"),
    [
        ({}, "name: Required; default_status: Required"),
        ({"name": "n", "default_status": "OFF"}, "default_status: Invalid enum value 'OFF'"),
        ({"name": "n", "default_status": "OPTED_IN", "allowed_preferences": ["all"]}, "allowed_preferences"),
        ({"name": "n", "default_status": "OPTED_IN", "topic_data": []}, "topic_data"),
    ],
)
async def test_a_topic_that_cannot_be_is_refused(client: httpx.AsyncClient, topics: str, body: Any, complaint: str) -> None:
    answer = await client.post(topics, json=body)

    assert answer.status_code == 400
    assert complaint in answer.json()["message"]


async def test_a_topic_needs_a_section(client: httpx.AsyncClient) -> None:
    answer = await client.post("/preferences/sections/ps_none/topics", json=NEWS)

    assert (answer.status_code, answer.json()["message"]) == (404, "Section not found")
