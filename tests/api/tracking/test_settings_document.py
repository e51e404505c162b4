from typing import Any

import pytest

pytestmark = pytest.mark.anyio


@pytest.mark.parametrize("key", ["wk_web_demo", "wk_disabled"])
async def test_the_document_sends_clients_here_and_nowhere_else(tracking: Any, key: str) -> None:
    reply = await tracking.send("GET", f"/v1/projects/{key}/settings", auth="none", headers={"Origin": "https://a.example"})

    assert (reply.status, reply.headers["cache-control"]) == (200, "public, max-age=120")
    assert reply.headers["access-control-allow-origin"] == "https://a.example"
    assert list(reply.json()["integrations"]) == ["Segment.io"]
    segment = reply.json()["integrations"]["Segment.io"]
    assert (segment["apiKey"], segment["apiHost"]) == (key, "notify.example.org/v1")
    assert segment["httpConfig"]["rateLimitConfig"] == {"enabled": True}


async def test_every_object_is_an_object_because_kotlin_takes_nothing_else(tracking: Any) -> None:
    document = (await tracking.send("GET", "/v1/projects/wk_web_demo/settings", auth="none")).json()

    names = ("plan", "edgeFunction", "middlewareSettings", "enabledMiddleware", "metrics", "consentSettings")
    assert all(isinstance(document[name], dict) for name in names)
    assert document["metrics"] == {"sampleRate": 0}


async def test_consent_categories_of_the_source_are_told(tracking: Any) -> None:
    tracking.keys.change("wk_web_demo", consent_categories=("Messaging",))

    document = (await tracking.send("GET", "/v1/projects/wk_web_demo/settings", auth="none")).json()

    assert document["consentSettings"] == {"allCategories": ["Messaging"], "hasUnmappedDestinations": True}
