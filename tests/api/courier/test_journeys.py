"""Journeys over HTTP."""

from typing import Any

import httpx
import msgspec
import pytest

from api.courier.applied_runs import AppliedRuns
from posthorn.api.context import Context
from posthorn.storage.database import Database

pytestmark = pytest.mark.anyio

TRIGGER = {"type": "trigger", "trigger_type": "api-invoke", "id": "t"}
DELAY = {"type": "delay", "mode": "duration", "duration": "1 hour", "id": "d"}
BODY = {"name": "Cart", "nodes": [TRIGGER, DELAY, {"type": "exit"}]}


@pytest.fixture
def commands(sqlite: Database) -> AppliedRuns:
    return AppliedRuns(sqlite)


@pytest.fixture
def context(context: Context) -> Context:
    """Every call gets another seed, so that journeys get ids of their own."""
    counter = iter(range(1_000))
    return msgspec.structs.replace(context, seed=lambda: next(counter).to_bytes(16, "big")[::-1])


async def _made(client: httpx.AsyncClient, **changed: Any) -> str:
    answer = await client.post("/journeys", json={**BODY, "state": "PUBLISHED", **changed})
    return answer.json()["id"]


async def test_a_journey_begins_as_a_draft_whose_nodes_have_ids(client: httpx.AsyncClient) -> None:
    made = await client.post("/journeys", json=BODY)
    read = await client.get(f"/journeys/{made.json()['id']}")

    assert made.status_code == 201
    assert (made.json()["state"], made.json()["published"], made.json()["enabled"]) == ("DRAFT", None, True)
    assert made.json()["id"].startswith("jn_")
    assert [node["id"][:2] for node in made.json()["nodes"]] == ["t", "d", "n_"]
    assert read.json() == made.json()


async def test_versions_grow_and_an_earlier_one_can_be_live_again(client: httpx.AsyncClient) -> None:
    journey_id = await _made(client)
    await client.put(f"/journeys/{journey_id}", json={**BODY, "name": "Second"})
    draft = (await client.get(f"/journeys/{journey_id}", params={"version": "draft"})).json()
    live = (await client.get(f"/journeys/{journey_id}")).json()
    await client.post(f"/journeys/{journey_id}/publish")
    back = (await client.post(f"/journeys/{journey_id}/publish", json={"version": "v1"})).json()
    versions = (await client.get(f"/journeys/{journey_id}/versions")).json()

    assert (draft["name"], draft["state"], live["name"], live["state"]) == ("Second", "DRAFT", "Cart", "PUBLISHED")
    assert back["name"] == "Cart"
    assert [(one["version"], one["name"], "published" in one) for one in versions["results"]] == [
        ("v2", "Second", False),
        ("v1", "Cart", True),
    ]
    assert (await client.get(f"/journeys/{journey_id}", params={"version": "v2"})).json()["name"] == "Second"
    assert (await client.get(f"/journeys/{journey_id}", params={"version": "v9"})).status_code == 404
    assert (await client.get(f"/journeys/{journey_id}", params={"version": "x"})).status_code == 400


@pytest.mark.parametrize(
    ("changed", "text"),
    [
        ({"name": ""}, "name: Expected `str` of length >= 1"),
        ({"nodes": []}, "nodes: Expected a list with at least one node"),
        ({"nodes": [{"type": "fetch"}]}, "nodes[0].method: Required"),
        ({"nodes": [{"type": "send", "message": {}}]}, "nodes[0]: Exactly one of"),
    ],
)
async def test_a_journey_that_cannot_run_is_refused(client: httpx.AsyncClient, changed: Any, text: str) -> None:
    answer = await client.post("/journeys", json={**BODY, **changed})

    assert (answer.status_code, answer.json()["type"]) == (400, "invalid_request_error")
    assert answer.json()["message"].startswith(text)


async def test_an_invoked_journey_is_a_run_with_steps(client: httpx.AsyncClient) -> None:
    journey_id = await _made(client)

    invoked = await client.post(f"/journeys/{journey_id}/invoke", json={"data": {"userId": "u-1"}})
    run_id = invoked.json()["runId"]
    run = (await client.get(f"/journeys/runs/{run_id}")).json()["run"]
    steps = (await client.get(f"/journeys/runs/{run_id}/steps")).json()["steps"]

    assert invoked.status_code == 202
    assert (run["status"], run["template_id"], run["source"]) == ("WAITING", journey_id, [f"invoke/{journey_id}"])
    assert [(step["action"], step["node_id"]) for step in steps] == [("delay", "d")]
    assert [one["run_id"] for one in (await client.get("/journeys/runs")).json()["runs"]] == [run_id]
    assert (await client.get("/automations/runs")).json()["runs"] == []
    assert (await client.get(f"/automations/runs/{run_id}/steps")).status_code == 404


async def test_an_invocation_names_somebody(client: httpx.AsyncClient) -> None:
    journey_id = await _made(client)

    nobody = await client.post(f"/journeys/{journey_id}/invoke", json={"profile": {"name": "x"}})
    address = await client.post(f"/journeys/{journey_id}/invoke", json={"profile": {"email": "a@b.co"}})

    assert (nobody.status_code, nobody.json()["message"][:36]) == (400, "User identifier or profile required.")
    assert address.status_code == 202


async def test_the_conditions_of_the_trigger_are_asked(client: httpx.AsyncClient) -> None:
    condition = ["data.total", "greater than", "10"]
    journey_id = await _made(client, nodes=[{**TRIGGER, "conditions": condition}, DELAY])

    small = await client.post(f"/journeys/{journey_id}/invoke", json={"user_id": "u", "data": {"total": 5}})
    large = await client.post(f"/journeys/{journey_id}/invoke", json={"user_id": "u", "data": {"total": 50}})

    assert (small.status_code, small.json()["message"]) == (422, "Trigger conditions not met")
    assert large.status_code == 202


async def test_what_cannot_be_invoked_says_why(client: httpx.AsyncClient) -> None:
    await client.put("/automations/auto", json={"name": "a", "steps": []})
    archived, disabled = await _made(client), await _made(client, enabled=False)
    await client.delete(f"/journeys/{archived}")

    async def refused(name: str) -> tuple[int, str]:
        answer = await client.post(f"/journeys/{name}/invoke", json={"user_id": "u"})
        return answer.status_code, answer.json()["message"]

    assert await refused("abc-123") == (404, "Automation template abc-123 not found")
    assert await refused("auto") == (400, "Invalid automation version. Expected 2025-09-03, got 2022-12-01")
    assert await refused(archived) == (422, f"Cannot invoke archived automation template {archived}")
    assert await refused(disabled) == (422, f"Cannot invoke disabled automation template {disabled}")


async def test_a_run_is_canceled_by_its_id_and_says_so_again(client: httpx.AsyncClient) -> None:
    journey_id = await _made(client)
    run_id = (await client.post(f"/journeys/{journey_id}/invoke", json={"user_id": "u"})).json()["runId"]

    answers = [await client.post("/journeys/cancel", json={"run_id": run_id}) for _ in range(2)]

    assert [(one.status_code, one.json()) for one in answers] == [(202, {"run_id": run_id, "status": "CANCELED"})] * 2


async def test_runs_of_all_users_are_canceled_by_their_token(client: httpx.AsyncClient) -> None:
    journey_id = await _made(client, cancelation_token="{{data.cart}}")
    for user in ("a", "b"):
        await client.post(f"/journeys/{journey_id}/invoke", json={"user_id": user, "data": {"cart": "c-1"}})
    await client.post(f"/journeys/{journey_id}/invoke", json={"user_id": "a", "data": {"cart": "c-2"}})

    answer = await client.post("/journeys/cancel", json={"cancelation_token": "c-1"})
    runs = (await client.get("/journeys/runs")).json()["runs"]

    assert (answer.status_code, answer.json()) == (202, {"cancelation_token": "c-1"})
    assert sorted(run["status"] for run in runs) == ["CANCELED", "CANCELED", "WAITING"]


@pytest.mark.parametrize(
    ("body", "status"),
    [
        ({}, 400),
        ({"run_id": "1-x", "cancelation_token": "t"}, 400),
        ({"run_id": "1-x"}, 404),
        ({"cancelation_token": "t"}, 202),
    ],
)
async def test_a_cancel_names_exactly_one_thing(client: httpx.AsyncClient, body: Any, status: int) -> None:
    assert (await client.post("/journeys/cancel", json=body)).status_code == status


async def test_an_archived_journey_is_in_no_list(client: httpx.AsyncClient) -> None:
    kept, archived = await _made(client), await _made(client)
    gone = await client.delete(f"/journeys/{archived}")

    assert gone.status_code == 204
    assert [one["id"] for one in (await client.get("/journeys")).json()["templates"]] == [kept]
