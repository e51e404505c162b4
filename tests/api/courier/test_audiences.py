from typing import Any
from urllib.parse import quote

import httpx
import pytest

pytestmark = pytest.mark.anyio

PRO = {"operator": "EQ", "path": "plan", "value": "pro"}
FILTER: dict[str, Any] = {"operator": "AND", "filters": [PRO]}


async def _put(client: httpx.AsyncClient, audience_id: str, **body: Any) -> dict[str, Any]:
    answer = await client.put(f"/audiences/{quote(audience_id, safe='')}", json=body)
    assert answer.status_code == 200, answer.text
    return answer.json()["audience"]


async def test_an_audience_is_written_and_read(client: httpx.AsyncClient) -> None:
    written = await _put(client, "pro", name="Professionals", description="Who pays", filter=FILTER)

    found = (await client.get("/audiences/pro")).json()
    assert found == written | {"member_count": 0}
    evaluation = found.pop("evaluation")
    assert {key: evaluation[key] for key in ("status", "done", "total", "starts_automations")} == {
        "status": "RUNNING",
        "done": 0,
        "total": None,
        "starts_automations": False,
    }
    assert found == {
        "id": "pro",
        "name": "Professionals",
        "description": "Who pays",
        "filter": FILTER,
        "operator": "AND",
        "version": 1,
        "member_count": 0,
        "created_at": found["created_at"],
        "updated_at": found["created_at"],
    }


async def test_an_empty_body_makes_an_audience_of_nobody(client: httpx.AsyncClient) -> None:
    written = await _put(client, "empty")

    assert (written["name"], written["description"], written.get("filter")) == ("", "", None)


async def test_what_is_left_out_stays_and_null_empties(client: httpx.AsyncClient) -> None:
    await _put(client, "pro", name="Professionals", filter=FILTER)

    renamed = await _put(client, "pro", name="Pros")
    emptied = await _put(client, "pro", name=None, filter=None)

    assert (renamed["name"], renamed["filter"], renamed["version"]) == ("Pros", FILTER, 2)
    assert (emptied["name"], emptied.get("filter"), emptied["version"]) == ("", None, 3)


async def test_an_operator_beside_the_filter_is_applied_to_it(client: httpx.AsyncClient) -> None:
    written = await _put(client, "pro", filter={"filters": [PRO, PRO]}, operator="OR")
    later = await _put(client, "pro", operator="AND")

    assert (written["operator"], written["filter"]) == ("OR", {"operator": "OR", "filters": [PRO, PRO]})
    assert later["filter"]["operator"] == "AND"


async def test_a_single_rule_may_stand_alone(client: httpx.AsyncClient) -> None:
    assert (await _put(client, "pro", filter=PRO))["filter"] == FILTER


async def test_versions_are_kept(client: httpx.AsyncClient) -> None:
    await _put(client, "pro", filter=FILTER)
    await _put(client, "pro", filter=None)

    found = (await client.get("/audiences/pro/versions")).json()["items"]

    assert [(one["version"], one["filter"]) for one in found] == [(2, None), (1, FILTER)]


async def test_each_new_version_ends_the_evaluation_by_the_one_before(client: httpx.AsyncClient) -> None:
    first = await _put(client, "pro", filter=FILTER)
    await _put(client, "pro", filter=None)

    job = (await client.get(f"/jobs/{first['evaluation']['job_id']}")).json()

    assert (job["kind"], job["status"]) == ("audience.evaluate", "CANCELED")


async def test_a_deleted_audience_is_gone_and_counts_on(client: httpx.AsyncClient) -> None:
    await _put(client, "pro", filter=FILTER)

    deleted = [(await client.delete("/audiences/pro")).status_code for _ in range(2)]
    gone = [(await client.get(path)).status_code for path in ("/audiences/pro", "/audiences/pro/members")]
    again = await _put(client, "pro")

    assert (deleted, gone) == ([204, 204], [404, 404])
    assert (again["version"], again.get("filter")) == (2, None)


async def test_an_id_may_hold_a_slash(client: httpx.AsyncClient) -> None:
    await _put(client, "eu/pro users")

    assert (await client.get("/audiences/eu%2Fpro%20users")).json()["id"] == "eu/pro users"
    assert (await client.get("/audiences/eu%2Fpro%20users/members")).json() == {"items": [], "paging": {"more": False}}


async def test_audiences_come_in_pages(client: httpx.AsyncClient) -> None:
    for number in range(101):
        await _put(client, f"a{number:03}")

    first = (await client.get("/audiences")).json()
    second = (await client.get("/audiences", params={"cursor": first["paging"]["cursor"]})).json()

    assert [one["id"] for one in first["items"] + second["items"]] == [f"a{number:03}" for number in range(101)]
    assert second["paging"] == {"more": False}


async def test_nobody_is_in_no_audience(client: httpx.AsyncClient) -> None:
    assert (await client.get("/profiles/u-1/audiences")).json() == {"items": [], "paging": {"more": False}}


@pytest.mark.parametrize(
    ("body", "message"),
    [
        ({"filter": {"operator": "AND", "filters": [PRO, {"operator": "LIKE"}]}}, "filter operator should be equal to one of"),
        ({"filter": {"filters": [PRO, PRO]}}, "operator is required when there is more than one rule"),
        ({"filter": "plan = pro"}, "filter"),
        ({"operator": "XOR"}, "operator"),
        ({"name": "x" * 600}, "name: At most 512"),
        ({"name": 5}, "name"),
    ],
)
async def test_a_wrong_body_is_refused_and_writes_nothing(client: httpx.AsyncClient, body: Any, message: str) -> None:
    answer = await client.put("/audiences/bad", json=body)

    assert answer.status_code == 400
    assert message in answer.json()["message"]
    assert (await client.get("/audiences/bad")).status_code == 404


@pytest.mark.parametrize("path", ["/audiences/none", "/audiences/none/members", "/audiences/none/versions"])
async def test_unknown_audiences(client: httpx.AsyncClient, path: str) -> None:
    answer = await client.get(path)

    assert (answer.status_code, answer.json()["message"]) == (404, "Audience not found")


async def test_a_cursor_that_is_none_is_refused(client: httpx.AsyncClient) -> None:
    assert (await client.get("/audiences?cursor=*")).status_code == 400
