"""The API's own description."""

import re

import httpx
import pytest

pytestmark = pytest.mark.anyio


async def test_openapi_names_our_routes_and_the_tracking_routes(client: httpx.AsyncClient) -> None:
    answer = await client.get("/openapi.json", headers={"authorization": ""})

    description = answer.json()
    assert description["openapi"].startswith("3.")
    assert set(description["paths"]["/profiles/{user_id}"]) >= {"post", "put", "delete"}
    assert "post" in description["paths"]["/v1/batch"]
    assert "/docs" not in description["paths"]


async def test_context_and_caller_are_not_parameters(client: httpx.AsyncClient) -> None:
    description = (await client.get("/openapi.json")).json()

    parameters = description["paths"]["/profiles/{user_id}"]["put"]["parameters"]
    assert [parameter["name"] for parameter in parameters] == ["user_id"]


async def test_the_page_loads_nothing_and_runs_nothing(client: httpx.AsyncClient) -> None:
    answer = await client.get("/docs", headers={"authorization": ""})

    assert answer.headers["content-type"] == "text/html; charset=utf-8"
    assert "default-src 'none'" in answer.headers["content-security-policy"]
    assert not re.search(r"<script|https?://|src=", answer.text)
    assert "/profiles/{user_id}" in answer.text
    assert "/v1/track" in answer.text
