"""Who may read the measurements."""

import httpx
import msgspec
import pytest

from posthorn.api.app import create_api
from posthorn.api.context import Context, ServerSettings

pytestmark = pytest.mark.anyio

SETTINGS = ServerSettings(public_url="http://x", metrics_token="scrape")


async def _read(context: Context, peer: str, **headers: str) -> httpx.Response:
    app = create_api(msgspec.structs.replace(context, settings=SETTINGS))
    transport = httpx.ASGITransport(app, client=(peer, 5000))
    async with httpx.AsyncClient(transport=transport, base_url="http://x") as client:
        return await client.get("/metrics", headers={name.replace("_", "-"): value for name, value in headers.items()})


@pytest.mark.parametrize("peer", ["127.0.0.1", "::1"])
async def test_a_loopback_peer_needs_no_token(context: Context, peer: str) -> None:
    answer = await _read(context, peer)

    assert answer.status_code == 200
    assert answer.headers["content-type"].startswith("text/plain")
    assert b"# HELP" in answer.content


async def test_the_token_opens_them_from_elsewhere(context: Context) -> None:
    answer = await _read(context, "203.0.113.9", authorization="Bearer scrape")

    assert answer.status_code == 200


@pytest.mark.parametrize("headers", [{}, {"authorization": "Bearer guess"}])
async def test_others_are_refused(context: Context, headers: dict[str, str]) -> None:
    answer = await _read(context, "203.0.113.9", **headers)

    assert answer.status_code == 403


async def test_a_proxy_on_this_machine_does_not_lend_its_address(context: Context) -> None:
    answer = await _read(context, "127.0.0.1", x_forwarded_for="203.0.113.9")

    assert answer.status_code == 403
