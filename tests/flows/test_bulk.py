"""Bulk jobs: users handed over in portions, each with his own data (courier.md 9.7)."""

from typing import Any

import pytest

from workspace import Workspace

pytestmark = pytest.mark.anyio

MESSAGE = {
    "event": "invoice",
    "content": {"title": "Invoice", "body": "{{name}} owes {{sum}} {{unit}}"},
    "data": {"unit": "EUR"},
}


def _user(number: int) -> dict[str, Any]:
    return {
        "recipient": f"u-{number}",
        "profile": {"email": f"u-{number}@example.test"},
        "data": {"name": f"N{number}", "sum": number},
    }


async def _job(workspace: Workspace, *portions: list[dict[str, Any]]) -> str:
    job_id = (await workspace.call("POST", "/bulk", {"message": MESSAGE}, status=200))["jobId"]
    for users in portions:
        await workspace.call("POST", f"/bulk/{job_id}", {"users": users}, status=204)
    return job_id


async def _state(workspace: Workspace, job_id: str) -> tuple[str, int, int, int]:
    job = (await workspace.call("GET", f"/bulk/{job_id}"))["job"]
    return job["status"], job["received"], job["enqueued"], job["failures"]


async def test_every_user_gets_his_own_message_once_the_job_is_run(workspace: Workspace) -> None:
    job_id = await _job(workspace, [_user(1)], [_user(2), _user(3)])
    before = await _state(workspace, job_id)

    for _ in range(2):
        await workspace.call("POST", f"/bulk/{job_id}/run", status=204)
        await workspace.rest()

    assert (before, await _state(workspace, job_id)) == (("CREATED", 3, 0, 0), ("COMPLETED", 3, 3, 0))
    assert sorted(mail["text"].strip() for mail in await workspace.mails()) == [f"N{n} owes {n} EUR" for n in (1, 2, 3)]
    found = (await workspace.call("GET", f"/messages?traceId={job_id}"))["results"]
    assert sorted((one["recipient"], one["event"]) for one in found) == [(f"u-{n}", "invoice") for n in (1, 2, 3)]


async def test_a_broken_user_is_told_and_the_rest_goes_through(workspace: Workspace) -> None:
    broken = [
        {"data": {}},
        {"recipient": 7.5},
        {"to": {"list_id": "news"}},
        {"recipient": "u-9", "data": "x"},
        {"to": {"user_id": "u-9", "data": []}},
    ]
    job_id = await _job(workspace, [_user(1), *broken, _user(2)])
    await workspace.call("POST", f"/bulk/{job_id}/run")
    await workspace.rest()

    items = (await workspace.call("GET", f"/bulk/{job_id}/users"))["items"]
    assert [one["status"] for one in items] == ["ENQUEUED", *["ERROR"] * 5, "ENQUEUED"]
    assert items[1]["error"] == "users[1]: A recipient needs a user_id or an address such as email or phone_number."
    assert items[0]["recipient"] == "u-1"
    message = await workspace.call("GET", f"/messages/{items[0]['messageId']}")
    assert (message["recipient"], message["jobId"]) == ("u-1", job_id)
    assert await _state(workspace, job_id) == ("COMPLETED", 7, 2, 5)


async def test_after_it_was_run_nobody_can_be_added(workspace: Workspace) -> None:
    job_id = await _job(workspace, [_user(1)])
    await workspace.call("POST", f"/bulk/{job_id}/run")

    await workspace.call("POST", f"/bulk/{job_id}", {"users": [_user(2)]}, status=400)


async def test_a_job_whose_users_all_fail_is_an_error(workspace: Workspace) -> None:
    job_id = await _job(workspace, [{}])
    await workspace.call("POST", f"/bulk/{job_id}/run")
    await workspace.rest()

    assert await _state(workspace, job_id) == ("ERROR", 1, 0, 1)


async def test_an_address_will_do_and_users_come_in_pages(workspace: Workspace) -> None:
    job_id = await _job(workspace, [{"to": {"email": f"a{n}@example.test"}} for n in range(21)])
    first = await workspace.call("GET", f"/bulk/{job_id}/users")
    second = await workspace.call("GET", f"/bulk/{job_id}/users?cursor={first['paging']['cursor']}")

    assert [one["to"]["email"] for one in second["items"]] == ["a20@example.test"]
    assert second["items"][0]["status"] == "PENDING"


@pytest.mark.parametrize("message", [{}, {"event": 5}, {"event": "e", "content": {"title": "t"}}, {"event": "e", "data": []}])
async def test_a_message_that_cannot_be_sent_makes_no_job(workspace: Workspace, message: dict[str, Any]) -> None:
    await workspace.call("POST", "/bulk", {"message": message}, status=400)


async def test_an_unknown_job_is_404(workspace: Workspace) -> None:
    for method, path in (("GET", ""), ("POST", ""), ("POST", "/run"), ("GET", "/users")):
        await workspace.call(method, f"/bulk/1-none{path}", {"users": []} if method == "POST" else None, status=404)


async def test_a_user_who_is_forgotten_leaves_no_trace_in_a_job(workspace: Workspace) -> None:
    job_id = await _job(workspace, [_user(1), _user(2)])
    await workspace.call("DELETE", "/profiles/u-1", status=204)

    items = (await workspace.call("GET", f"/bulk/{job_id}/users"))["items"]
    assert [one["recipient"] for one in items] == ["u-2"]
