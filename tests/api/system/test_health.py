"""Whether the server says that it can take events."""

import httpx
import msgspec
import pytest

from posthorn.api.app import create_api
from posthorn.api.context import Context

pytestmark = pytest.mark.anyio


async def test_health_is_ok_without_a_key(client: httpx.AsyncClient) -> None:
    answer = await client.get("/health", headers={"authorization": ""})

    assert (answer.status_code, answer.json()["status"]) == (200, "ok")


async def test_an_obstacle_makes_it_503_with_the_reason(context: Context) -> None:
    stopping = msgspec.structs.replace(context, obstacle=lambda: "The server is stopping.")

    async with httpx.AsyncClient(transport=httpx.ASGITransport(create_api(stopping)), base_url="http://x") as client:
        answer = await client.get("/health")

    assert answer.status_code == 503
    assert answer.headers["retry-after"] == "1"
    assert answer.json() | {"version": ""} == {
        "status": "unavailable",
        "version": "",
        "reason": "The server is stopping.",
    }
