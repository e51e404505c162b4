"""Opens and clicks come back."""

import httpx
import pytest

from message_stand_ins import MessageCommands
from posthorn.errors import Unavailable
from posthorn.messages.tracking import PIXEL, Tracked, click_url, open_url

pytestmark = pytest.mark.anyio


@pytest.fixture
def commands(sqlite) -> MessageCommands:
    return MessageCommands(sqlite)


async def _tracked(client: httpx.AsyncClient, link: str = "") -> Tracked:
    content = {"title": "Hello", "body": "World"}
    answer = await client.post("/send", json={"message": {"to": {"user_id": "u-1"}, "content": content}})
    return Tracked(environment="production", user_key="u-1", message_id=answer.json()["requestId"], channel="email", link=link)


async def _status(client: httpx.AsyncClient, tracked: Tracked) -> str:
    return (await client.get(f"/messages/{tracked.message_id}")).json()["status"]


async def test_loading_the_pixel_is_an_open(client: httpx.AsyncClient, context) -> None:
    tracked = await _tracked(client)
    answer = await client.get(open_url("", context.vault, tracked), headers={"authorization": ""})

    assert (answer.status_code, answer.content) == (200, PIXEL)
    assert (answer.headers["content-type"], answer.headers["cache-control"]) == ("image/gif", "no-store")
    assert await _status(client, tracked) == "OPENED"


async def test_following_a_link_is_a_click_and_leads_to_where_it_was_signed_for(client: httpx.AsyncClient, context) -> None:
    tracked = await _tracked(client, "https://shop.test/a?b=1#c")
    answer = await client.get(click_url("", context.vault, tracked), headers={"authorization": ""})

    assert (answer.status_code, answer.headers["location"]) == (302, "https://shop.test/a?b=1#c")
    assert answer.content == b""
    assert await _status(client, tracked) == "CLICKED"


async def test_a_link_may_be_long(client: httpx.AsyncClient, context) -> None:
    tracked = await _tracked(client, "https://shop.test/?q=" + "x" * 8_000)
    answer = await client.get(click_url("", context.vault, tracked))

    assert (answer.status_code, answer.headers["location"]) == (302, tracked.link)


async def test_two_visits_of_one_link_are_one_event_for_the_log(client: httpx.AsyncClient, context, commands) -> None:
    tracked = await _tracked(client, "https://shop.test/")
    for _ in range(2):
        await client.get(click_url("", context.vault, tracked))

    assert len({entry.message_id for entry in commands.entries if entry.type == "message.clicked"}) == 1


@pytest.mark.parametrize("path", ["/t/o/x.gif", "/t/c/x", "/t/c/https%3A%2F%2Fevil.test", "/t/c/x?url=https://evil.test"])
async def test_a_token_that_was_not_signed_is_404_without_detail(client: httpx.AsyncClient, path: str) -> None:
    answer = await client.get(path)

    assert answer.status_code == 404
    assert "location" not in answer.headers


async def test_a_token_of_an_open_leads_nowhere(client: httpx.AsyncClient, context) -> None:
    tracked = await _tracked(client, "https://evil.test/")
    token = open_url("", context.vault, tracked).removeprefix("/t/o/").removesuffix(".gif")

    assert (await client.get(f"/t/c/{token}")).status_code == 404


async def test_a_signed_script_address_leads_nowhere(client: httpx.AsyncClient, context) -> None:
    tracked = await _tracked(client, "javascript:alert(1)")

    assert (await client.get(click_url("", context.vault, tracked))).status_code == 404


async def test_scanners_and_head_requests_change_nothing(client: httpx.AsyncClient, context) -> None:
    tracked = await _tracked(client, "https://shop.test/")
    url = click_url("", context.vault, tracked)
    scanned = await client.get(url, headers={"user-agent": "Barracuda Sentinel (EE)"})
    headed = await client.head(url)
    pixel = await client.head(open_url("", context.vault, tracked))

    assert (scanned.status_code, headed.status_code, pixel.status_code) == (302, 302, 200)
    assert headed.headers["location"] == "https://shop.test/"
    assert await _status(client, tracked) == "ROUTED"


async def test_a_reader_gets_there_even_when_nothing_can_be_noted(client: httpx.AsyncClient, context, commands) -> None:
    tracked = await _tracked(client, "https://shop.test/")
    commands.refusal = Unavailable("The server is stopping.")

    assert (await client.get(click_url("", context.vault, tracked))).status_code == 302
