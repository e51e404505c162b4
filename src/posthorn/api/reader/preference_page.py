"""The hosted preference page: all that a reader can choose (courier.md 8.5)."""

from typing import Any

from litestar import Response, get, head, post
from litestar.params import FromPath, FromQuery
from msgspec import Struct

from posthorn.api.bodies import ApiRequest
from posthorn.api.caller import PUBLIC
from posthorn.api.choices import Choices, read_choices
from posthorn.api.context import Context, GivenContext
from posthorn.api.reader.entries import choose, reader_of
from posthorn.api.reader.form import read_form, shown_sections, wanted_changes
from posthorn.api.reader.look import look_of
from posthorn.api.reader.page import look_for, looked_at, reader_page
from posthorn.errors import Invalid
from posthorn.preferences.links import PREFERENCES, Reader
from posthorn.preferences.model import PublishedPage
from posthorn.preferences.publishing import current_page

_HEADING = "Your notifications"


class Notice(Struct, frozen=True, kw_only=True):
    """What became of the last form."""

    is_saved: bool = False
    error: str = ""


@get("/p/{token:str}", opt=PUBLIC, include_in_schema=False)
async def show(token: FromPath[str], context: GivenContext, saved: FromQuery[str] = "") -> Response[str]:
    """All topics with what counts for the reader."""
    reader = await reader_of(context, PREFERENCES, token)
    if reader is None:
        return _unknown()
    page, choices = await _read(context, reader)
    return await _answer(context, page, choices, reader, Notice(is_saved=saved == "1"))


@head("/p/{token:str}", opt=PUBLIC, include_in_schema=False)
async def look_at(token: FromPath[str], context: GivenContext) -> Response[None]:
    """Somebody only looks whether the page is there."""
    return looked_at(context, PREFERENCES, token)


@post("/p/{token:str}", opt=PUBLIC, include_in_schema=False, status_code=200)
async def save(token: FromPath[str], request: ApiRequest, context: GivenContext) -> Response[str]:
    """Writes what the reader changed, and leads back to the page."""
    reader = await reader_of(context, PREFERENCES, token)
    if reader is None:
        return _unknown()
    page, choices = await _read(context, reader)
    try:
        changes = wanted_changes(read_form((await request.form()).multi_items()), page, choices)
    except Invalid as error:
        return await _answer(context, page, choices, reader, Notice(error=error.message))
    if reader.user_key:
        await choose(context, reader, changes, "preference_page")
    return Response("", status_code=303, media_type="text/plain", headers={"location": "?saved=1"})


async def _read(context: Context, reader: Reader) -> tuple[PublishedPage, Choices]:
    async with context.database.snapshot() as tx:
        page = await current_page(tx, reader.environment)
    return page, await read_choices(context, reader.environment, reader.user_key, reader.tenant_id)


async def _answer(context: Context, page: PublishedPage, choices: Choices, reader: Reader, notice: Notice) -> Response[str]:
    is_preview = not reader.user_key
    values: dict[str, Any] = {
        "heading": page.heading or _HEADING,
        "description": page.description or "",
        "sections": shown_sections(page, choices),
        "is_preview": is_preview,
        "is_saved": notice.is_saved and not is_preview,
        "error": notice.error,
    }
    look = await look_for(context, reader, page.brand_id)
    return reader_page("preferences", values, look, status=400 if notice.error else 200)


def _unknown() -> Response[str]:
    values = {"heading": "This link does not work", "state": "unknown", "topic": "", "preferences": ""}
    return reader_page("unsubscribe", values, look_of(None), status=404)


handlers = [show, look_at, save]
