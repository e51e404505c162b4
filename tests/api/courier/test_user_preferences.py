from typing import Any

import httpx
import pytest

from posthorn.clock import FrozenClock

pytestmark = pytest.mark.anyio

PATH = "/users/u-1/preferences"


async def _topic(client: httpx.AsyncClient, name: str, default_status: str) -> str:
    sections = (await client.get("/preferences/sections")).json()["results"]
    section = sections[0] if sections else (await client.post("/preferences/sections", json={"name": "Marketing"})).json()
    body = {"name": name, "default_status": default_status}
    made = await client.post(f"/preferences/sections/{section['id']}/topics", json=body)
    return made.json()["id"]


@pytest.fixture
async def topics(client: httpx.AsyncClient, clock: FrozenClock) -> dict[str, str]:
    """Ids of a topic that is on, one that is off, one that is required."""
    made: dict[str, str] = {}
    for status in ("OPTED_IN", "OPTED_OUT", "REQUIRED"):
        clock.advance(1)  # ids derive from the time here
        made[status] = await _topic(client, status, status)
    return made


async def _status(client: httpx.AsyncClient, topic_id: str, **query: str) -> tuple[str, str]:
    found = (await client.get(f"{PATH}/{topic_id}", params=query)).json()["topic"]
    return found["status"], found["default_status"]


async def test_one_choice_is_written_read_and_forgotten(client: httpx.AsyncClient, topics: dict[str, str]) -> None:
    path = f"{PATH}/{topics['OPTED_IN']}"
    wanted = {"status": "OPTED_OUT", "has_custom_routing": True, "custom_routing": ["email"]}
    written = await client.put(path, json={"topic": wanted})
    read = (await client.get(path)).json()["topic"]
    listed = (await client.get(PATH)).json()
    forgotten = await client.delete(path)

    assert (written.status_code, written.json()) == (200, {"message": "success"})
    assert read == {**read, **wanted, "default_status": "OPTED_IN", "section_name": "Marketing", "topic_name": "OPTED_IN"}
    assert listed == {"items": [read], "paging": {"more": False}}
    assert (forgotten.status_code, await _status(client, topics["OPTED_IN"])) == (204, ("OPTED_IN", "OPTED_IN"))
    assert (await client.get(PATH)).json()["items"] == []


async def test_the_full_set_replaces_all(client: httpx.AsyncClient, topics: dict[str, str]) -> None:
    on, off = topics["OPTED_IN"], topics["OPTED_OUT"]
    await client.put(PATH, json={"topics": [{"topic_id": on, "status": "OPTED_OUT"}]})
    answer = await client.put(PATH, json={"topics": [{"topic_id": off, "status": "OPTED_IN"}]})
    emptied = await client.put(PATH, json={"topics": []})

    item = {"topic_id": off, "status": "OPTED_IN", "has_custom_routing": False, "custom_routing": []}
    assert answer.json() == {"items": [item], "deleted": [on]}
    assert emptied.json() == {"items": [], "deleted": [off]}


async def test_the_full_set_is_all_or_nothing(client: httpx.AsyncClient, topics: dict[str, str]) -> None:
    wanted = [{"topic_id": topics["OPTED_IN"], "status": "OPTED_OUT"}, {"topic_id": "pt_none", "status": "OPTED_IN"}]
    answer = await client.put(PATH, json={"topics": wanted})

    assert (answer.status_code, answer.json()["message"]) == (400, "topics: pt_none: Topic not found")
    assert (await client.get(PATH)).json()["items"] == []


async def test_of_some_topics_those_are_written_that_can_be(client: httpx.AsyncClient, topics: dict[str, str]) -> None:
    wanted = {"topic_id": topics["OPTED_OUT"], "status": "OPTED_IN", "has_custom_routing": True, "custom_routing": ["push"]}
    others = [{"topic_id": "pt_none", "status": "OPTED_IN"}, {"topic_id": topics["REQUIRED"], "status": "OPTED_OUT"}]
    answer = await client.post(PATH, json={"topics": [wanted, *others]})

    assert answer.json() == {
        "items": [wanted],
        "errors": [
            {"topic_id": "pt_none", "reason": "Topic not found"},
            {"topic_id": topics["REQUIRED"], "reason": "REQUIRED is required, nobody can opt out of it"},
        ],
    }
    assert [one["topic_id"] for one in (await client.get(PATH)).json()["items"]] == [topics["OPTED_OUT"]]


async def test_of_a_topic_listed_twice_the_last_choice_counts(client: httpx.AsyncClient, topics: dict[str, str]) -> None:
    both = [{"topic_id": topics["OPTED_IN"], "status": status} for status in ("OPTED_IN", "OPTED_OUT")]
    answers = [await client.post(PATH, json={"topics": both}), await client.put(PATH, json={"topics": both})]

    assert [[one["status"] for one in answer.json()["items"]] for answer in answers] == [["OPTED_OUT"]] * 2
    assert await _status(client, topics["OPTED_IN"]) == ("OPTED_OUT", "OPTED_IN")


async def test_a_tenants_context_is_apart_and_has_its_own_default(client: httpx.AsyncClient, topics: dict[str, str]) -> None:
    on = topics["OPTED_IN"]
    await client.put("/tenants/acme", json={"name": "Acme"})
    await client.put("/tenants/below", json={"name": "Below", "parent_tenant_id": "acme"})
    await client.put(f"/tenants/acme/default_preferences/items/{on}", json={"status": "OPTED_OUT"})

    assert await _status(client, on) == ("OPTED_IN", "OPTED_IN")
    assert await _status(client, on, tenant_id="below") == ("OPTED_OUT", "OPTED_OUT")
    await client.put(f"{PATH}/{on}", params={"tenant_id": "below"}, json={"topic": {"status": "OPTED_IN"}})
    assert await _status(client, on, tenant_id="below") == ("OPTED_IN", "OPTED_OUT")
    assert await _status(client, on, tenant_id="acme") == ("OPTED_OUT", "OPTED_OUT")
    assert (await client.get(PATH)).json()["items"] == []
    assert len((await client.get(PATH, params={"tenant_id": "below"})).json()["items"]) == 1


async def test_nobody_opts_out_of_what_a_tenant_requires(client: httpx.AsyncClient, topics: dict[str, str]) -> None:
    on = topics["OPTED_IN"]
    await client.put("/tenants/acme", json={"name": "Acme"})
    await client.put(f"/tenants/acme/default_preferences/items/{on}", json={"status": "REQUIRED"})

    answer = await client.put(f"{PATH}/{on}", params={"tenant_id": "acme"}, json={"topic": {"status": "OPTED_OUT"}})

    assert (answer.status_code, "is required" in answer.json()["message"]) == (400, True)


@pytest.mark.parametrize(
    ("topic", "complaint"),
    [
        ({"status": "REQUIRED"}, "topic.status: A user is OPTED_IN or OPTED_OUT."),
        ({"status": "MAYBE"}, "topic.status: Invalid enum value 'MAYBE'"),
        ({}, "topic.status: Required"),
        ({"status": "OPTED_IN", "custom_routing": ["pigeon"]}, "topic.custom_routing[0]"),
        ({"status": "OPTED_IN", "custom_routing": "email"}, "topic.custom_routing"),
    ],
)
async def test_what_is_no_choice_is_refused(
    client: httpx.AsyncClient, topics: dict[str, str], topic: Any, complaint: str
) -> None:
    answer = await client.put(f"{PATH}/{topics['OPTED_IN']}", json={"topic": topic})

    assert (answer.status_code, answer.json()["message"].startswith(complaint.split("[")[0])) == (400, True)


async def test_an_unknown_topic_is_not_found(client: httpx.AsyncClient, topics: dict[str, str]) -> None:
    answers = [
        await client.get(f"{PATH}/pt_none"),
        await client.put(f"{PATH}/pt_none", json={"topic": {"status": "OPTED_IN"}}),
    ]

    assert [(one.status_code, one.json()["message"]) for one in answers] == [(404, "Topic not found")] * 2
    assert (await client.delete(f"{PATH}/pt_none")).status_code == 204


@pytest.mark.parametrize(("method", "count"), [("POST", 0), ("POST", 51), ("PUT", 51)])
async def test_too_few_and_too_many_topics_are_refused(client: httpx.AsyncClient, method: str, count: int) -> None:
    wanted = [{"topic_id": f"pt_{number}", "status": "OPTED_IN"} for number in range(count)]
    answer = await client.request(method, PATH, json={"topics": wanted})

    assert answer.status_code == 400
    assert answer.json()["message"].startswith("topics: Expected `array` of length")


async def test_each_write_is_one_event_of_the_user(client: httpx.AsyncClient, topics: dict[str, str], commands: Any) -> None:
    await client.put(f"{PATH}/{topics['OPTED_IN']}", json={"topic": {"status": "OPTED_OUT"}})

    assert [(one.type, one.user_key, one.origin) for one in commands.entries] == [("preferences.changed", "u-1", "api")]
