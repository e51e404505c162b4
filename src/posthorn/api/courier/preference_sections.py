"""Sections of topics, and publishing the hosted page (courier.md 8.2)."""

from litestar import delete, get, post, put
from litestar.params import FromPath, JSONBody
from msgspec import Struct

from posthorn.api.caller import GivenCaller
from posthorn.api.context import GivenContext
from posthorn.api.courier.preference_shapes import (
    SectionAnswer,
    SectionBody,
    SectionsAnswer,
    edit_of,
    section_answer,
    wanted_section,
)
from posthorn.clock import iso
from posthorn.preferences import editing, publishing
from posthorn.preferences.links import Reader, preferences_url
from posthorn.preferences.model import PublishedPage
from posthorn.preferences.topics import find_section, sections_of, topics_of
from posthorn.templates.brands import find_brand


class PublishBody(Struct, frozen=True, kw_only=True):
    """How the page looks. `brand_id`: a brand's id, `default` for the workspace's, `none` for no brand."""

    brand_id: str | None = None
    heading: str | None = None
    description: str | None = None


class PublishAnswer(Struct, frozen=True, kw_only=True):
    """The version that was published; its number is milliseconds since 1970. `preview_url`: the page as nobody's."""

    page_id: str
    published_at: str
    published_version: int
    preview_url: str
    published_by: str


@post("/preferences/sections", status_code=201)
async def create_section(data: JSONBody[SectionBody], context: GivenContext, caller: GivenCaller) -> SectionAnswer:
    """Makes a section without topics."""
    edit = edit_of(context, caller)
    async with context.database.transaction() as tx:
        made = await editing.create_section(tx, caller.environment, wanted_section(data), edit, context.seed())
    await context.config.refresh(context.database)
    return section_answer(made, [])


@get("/preferences/sections")
async def list_sections(context: GivenContext, caller: GivenCaller) -> SectionsAnswer:
    """All sections with their topics, oldest first."""
    async with context.database.snapshot() as tx:
        sections = await sections_of(tx, caller.environment)
        topics = list((await topics_of(tx, caller.environment)).values())
    return SectionsAnswer(results=[section_answer(one, topics) for one in sections])


@get("/preferences/sections/{section_id:str}")
async def read_section(section_id: FromPath[str], context: GivenContext, caller: GivenCaller) -> SectionAnswer:
    """One section with its topics."""
    async with context.database.snapshot() as tx:
        section = await find_section(tx, caller.environment, section_id)
        topics = list((await topics_of(tx, caller.environment)).values())
    return section_answer(section, topics)


@put("/preferences/sections/{section_id:str}")
async def replace_section(
    section_id: FromPath[str], data: JSONBody[SectionBody], context: GivenContext, caller: GivenCaller
) -> SectionAnswer:
    """Replaces a section; its topics stay."""
    edit = edit_of(context, caller)
    async with context.database.transaction() as tx:
        section = await editing.replace_section(tx, caller.environment, section_id, wanted_section(data), edit)
        topics = list((await topics_of(tx, caller.environment)).values())
    await context.config.refresh(context.database)
    return section_answer(section, topics)


@delete("/preferences/sections/{section_id:str}")
async def delete_section(section_id: FromPath[str], context: GivenContext, caller: GivenCaller) -> None:
    """Removes a section that has no topics (any more)."""
    async with context.database.transaction() as tx:
        await editing.delete_section(tx, caller.environment, section_id)
    await context.config.refresh(context.database)


@post("/preferences/publish", status_code=200)
async def publish_page(context: GivenContext, caller: GivenCaller, data: JSONBody[PublishBody | None] = None) -> PublishAnswer:
    """Publishes the hosted page with the sections and topics as they are now."""
    edit = edit_of(context, caller)
    look = data or PublishBody()
    wanted = PublishedPage(
        environment=caller.environment,
        version=0,
        brand_id=look.brand_id or "default",
        heading=look.heading,
        description=look.description,
    )
    async with context.database.transaction() as tx:
        if wanted.brand_id not in ("default", "none"):
            await find_brand(tx, caller.environment, wanted.brand_id)
        page = await publishing.publish(tx, caller.environment, wanted, edit)
    reader = Reader(environment=caller.environment, user_key="")
    return PublishAnswer(
        page_id=f"pp_{page.environment}",
        published_at=iso(page.version),
        published_version=page.version,
        preview_url=preferences_url(context.settings.public_url, context.vault, reader),
        published_by=page.published_by,
    )


handlers = [create_section, list_sections, read_section, replace_section, delete_section, publish_page]
