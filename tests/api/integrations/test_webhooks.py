"""Webhook endpoints over HTTP: what may be set up, and what is shown of it."""

from typing import Any

import pytest

from sinks import webhook_sink
from workspace import Workspace

pytestmark = pytest.mark.anyio

ROUTE = "/integrations/webhooks"


async def _made(workspace: Workspace, **more: Any) -> dict[str, Any]:
    return await workspace.call("POST", ROUTE, {"url": "http://127.0.0.1:9/hook", **more}, status=201)


async def test_the_secret_is_shown_once_and_stays_when_its_mask_is_sent_back(workspace: Workspace) -> None:
    made = await _made(workspace)
    one = f"{ROUTE}/{made['id']}"

    shown = await workspace.call("GET", one)
    await workspace.call("PUT", one, {"secret": shown["secret"], "description": "Our warehouse"})

    assert made["secret"].startswith("whsec_")
    assert shown["secret"] == "********" + made["secret"][-4:]
    assert (await workspace.call("GET", one))["secret"] == shown["secret"]
    assert (await workspace.call("GET", ROUTE))["results"][0]["description"] == "Our warehouse"


@pytest.mark.parametrize(
    ("body", "why"),
    [
        ({}, "url: Required"),
        ({"url": "ftp://example.test/"}, "Only http and https"),
        ({"url": "http://user:pw@example.test/"}, "user name or password"),
        ({"url": "http://127.0.0.1:9/", "events": ["message:sent"]}, "there is no event 'message:sent'"),
        ({"url": "http://127.0.0.1:9/", "secret": "short"}, "8 to 200 printable characters"),
        ({"url": "http://127.0.0.1:9/" + "x" * 2_000}, "at most 2000"),
        ({"url": "http://127.0.0.1:8700/v1/track"}, "the address of Posthorn itself"),
    ],
)
async def test_what_cannot_be_is_refused_with_one_sentence(workspace: Workspace, body: dict[str, Any], why: str) -> None:
    answer = await workspace.call("POST", ROUTE, body, status=400)

    assert why in answer["message"]
    assert (await workspace.call("GET", ROUTE))["results"] == []


async def test_an_endpoint_that_is_not_there_is_404_everywhere(workspace: Workspace) -> None:
    for method, path in [("GET", ""), ("PUT", ""), ("DELETE", ""), ("GET", "/failures"), ("POST", "/test")]:
        await workspace.call(method, f"{ROUTE}/whe_none{path}", {} if method == "PUT" else None, status=404)


async def test_an_endpoint_can_be_turned_off_and_on(workspace: Workspace) -> None:
    made = await _made(workspace)

    off = await workspace.call("PUT", f"{ROUTE}/{made['id']}", {"enabled": False})
    on = await workspace.call("PUT", f"{ROUTE}/{made['id']}", {"enabled": True})

    assert (off["status"], on["status"]) == ("off", "ok")


async def test_a_test_call_tells_what_the_endpoint_answers(workspace: Workspace) -> None:
    async with webhook_sink() as sink:
        made = await _made(workspace, url=sink.url)
        sink.answers = [410]
        refused = await workspace.call("POST", f"{ROUTE}/{made['id']}/test")
        taken = await workspace.call("POST", f"{ROUTE}/{made['id']}/test")

    assert refused == {"is_taken": False, "reason": "It answered 410: not now"}
    assert taken == {"is_taken": True, "reason": ""}
    assert [call["type"] for call in sink.calls] == ["webhook:test"]


async def test_a_delivery_that_did_not_fail_cannot_be_sent_again(workspace: Workspace) -> None:
    made = await _made(workspace)

    await workspace.call("POST", f"{ROUTE}/{made['id']}/failures/whd_x/resend", status=404)
