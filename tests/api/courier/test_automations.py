"""Automations over HTTP."""

from typing import Any

import httpx
import msgspec
import pytest

from api.courier.applied_runs import AppliedRuns
from posthorn.api.context import Context
from posthorn.clock import FrozenClock
from posthorn.storage.database import Database

pytestmark = pytest.mark.anyio

SEND = {"action": "send", "message": {"content": {"title": "Welcome", "body": "."}}}
BODY = {"name": "Welcome", "steps": [{"action": "delay", "duration": "1 hour"}, SEND], "trigger": "track/Signed Up"}


@pytest.fixture
def commands(sqlite: Database) -> AppliedRuns:
    return AppliedRuns(sqlite)


@pytest.fixture
def context(context: Context) -> Context:
    """Every call gets another seed, so that runs get ids of their own."""
    counter = iter(range(1_000))
    return msgspec.structs.replace(context, seed=lambda: next(counter).to_bytes(16, "big")[::-1])


async def _published(client: httpx.AsyncClient, name: str = "welcome", **changed: Any) -> None:
    await client.put(f"/automations/{name}", json={**BODY, **changed})
    await client.post(f"/automations/{name}/publish")


async def test_a_template_is_drafted_published_and_read(client: httpx.AsyncClient) -> None:
    draft = await client.put("/automations/welcome", json={**BODY, "cancelationToken": {"$ref": "data.cart"}})
    published = await client.post("/automations/welcome/publish")
    read = await client.get("/automations/welcome")

    assert (draft.status_code, draft.json()["version"], draft.json()["state"]) == (200, "draft", "DRAFT")
    assert published.status_code == 200
    assert read.json() == published.json()
    assert (read.json()["version"], read.json()["cancelation_token"]) == ("published", "refs.data.cart")
    assert read.json()["steps"] == BODY["steps"]
    assert read.json()["createdAt"] == "2026-03-02T09:20:00.000Z"


async def test_the_list_tells_published_ones_from_drafts(client: httpx.AsyncClient) -> None:
    await _published(client)
    await client.put("/automations/draft", json=BODY)

    published = (await client.get("/automations")).json()
    drafts = (await client.get("/automations", params={"version": "draft"})).json()
    wrong = await client.get("/automations", params={"version": "x"})

    assert [one["id"] for one in published["templates"]] == ["welcome"]
    assert "cursor" not in published
    assert [one["id"] for one in drafts["templates"]] == ["draft", "welcome"]
    assert (wrong.status_code, wrong.json()["message"]) == (
        400,
        'Invalid version parameter "x". Accepted values are: published (for published templates) '
        "or draft (for draft templates)",
    )


async def test_a_long_list_comes_in_pages(client: httpx.AsyncClient) -> None:
    for number in range(21):
        await client.put(f"/automations/a{number:02}", json=BODY)

    first = (await client.get("/automations", params={"version": "draft"})).json()
    second = (await client.get("/automations", params={"version": "draft", "cursor": first["cursor"]})).json()
    damaged = await client.get("/automations", params={"cursor": "%%"})

    assert (len(first["templates"]), [one["id"] for one in second["templates"]]) == (20, ["a20"])
    assert (damaged.status_code, damaged.json()["message"]) == (400, "Invalid cursor format")


@pytest.mark.parametrize(
    ("changed", "text"),
    [
        ({"steps": [{"action": "dance"}]}, 'steps[0].action: Unknown action "dance"'),
        ({"steps": None}, "steps: Expected `array`, got `null`"),
        ({"trigger": {"type": "dream"}}, "trigger: Unknown trigger type; expected one of api-invoke, audience, "),
    ],
)
async def test_a_template_that_cannot_run_is_refused(client: httpx.AsyncClient, changed: Any, text: str) -> None:
    answer = await client.put("/automations/a", json={**BODY, **changed})

    assert answer.status_code == 400
    assert answer.json()["message"].startswith(text)


async def test_an_invoked_run_is_listed_with_its_steps(client: httpx.AsyncClient) -> None:
    await _published(client)

    invoked = await client.post("/automations/welcome/invoke", json={"recipient": "u-1"})
    run_id = invoked.json()["runId"]
    runs = (await client.get("/automations/runs")).json()
    steps = (await client.get(f"/automations/runs/{run_id}/steps")).json()["steps"]

    assert invoked.status_code == 200
    assert [(run["run_id"], run["status"], run["source"], run["template_id"]) for run in runs["runs"]] == [
        (run_id, "WAITING", ["invoke/welcome"], "welcome")
    ]
    assert [(step["action"], step["status"], step["step_id"]) for step in steps] == [("delay", "WAITING", "0")]


async def test_an_ad_hoc_run_needs_no_template(client: httpx.AsyncClient) -> None:
    body = {"recipient": "u-1", "automation": {"steps": [SEND], "cancellation_token": "t"}}

    run_id = (await client.post("/automations/invoke", json=body)).json()["runId"]
    steps = (await client.get(f"/automations/runs/{run_id}/steps")).json()["steps"]

    assert [(step["status"], step["message_id"][:2]) for step in steps] == [("PROCESSED", "1-")]


async def test_an_ad_hoc_body_that_cannot_run_is_refused(client: httpx.AsyncClient, commands: AppliedRuns) -> None:
    answer = await client.post("/automations/invoke", json={"automation": {"steps": [{"action": "delay"}]}})

    assert answer.status_code == 400
    assert answer.json()["message"] == "automation.steps[0]: One of `duration` and `until`: Required"
    assert commands.entries == []


async def test_what_cannot_be_invoked_says_why(client: httpx.AsyncClient) -> None:
    await client.put("/automations/draft", json=BODY)
    await _published(client, "off", enabled=False)
    await _published(client, "old")
    await client.delete("/automations/old")

    answers = {name: await client.post(f"/automations/{name}/invoke", json={}) for name in ("nope", "draft", "off", "old")}

    assert {name: (answer.status_code, answer.json()["message"]) for name, answer in answers.items()} == {
        "nope": (404, "Automation template nope not found"),
        "draft": (422, "Cannot invoke unpublished automation template draft"),
        "off": (422, "Cannot invoke disabled automation template off"),
        "old": (422, "Cannot invoke archived automation template old"),
    }


async def test_runs_are_filtered_and_paged(client: httpx.AsyncClient, clock: FrozenClock) -> None:
    await _published(client)
    runs = []
    for user in ("a", "b", "c"):
        clock.advance(1_000)
        runs.append((await client.post("/automations/welcome/invoke", json={"recipient": user})).json()["runId"])

    async def listed(**params: str) -> list[str]:
        answer = await client.get("/automations/runs", params=params)
        return [run["run_id"] for run in answer.json()["runs"]]

    first = (await client.get("/automations/runs", params={"limit": "2"})).json()
    assert [run["run_id"] for run in first["runs"]] == [runs[2], runs[1]]
    assert await listed(limit="2", cursor=first["next_cursor"]) == [runs[0]]
    assert len(await listed(status="WAITING,ERROR", template_id="welcome", start_date="2026-03-02", end_date="2026-03-02")) == 3
    assert await listed(status="ERROR") == []
    assert await listed(start_date="2026-03-03") == []
    assert (await client.get("/automations/runs", params={"start_date": "soon"})).status_code == 400
    assert len(await listed(limit="many")) == 3


async def test_an_unknown_run_is_404(client: httpx.AsyncClient) -> None:
    answer = await client.get("/automations/runs/1-x/steps")

    assert (answer.status_code, answer.json()["message"]) == (404, "Run not found")


@pytest.mark.parametrize("name", ["runs", "invoke"])
async def test_a_name_that_is_a_route_cannot_be_an_id(client: httpx.AsyncClient, name: str) -> None:
    assert (await client.put(f"/automations/{name}", json=BODY)).status_code in {400, 405}
