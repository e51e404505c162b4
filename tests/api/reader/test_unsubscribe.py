import httpx
import pytest

from api.reader.reader_links import links_of, status_of
from posthorn.api.context import Context
from posthorn.errors import BEHIND, TooMany, Unavailable

pytestmark = pytest.mark.anyio

ONE_CLICK = {"List-Unsubscribe": "One-Click"}
EVIL = "<script>alert(1)</script>\"'><img src=x>"


async def test_looking_asks_and_changes_nothing(client: httpx.AsyncClient, context: Context) -> None:
    links = await links_of(client, context)
    del client.headers["authorization"]
    asked, looked = await client.get(links.unsubscribe), await client.head(links.unsubscribe)
    client.headers["authorization"] = "Bearer pk_prod_first"

    assert (asked.status_code, looked.status_code) == (200, 200)
    assert '<button type="submit" name="confirm" value="yes">Unsubscribe</button>' in asked.text
    assert asked.headers["cache-control"] == "no-store"
    assert await status_of(client, links) == "OPTED_IN"


@pytest.mark.parametrize("is_multipart", [False, True])
async def test_one_click_of_a_mail_client_opts_out(
    client: httpx.AsyncClient, context: Context, commands, is_multipart: bool
) -> None:
    links = await links_of(client, context)
    sent = {"files": {"List-Unsubscribe": (None, "One-Click")}} if is_multipart else {"data": ONE_CLICK}
    answers = [await client.post(links.unsubscribe, **sent) for _ in range(2)]

    assert [answer.status_code for answer in answers] == [200, 200]
    assert await status_of(client, links) == "OPTED_OUT"
    assert b'"cause":"list_unsubscribe"' in commands.entries[0].body


async def test_the_button_of_the_page_opts_out(client: httpx.AsyncClient, context: Context, commands) -> None:
    links = await links_of(client, context)
    answer = await client.post(links.unsubscribe, data={"confirm": "yes"})

    assert "You get no more messages about <strong>News</strong>" in answer.text
    assert await status_of(client, links) == "OPTED_OUT"
    assert b'"cause":"unsubscribe_link"' in commands.entries[0].body


@pytest.mark.parametrize("body", [b"", b"List-Unsubscribe=Two-Click", b"confirm=no", b"\xff\xfe%zz&=&=", b"{}"])
async def test_any_other_post_only_asks_again(client: httpx.AsyncClient, context: Context, body: bytes) -> None:
    links = await links_of(client, context)
    headers = {"content-type": "application/x-www-form-urlencoded"}
    answer = await client.post(links.unsubscribe, content=body, headers=headers)

    assert answer.status_code == 400
    assert await status_of(client, links) == "OPTED_IN"


async def test_a_damaged_form_is_refused(client: httpx.AsyncClient, context: Context) -> None:
    links = await links_of(client, context)
    headers = {"content-type": "multipart/form-data; boundary=x"}
    answer = await client.post(links.unsubscribe, content=b"--y\r\nnothing", headers=headers)

    assert answer.status_code == 400


async def test_what_is_required_cannot_be_left(client: httpx.AsyncClient, context: Context) -> None:
    links = await links_of(client, context, default_status="REQUIRED")
    answers = [await client.get(links.unsubscribe), await client.post(links.unsubscribe, data=ONE_CLICK)]

    assert all("cannot be switched off" in answer.text for answer in answers)
    assert await status_of(client, links) == "REQUIRED"


async def test_in_a_tenants_context_it_is_left_there(client: httpx.AsyncClient, context: Context) -> None:
    links = await links_of(client, context, tenant_id="acme")
    await client.post(links.unsubscribe, data=ONE_CLICK)

    assert await status_of(client, links) == "OPTED_IN"
    assert await status_of(client, links, tenant_id="acme") == "OPTED_OUT"


async def test_a_link_works_on_when_its_topic_was_archived(client: httpx.AsyncClient, context: Context, commands) -> None:
    links = await links_of(client, context)
    section_id = (await client.get("/preferences/sections")).json()["results"][0]["id"]
    await client.delete(f"/preferences/sections/{section_id}/topics/{links.topic_id}")
    answer = await client.post(links.unsubscribe, data=ONE_CLICK)

    assert (answer.status_code, "no more messages" in answer.text) == (200, True)


async def test_a_reader_may_have_the_longest_id_there_is(client: httpx.AsyncClient, context: Context) -> None:
    links = await links_of(client, context, user_key="\U0001f4ef" * 512)
    answer = await client.post(links.unsubscribe, data=ONE_CLICK)

    assert (answer.status_code, "no more messages" in answer.text) == (200, True)


@pytest.mark.parametrize("token", ["x", "%00", "AAAA", "ü", "a" * 500])
@pytest.mark.parametrize("place", ["u", "p"])
async def test_a_link_that_was_not_made_here_tells_nothing(client: httpx.AsyncClient, place: str, token: str) -> None:
    answers = [await client.get(f"/{place}/{token}"), await client.post(f"/{place}/{token}", data=ONE_CLICK)]

    assert all(answer.status_code in (400, 404) for answer in answers)
    assert (await client.head(f"/{place}/{token}")).status_code in (400, 404)


async def test_a_link_of_one_page_does_not_open_the_other(client: httpx.AsyncClient, context: Context) -> None:
    links = await links_of(client, context)

    assert (await client.get(links.unsubscribe.replace("/u/", "/p/"))).status_code == 404
    assert (await client.post(links.preferences.replace("/p/", "/u/"), data=ONE_CLICK)).status_code == 404
    assert await status_of(client, links) == "OPTED_IN"


async def test_a_hostile_name_is_shown_as_text(client: httpx.AsyncClient, context: Context) -> None:
    links = await links_of(client, context, name=EVIL)
    answer = await client.get(links.unsubscribe)

    assert "<script>" not in answer.text
    assert "&lt;script&gt;" in answer.text
    assert "script-src" not in answer.headers["content-security-policy"]
    assert answer.headers["content-security-policy"].startswith("default-src 'none'; style-src 'sha256-")


async def test_while_processing_is_behind_the_reader_is_told_what_will_be(
    client: httpx.AsyncClient, context: Context, commands
) -> None:
    links = await links_of(client, context)
    commands.refusal = Unavailable("later", code=BEHIND)

    answer = await client.post(links.unsubscribe, data={"confirm": "yes"})

    assert (answer.status_code, "You are unsubscribed" in answer.text) == (200, True)


async def test_a_click_that_cannot_be_taken_is_to_be_tried_again(client: httpx.AsyncClient, context: Context, commands) -> None:
    links = await links_of(client, context)
    commands.refusal = TooMany("busy", retry_after_ms=2_000)

    answer = await client.post(links.unsubscribe, data=ONE_CLICK)

    assert (answer.status_code, answer.headers["retry-after"]) == (429, "2")
