import httpx
import pytest

from api.reader.reader_links import Links, checkboxes, links_of, status_of
from posthorn.api.context import Context

pytestmark = pytest.mark.anyio

EVIL = "<script>alert(1)</script>\"'><img src=x>"
ROUTED = {"has_custom_routing": True, "routing_options": ["email", "sms"]}
CHOOSES = {"allowed_preferences": ["channel_preferences"]}


async def _saved(client: httpx.AsyncClient, links: Links, *ticked: tuple[str, str]) -> httpx.Response:
    fields: dict[str, list[str]] = {"shown": [links.topic_id]}
    for name, value in ticked:
        fields.setdefault(name, []).append(value)
    return await client.post(links.preferences, data=fields)


async def test_a_topic_is_switched_off_and_on_again(client: httpx.AsyncClient, context: Context) -> None:
    links = await links_of(client, context)
    ticked = ("in", links.topic_id)
    before = checkboxes((await client.get(links.preferences)).text)
    answer = await _saved(client, links)
    shown = await client.get(links.preferences, params={"saved": "1"})
    after, status = checkboxes(shown.text), await status_of(client, links)
    await _saved(client, links, ticked)

    assert (before, after, status) == ({ticked: True}, {ticked: False}, "OPTED_OUT")
    assert (answer.status_code, answer.headers["location"]) == (303, "?saved=1")
    assert "Your choices are saved." in shown.text
    assert await status_of(client, links) == "OPTED_IN"


async def test_saving_what_counts_already_leaves_defaults_defaults(
    client: httpx.AsyncClient, context: Context, commands
) -> None:
    links = await links_of(client, context, section=ROUTED, **CHOOSES)
    all_ways = [("channel", f"{links.topic_id}:{channel}") for channel in ("email", "sms")]
    await _saved(client, links, ("in", links.topic_id), *all_ways)

    assert commands.entries == []


async def test_channels_are_chosen(client: httpx.AsyncClient, context: Context) -> None:
    links = await links_of(client, context, section=ROUTED, **CHOOSES)
    sms = ("channel", f"{links.topic_id}:sms")
    await _saved(client, links, ("in", links.topic_id), sms)

    chosen = (await client.get(f"/users/u-1/preferences/{links.topic_id}")).json()["topic"]
    assert (chosen["status"], chosen["has_custom_routing"], chosen["custom_routing"]) == ("OPTED_IN", True, ["sms"])
    boxes = checkboxes((await client.get(links.preferences)).text)
    assert (boxes[sms], boxes["channel", f"{links.topic_id}:email"]) == (True, False)


async def test_a_topic_without_any_channel_is_refused_with_a_reason(client: httpx.AsyncClient, context: Context) -> None:
    links = await links_of(client, context, section=ROUTED, **CHOOSES)
    answer = await _saved(client, links, ("in", links.topic_id))

    assert answer.status_code == 400
    assert '<p role="alert">News: choose at least one way' in answer.text


async def test_a_digest_is_chosen(client: httpx.AsyncClient, context: Context, sqlite) -> None:
    data = {"digest": {"schedules": [{"id": "daily", "name": "Every day"}]}}
    links = await links_of(client, context, topic_data=data)
    await _saved(client, links, ("in", links.topic_id), (f"digest:{links.topic_id}", "daily"))
    await _saved(client, links, ("in", links.topic_id), (f"digest:{links.topic_id}", "never"))

    shown = (await client.get(links.preferences)).text
    assert '<option value="daily" selected>Every day</option>' in shown


async def test_what_is_required_is_shown_locked(client: httpx.AsyncClient, context: Context) -> None:
    links = await links_of(client, context, default_status="REQUIRED")
    shown = await client.get(links.preferences)
    await _saved(client, links)

    assert checkboxes(shown.text) == {}
    assert "checked disabled" in shown.text
    assert await status_of(client, links) == "REQUIRED"


async def test_everything_is_left_at_once(client: httpx.AsyncClient, context: Context) -> None:
    links = await links_of(client, context)
    await _saved(client, links, ("in", links.topic_id), ("everything", "out"))

    assert await status_of(client, links) == "OPTED_OUT"


async def test_it_shows_what_was_published_last_without_what_is_gone(client: httpx.AsyncClient, context: Context) -> None:
    links = await links_of(client, context)
    await client.post("/preferences/publish", json={"heading": "Choose", "description": "As you like"})
    section_id = (await client.get("/preferences/sections")).json()["results"][0]["id"]
    path = f"/preferences/sections/{section_id}/topics/{links.topic_id}"
    await client.put(path, json={"name": "Letters", "default_status": "OPTED_IN"})
    shown = (await client.get(links.preferences)).text
    await client.delete(path)
    emptied = (await client.get(links.preferences)).text

    assert "<title>Choose</title>" in shown
    assert "As you like" in shown
    assert ("News" in shown, "Letters" in shown) == (True, False)
    assert "There is nothing to choose from yet." in emptied


async def test_nothing_but_what_was_shown_changes(client: httpx.AsyncClient, context: Context) -> None:
    links = await links_of(client, context)
    await client.post(
        links.preferences, data={"shown": ["pt_other"], "in": ["pt_other"], "channel": ["x", ":"], "digest:": "y"}
    )

    assert await status_of(client, links) == "OPTED_IN"


async def test_the_preview_saves_nothing(client: httpx.AsyncClient, context: Context, commands) -> None:
    links = await links_of(client, context)
    url = (await client.post("/preferences/publish", json={})).json()["preview_url"].removeprefix("http://127.0.0.1:8700")
    shown, saved = await client.get(url), await client.post(url, data={"shown": [links.topic_id]})

    assert "This is a preview" in shown.text
    assert (saved.status_code, commands.entries) == (303, [])


async def test_hostile_names_are_shown_as_text(client: httpx.AsyncClient, context: Context) -> None:
    links = await links_of(client, context, section={"name": EVIL, "description": EVIL}, name=EVIL, description=EVIL)
    await client.post("/preferences/publish", json={"heading": EVIL, "description": EVIL})
    answer = await client.get(links.preferences)

    assert answer.status_code == 200
    assert "<script>" not in answer.text
    assert "<img" not in answer.text
    assert "form-action 'self'" in answer.headers["content-security-policy"]
    assert answer.headers["x-robots-tag"] == "noindex"


@pytest.mark.parametrize(("brand_id", "colour"), [("red", "#990000"), ("default", "#00aa00"), ("none", "#2563eb")])
async def test_it_has_the_colours_of_its_brand(client: httpx.AsyncClient, context: Context, brand_id: str, colour: str) -> None:
    for own, primary in (("red", "#990000"), ("default", "#00aa00")):
        await client.post("/brands", json={"id": own, "name": own, "settings": {"colors": {"primary": primary}}})
    links = await links_of(client, context)
    await client.post("/preferences/publish", json={"brand_id": brand_id})

    pages = [(await client.get(path)).text for path in (links.preferences, links.unsubscribe)]

    assert [f"--primary:{colour};" in page for page in pages] == [True, True]


@pytest.mark.parametrize(
    ("kind", "body"),
    [
        ("multipart/form-data", b"--x"),
        ("multipart/form-data; boundary=", b"--\r\n\r\n--"),
        (
            "multipart/form-data; boundary=x",
            b'--x\r\nContent-Disposition: form-data; name="in"; filename="f"\r\n\r\nq\r\n--x--',
        ),
        ("application/x-www-form-urlencoded; charset=nonsense", b"in=\xff&=&&shown"),
        ("application/json", b'{"in": [1]}'),
        ("text/plain", b"in=pt"),
        ("", b"\x00"),
        ("application/x-www-form-urlencoded", b"&".join([b"in=%00%ED%A0%80"] * 3_000)),
    ],
)
@pytest.mark.parametrize("place", ["p", "u"])
async def test_no_body_can_break_a_page(
    client: httpx.AsyncClient, context: Context, place: str, kind: str, body: bytes
) -> None:
    links = await links_of(client, context)
    path = links.preferences if place == "p" else links.unsubscribe
    answer = await client.post(path, content=body, headers={"content-type": kind})

    assert answer.status_code in (303, 400)
    assert await status_of(client, links) == "OPTED_IN"


async def test_in_a_tenants_context_it_has_the_tenants_colours(client: httpx.AsyncClient, context: Context) -> None:
    await client.post("/brands", json={"id": "acme", "name": "a", "settings": {"colors": {"primary": "#123456"}}})
    await client.put("/tenants/top", json={"name": "Top", "brand_id": "acme"})
    await client.put("/tenants/below", json={"name": "Below", "parent_tenant_id": "top"})
    links = await links_of(client, context, tenant_id="below")

    assert "--primary:#123456;" in (await client.get(links.preferences)).text
