"""Leaving one topic: a page that asks, and one click of a mail client (courier.md 8.5, RFC 8058)."""

from typing import Any

from litestar import Response, get, head, post
from litestar.params import FromPath

from posthorn.api.bodies import ApiRequest
from posthorn.api.caller import PUBLIC
from posthorn.api.choices import Choices, read_choices
from posthorn.api.context import Context, GivenContext
from posthorn.api.reader.entries import choose, reader_of
from posthorn.api.reader.look import look_of
from posthorn.api.reader.page import look_for, looked_at, reader_page
from posthorn.preferences.links import UNSUBSCRIBE, Reader, preferences_url
from posthorn.preferences.model import Change, Topic
from posthorn.preferences.publishing import current_page
from posthorn.preferences.topics import any_topic

_ONE_CLICK = ("List-Unsubscribe", "One-Click")
_HEADINGS = {"asks": "Unsubscribe?", "out": "You are unsubscribed", "required": "This cannot be switched off"}


@get("/u/{token:str}", opt=PUBLIC, include_in_schema=False)
async def ask(token: FromPath[str], context: GivenContext) -> Response[str]:
    """Asks whether the reader means it. Looking changes nothing: mail scanners look at every link."""
    return await _page(context, await reader_of(context, UNSUBSCRIBE, token))


@head("/u/{token:str}", opt=PUBLIC, include_in_schema=False)
async def look_at(token: FromPath[str], context: GivenContext) -> Response[None]:
    """Somebody only looks whether the page is there."""
    return looked_at(context, UNSUBSCRIBE, token)


@post("/u/{token:str}", opt=PUBLIC, include_in_schema=False, status_code=200)
async def unsubscribe(token: FromPath[str], request: ApiRequest, context: GivenContext) -> Response[str]:
    """Opts the reader out: `List-Unsubscribe=One-Click` of a mail client, or the button of the page."""
    reader = await reader_of(context, UNSUBSCRIBE, token)
    fields = list((await request.form()).multi_items())
    is_one_click, is_confirmed = _ONE_CLICK in fields, ("confirm", "yes") in fields
    if reader is None or not (is_one_click or is_confirmed):
        return await _page(context, reader, status=400)
    change = Change(topic_id=reader.topic_id, status="OPTED_OUT")
    await choose(context, reader, (change,), "list_unsubscribe" if is_one_click else "unsubscribe_link")
    return await _page(context, reader, is_done=True)


async def _page(context: Context, reader: Reader | None, *, is_done: bool = False, status: int = 200) -> Response[str]:
    topic = await _topic(context, reader) if reader else None
    if reader is None or topic is None:
        values = {"heading": "This link does not work", "state": "unknown", "topic": "", "preferences": ""}
        return reader_page("unsubscribe", values, look_of(None), status=404)
    choices = await read_choices(context, reader.environment, reader.user_key, reader.tenant_id)
    state = _state(choices, topic, is_done=is_done)
    values: dict[str, Any] = {
        "heading": _HEADINGS[state],
        "state": state,
        "topic": topic.name,
        "preferences": preferences_url(context.settings.public_url, context.vault, reader),
    }
    async with context.database.snapshot() as tx:
        brand_id = (await current_page(tx, reader.environment)).brand_id
    return reader_page("unsubscribe", values, await look_for(context, reader, brand_id), status=status)


async def _topic(context: Context, reader: Reader) -> Topic | None:
    async with context.database.snapshot() as tx:
        return await any_topic(tx, reader.environment, reader.topic_id)


def _state(choices: Choices, topic: Topic, *, is_done: bool) -> str:
    """is_done: he has opted out just now; while processing is behind, that cannot be read yet."""
    found = choices.of(topic)
    if found.status == "REQUIRED":
        return "required"
    return "asks" if found.is_in and not is_done else "out"


handlers = [ask, look_at, unsubscribe]
