"""A run asks the shop whether the cart is still open before it sends a reminder (courier.md 5.8)."""

from collections.abc import AsyncIterator

import pytest
from aiohttp import web

from workspace import Workspace

pytestmark = pytest.mark.anyio

CARTS = {"open": {"open": True, "total": 12}, "paid": {"open": False}}


@pytest.fixture
async def shop() -> AsyncIterator[str]:
    """Tells about carts; knows nothing of any other."""

    async def cart(request: web.Request) -> web.Response:
        found = CARTS.get(request.match_info["cart_id"])
        return web.json_response(found) if found else web.Response(text="<h1>Not here</h1>", content_type="text/html")

    app = web.Application()
    app.router.add_get("/carts/{cart_id}", cart)
    runner = web.AppRunner(app)
    await runner.setup()
    await web.TCPSite(runner, "127.0.0.1", 0).start()
    yield f"http://127.0.0.1:{runner.addresses[0][1]}"
    await runner.cleanup()


async def _reminder(workspace: Workspace, shop: str) -> None:
    content = {"title": "Your cart over {{total}}", "body": "Waits."}
    steps = [
        {
            "action": "fetch-data",
            "ref": "cart",
            "webhook": {"url": shop + "/carts/{{data.properties.cart_id}}"},
            "merge_strategy": "overwrite",
        },
        {"action": "send", "message": {"content": content}, "if": "refs.cart.body.open === true"},
    ]
    body = {"name": "Reminder", "trigger": {"type": "segment", "event": "Cart Left"}, "steps": steps}
    await workspace.call("PUT", "/automations/reminder", body)
    await workspace.call("POST", "/automations/reminder/publish")
    await workspace.identify("u-1", email="ada@example.test")


async def _steps(workspace: Workspace) -> list[tuple[str, str, str]]:
    (run,) = (await workspace.call("GET", "/automations/runs"))["runs"]
    steps = (await workspace.call("GET", f"/automations/runs/{run['run_id']}/steps"))["steps"]
    return [(run["status"], step["status"], step.get("reason", "")) for step in steps]


async def test_what_the_shop_answers_decides_and_is_seen_by_the_template(workspace: Workspace, shop: str) -> None:
    await _reminder(workspace, shop)

    await workspace.track("u-1", "Cart Left", cart_id="open")
    await workspace.track("u-1", "Cart Left", cart_id="paid")

    assert [mail["subject"] for mail in await workspace.mails()] == ["Your cart over 12"]


async def test_a_page_in_place_of_an_answer_ends_the_run_and_says_so(workspace: Workspace, shop: str) -> None:
    await _reminder(workspace, shop)

    await workspace.track("u-1", "Cart Left", cart_id="gone")

    assert await _steps(workspace) == [("ERROR", "ERROR", "The answer is not JSON, but text/html.")]
    assert await workspace.mails() == []
