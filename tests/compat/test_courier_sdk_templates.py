"""Courier's own Python client writes, publishes and reads templates, checking every answer against its own types."""

from collections.abc import AsyncIterator

import courier
import httpx
import pytest
from courier import AsyncCourier

from api_stand_ins import API_KEY, NotedCommands, api_context
from posthorn.api.app import create_api
from posthorn.clock import FrozenClock
from posthorn.storage.database import Database

pytestmark = pytest.mark.anyio

NOTIFICATION = {
    "name": "Welcome",
    "tags": ["a"],
    "brand": None,
    "subscription": {"topic_id": "pt_1"},
    "routing": None,
    "content": {
        "version": "2022-01-01",
        "elements": [{"type": "meta", "title": "Hi"}, {"type": "text", "content": "Hello", "id": "greeting"}],
    },
}


@pytest.fixture
async def sdk(sqlite: Database, clock: FrozenClock) -> AsyncIterator[AsyncCourier]:
    """The client over ASGI."""
    transport = httpx.ASGITransport(create_api(api_context(sqlite, NotedCommands(), clock)))
    async with (
        httpx.AsyncClient(transport=transport) as http,
        AsyncCourier(
            base_url="http://posthorn.test",
            api_key=API_KEY,
            max_retries=0,
            http_client=http,
            _strict_response_validation=True,
        ) as client,
    ):
        yield client


async def test_a_template_goes_through_its_life(sdk: AsyncCourier) -> None:
    made = await sdk.notifications.create(notification=NOTIFICATION, state="DRAFT")
    await sdk.notifications.publish(made.id)
    read = await sdk.notifications.retrieve(made.id)
    replaced = await sdk.notifications.replace(made.id, notification={**NOTIFICATION, "name": "Second"}, state="PUBLISHED")
    versions = await sdk.notifications.list_versions(made.id)
    listed = await sdk.notifications.list()
    await sdk.notifications.archive(made.id)

    assert (read.state, read.name, replaced.name) == ("PUBLISHED", "Welcome", "Second")
    assert [one.version for one in versions.versions] == ["draft", "published:v002", "v001"]
    assert [one.id for one in listed.results] == [made.id]
    assert (await sdk.notifications.list()).results == []


async def test_content_is_changed_piece_by_piece(sdk: AsyncCourier) -> None:
    made = await sdk.notifications.create(notification=NOTIFICATION, state="PUBLISHED")
    await sdk.notifications.put_element("greeting", id=made.id, type="text", data={"content": "Dear"})
    await sdk.notifications.put_locale("fr", id=made.id, elements=[{"id": "greeting", "content": "Cher"}])  # pyright: ignore[reportArgumentType] - as JSON
    # The client's own type for this answer names a class that it imports for type checkers only, so it cannot be checked.
    answer = await sdk.notifications.with_raw_response.retrieve_content(made.id, version="draft")
    shown = (await answer.json())["elements"]
    written = await sdk.notifications.put_content(made.id, content={"elements": [{"type": "divider"}]}, state="PUBLISHED")

    assert [element["type"] for element in shown] == ["meta", "text"]
    assert "fr" in shown[1]["locales"]
    assert written.state == "PUBLISHED"
    assert len(written.elements) == 1


async def test_an_unknown_template_is_told(sdk: AsyncCourier) -> None:
    with pytest.raises(courier.NotFoundError):
        await sdk.notifications.retrieve("nobody")
