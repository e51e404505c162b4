"""Sources over HTTP."""

from typing import Any

import httpx
import pytest

from workspace import Workspace

pytestmark = pytest.mark.anyio


async def _made(client: httpx.AsyncClient, **body: Any) -> dict[str, Any]:
    answer = await client.post("/sources", json=body)
    assert answer.status_code == 201, answer.text
    return answer.json()


async def test_a_source_is_added_and_changed_setting_by_setting(client: httpx.AsyncClient) -> None:
    made = await _made(client, name="Shop", kind="web", allowed_origins=["https://shop.test"])
    path = f"/sources/{made['id']}"
    changed = (await client.put(path, json={"rate_per_second": 5})).json()

    assert made["settings"]["kind"] == "web"
    assert changed["settings"] == {**made["settings"], "rate_per_second": 5}
    assert (await client.get(path)).json() == changed
    assert (await client.get("/sources")).json() == {"results": [changed]}


async def test_secrets_are_written_never_shown_and_kept_when_sent_back(client: httpx.AsyncClient) -> None:
    made = await _made(client, shared_secrets=["a-long-first-secret"], require_signature_and_key=True)
    shown = made["settings"]["shared_secrets"]
    path = f"/sources/{made['id']}"
    rotated = await client.put(path, json={"shared_secrets": [*shown, "a-long-second-one"]})
    emptied = await client.put(path, json={"shared_secrets": []})

    assert shown == ["********cret"]
    assert rotated.json()["settings"]["shared_secrets"] == ["********cret", "********-one"]
    assert (emptied.status_code, "needs at least one" in emptied.json()["message"]) == (400, True)


@pytest.mark.parametrize(
    ("body", "message"),
    [
        ({"kind": "toaster"}, "kind: Invalid enum value 'toaster'"),
        ({"rate_per_second": -1}, "rate_per_second, burst and max_trigger_age_ms are not negative."),
        ({"delete_mode": "never"}, "delete_mode: Invalid enum value 'never'"),
    ],
)
async def test_wrong_settings_get_a_sentence(client: httpx.AsyncClient, body: dict[str, Any], message: str) -> None:
    answer = await client.post("/sources", json=body)

    assert (answer.status_code, answer.json()["message"]) == (400, message)


async def test_a_source_of_the_other_environment_is_not_there(client: httpx.AsyncClient) -> None:
    made = await _made(client, name="Shop")
    other = {"authorization": "Bearer My API Key"}
    answers = [
        await client.get(f"/sources/{made['id']}", headers=other),
        await client.put(f"/sources/{made['id']}", json={}, headers=other),
        await client.get("/sources/src_x"),
    ]

    assert [answer.status_code for answer in answers] == [404, 404, 404]
    assert (await client.get("/sources", headers=other)).json() == {"results": []}


async def test_a_new_source_and_its_key_take_events_at_once(workspace: Workspace) -> None:
    source = await workspace.call("POST", "/sources", {"name": "Page", "kind": "web"})
    made = await workspace.call("POST", "/keys", {"kind": "write", "source_id": source["id"]})
    event = {"type": "identify", "userId": "u-1", "traits": {"plan": "team"}}
    await workspace.call("POST", "/v1/identify", event, auth=(made["key"], ""), status=200)
    await workspace.rest()

    [logged] = (await workspace.call("GET", "/log"))["events"]
    shown = await workspace.call("GET", f"/sources/{source['id']}")
    assert logged["sourceId"] == source["id"]
    assert shown["write_keys"] == [{"id": made["id"], "name": "", "hint": made["key"][-4:]}]


async def test_a_source_that_is_switched_off_takes_nothing(workspace: Workspace) -> None:
    await workspace.call("PUT", "/sources/src_production", {"enabled": False})
    answer = await workspace.client.post("/v1/track", json={"userId": "u", "event": "X"}, auth=("wk_flow", ""))

    assert answer.status_code == 403


async def test_stored_consent_stops_events_that_say_nothing_of_it(workspace: Workspace) -> None:
    wanted = {"consent_categories": ["Marketing"], "enforce_profile_consent": True}
    await workspace.call("PUT", "/sources/src_production", wanted)
    consent = {"consent": {"categoryPreferences": {"Marketing": False}}}
    name = "Segment Consent Preference Updated"
    await workspace.send_event({"type": "track", "userId": "u-1", "event": name, "context": consent})
    await workspace.identify("u-1", plan="team")

    events = (await workspace.call("GET", "/log"))["events"]
    assert events[-1]["facts"] == [{"about": "event", "verdict": "filtered_by_end_user_consent", "reason": ""}]
    assert (await workspace.call("GET", "/profiles/u-1"))["profile"] == {}
