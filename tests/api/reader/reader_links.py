"""A topic, a reader and his links, for tests of the pages."""

import re
from typing import Any

import httpx
from msgspec import Struct

from posthorn.api.context import Context
from posthorn.preferences.links import Reader, preferences_url, unsubscribe_url


class Links(Struct, frozen=True, kw_only=True):
    """Paths of the pages of u-1 for one topic."""

    topic_id: str
    unsubscribe: str
    preferences: str


async def links_of(
    client: httpx.AsyncClient,
    context: Context,
    *,
    section: Any = None,
    tenant_id: str = "",
    user_key: str = "u-1",
    **topic: Any,
) -> Links:
    """A section with one topic, and a reader's links to its pages."""
    made = await client.post("/preferences/sections", json={"name": "Marketing", **(section or {})})
    body = {"name": "News", "default_status": "OPTED_IN", **topic}
    topic_id = (await client.post(f"/preferences/sections/{made.json()['id']}/topics", json=body)).json()["id"]
    reader = Reader(environment="production", user_key=user_key, topic_id=topic_id, tenant_id=tenant_id)
    return Links(
        topic_id=topic_id,
        unsubscribe=unsubscribe_url("", context.vault, reader),
        preferences=preferences_url("", context.vault, reader),
    )


async def status_of(client: httpx.AsyncClient, links: Links, **query: str) -> str:
    """What counts for u-1."""
    answer = await client.get(f"/users/u-1/preferences/{links.topic_id}", params=query)
    return answer.json()["topic"]["status"]


def checkboxes(text: str) -> dict[tuple[str, str], bool]:
    """(name, value) of each checkbox that can be ticked → whether it is."""
    found = re.findall(r'<input type="checkbox" name="([^"]+)" value="([^"]+)"( checked)?>', text)
    return {(name, value): bool(ticked) for name, value, ticked in found}
