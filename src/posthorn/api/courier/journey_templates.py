"""Templates of one journey, which only its own send nodes may use (courier.md 5.7)."""

from typing import Any

from litestar import delete, get, post, put
from litestar.params import FromPath, FromQuery, JSONBody
from msgspec import Struct

from posthorn.api.caller import Caller, GivenCaller
from posthorn.api.context import GivenContext
from posthorn.api.courier.notification_shapes import (
    BrandRef,
    ContentAnswer,
    ContentBody,
    LocaleBody,
    MutationAnswer,
    NotificationBody,
    PublishBody,
    TemplateAnswer,
    TemplatesPage,
    TopicRef,
    VersionsPage,
    answer_of,
    changes_of,
    mutation_of,
    summary_of,
    wanted_of,
)
from posthorn.api.courier.notifications import edit_of, versions_page
from posthorn.api.paging import clamp, decode_cursor, page
from posthorn.automations.named_templates import named_templates
from posthorn.automations.write import read_version
from posthorn.errors import Conflict, Invalid, NotFound
from posthorn.messages.routing import CHANNELS
from posthorn.storage.database import Transaction
from posthorn.templates.editing import outline
from posthorn.templates.model import Wanted
from posthorn.templates.read import check_scope, list_templates, read_template
from posthorn.templates.write import archive, create_template, publish, put_content, put_locale, replace_template


class ScopedNotification(Struct, frozen=True, kw_only=True):
    """A template as it shall be; it has no alias and no routing of its own."""

    name: str
    tags: list[str]
    brand: BrandRef | None
    subscription: TopicRef | None
    content: dict[str, Any]


class NewTemplate(Struct, frozen=True, kw_only=True):
    """A template for a journey. channel, providerKey: what it is written for; where it goes, the send node decides."""

    channel: str
    notification: ScopedNotification
    providerKey: str | None = None  # the wire's spelling
    state: str | None = None


class ChangedTemplate(Struct, frozen=True, kw_only=True):
    """What replaces the draft."""

    notification: ScopedNotification
    state: str | None = None


@post("/journeys/{journey_id:str}/templates")
async def create_journey_template(
    journey_id: FromPath[str], data: JSONBody[NewTemplate], context: GivenContext, caller: GivenCaller
) -> TemplateAnswer:
    """Creates a template that only this journey uses."""
    if data.channel not in CHANNELS:
        raise Invalid(f"channel: Expected one of {', '.join(CHANNELS)}")
    edit = edit_of(context, caller, data.state)
    async with context.database.transaction() as tx:
        journey = await read_version(tx, caller.environment, "journey", journey_id, 0)
        made = await create_template(
            tx, caller.environment, _wanted(data.notification), edit, context.seed(), journey.automation_id
        )
    return answer_of(made)


@get("/journeys/{journey_id:str}/templates")
async def list_journey_templates(
    journey_id: FromPath[str],
    context: GivenContext,
    caller: GivenCaller,
    cursor: FromQuery[str | None] = None,
    limit: FromQuery[int | None] = None,
) -> TemplatesPage:
    """The journey's own templates that are not archived."""
    size = clamp(limit, default=20)
    after = decode_cursor(cursor, str) or ""
    async with context.database.snapshot() as tx:
        journey = await read_version(tx, caller.environment, "journey", journey_id, 0)
        rows = await list_templates(tx, caller.environment, journey.automation_id, after=after, limit=size + 1)
    shown, paging = page(rows, size, lambda row: row.template_id)
    return TemplatesPage(paging=paging, results=[summary_of(row) for row in shown])


@get("/journeys/{journey_id:str}/templates/{template_id:str}")
async def read_journey_template_of(
    journey_id: FromPath[str],
    template_id: FromPath[str],
    context: GivenContext,
    caller: GivenCaller,
    version: FromQuery[str] = "published",
) -> TemplateAnswer:
    """One template: `published`, `draft` or `v001`."""
    async with context.database.snapshot() as tx:
        await check_scope(tx, caller.environment, journey_id, template_id)
        return answer_of(await read_template(tx, caller.environment, template_id, version))


@put("/journeys/{journey_id:str}/templates/{template_id:str}")
async def replace_journey_template(
    journey_id: FromPath[str],
    template_id: FromPath[str],
    data: JSONBody[ChangedTemplate],
    context: GivenContext,
    caller: GivenCaller,
) -> TemplateAnswer:
    """Replaces the draft as a whole."""
    edit = edit_of(context, caller, data.state)
    async with context.database.transaction() as tx:
        await check_scope(tx, caller.environment, journey_id, template_id)
        wanted = _wanted(data.notification)
        return answer_of(await replace_template(tx, caller.environment, template_id, wanted, edit))


@delete("/journeys/{journey_id:str}/templates/{template_id:str}")
async def archive_journey_template(
    journey_id: FromPath[str], template_id: FromPath[str], context: GivenContext, caller: GivenCaller
) -> None:
    """Archives the template; 409 while the published journey sends it."""
    async with context.database.transaction() as tx:
        await check_scope(tx, caller.environment, journey_id, template_id)
        if template_id in await _sent_by(tx, caller, journey_id):
            raise Conflict(f"The published journey sends template {template_id}: detach it from its send nodes first.")
        await archive(tx, caller.environment, template_id, edit_of(context, caller, None))


@post("/journeys/{journey_id:str}/templates/{template_id:str}/publish", status_code=204)
async def publish_journey_template(
    journey_id: FromPath[str],
    template_id: FromPath[str],
    context: GivenContext,
    caller: GivenCaller,
    data: JSONBody[PublishBody | None] = None,
) -> None:
    """Publishes the draft as the next version, or a former version again."""
    async with context.database.transaction() as tx:
        await check_scope(tx, caller.environment, journey_id, template_id)
        version = data.version if data else None
        await publish(tx, caller.environment, template_id, version, edit_of(context, caller, None))


@get("/journeys/{journey_id:str}/templates/{template_id:str}/versions")
async def list_journey_template_versions(
    journey_id: FromPath[str],
    template_id: FromPath[str],
    context: GivenContext,
    caller: GivenCaller,
    cursor: FromQuery[str | None] = None,
    limit: FromQuery[int | None] = None,
) -> VersionsPage:
    """The versions of a template."""
    async with context.database.snapshot() as tx:
        await check_scope(tx, caller.environment, journey_id, template_id)
        return await versions_page(tx, caller.environment, template_id, cursor, limit)


@get("/journeys/{journey_id:str}/templates/{template_id:str}/content")
async def read_journey_template_content(
    journey_id: FromPath[str],
    template_id: FromPath[str],
    context: GivenContext,
    caller: GivenCaller,
    version: FromQuery[str] = "published",
) -> ContentAnswer:
    """The content of one version with its checksums."""
    async with context.database.snapshot() as tx:
        await check_scope(tx, caller.environment, journey_id, template_id)
        found = await read_template(tx, caller.environment, template_id, version)
    return ContentAnswer(version=found.content["version"], elements=outline(found.content["elements"]))


@put("/journeys/{journey_id:str}/templates/{template_id:str}/content")
async def write_journey_template_content(
    journey_id: FromPath[str],
    template_id: FromPath[str],
    data: JSONBody[ContentBody],
    context: GivenContext,
    caller: GivenCaller,
) -> MutationAnswer:
    """Replaces the content of the draft."""
    edit = edit_of(context, caller, data.state)
    async with context.database.transaction() as tx:
        await check_scope(tx, caller.environment, journey_id, template_id)
        return mutation_of(await put_content(tx, caller.environment, template_id, data.content, edit))


@put("/journeys/{journey_id:str}/templates/{template_id:str}/locales/{locale_id:str}")
async def write_journey_template_locale(
    journey_id: FromPath[str],
    template_id: FromPath[str],
    locale_id: FromPath[str],
    data: JSONBody[LocaleBody],
    context: GivenContext,
    caller: GivenCaller,
) -> MutationAnswer:
    """Puts the texts of one locale into elements of the draft."""
    edit = edit_of(context, caller, data.state)
    changes = changes_of(data.elements)
    async with context.database.transaction() as tx:
        await check_scope(tx, caller.environment, journey_id, template_id)
        return mutation_of(await put_locale(tx, caller.environment, template_id, locale_id, changes, edit))


async def _sent_by(tx: Transaction, caller: Caller, journey_id: str) -> set[str]:
    """The templates that the live version of the journey names; none if it has none."""
    try:
        live = await read_version(tx, caller.environment, "journey", journey_id, None)
    except NotFound:
        return set()
    return set() if live.state == "ARCHIVED" else {name for _, name in named_templates(live.nodes)}


def _wanted(body: ScopedNotification) -> Wanted:
    return wanted_of(
        NotificationBody(
            name=body.name,
            tags=body.tags,
            brand=body.brand,
            subscription=body.subscription,
            routing=None,
            content=body.content,
        )
    )


handlers = [
    create_journey_template,
    list_journey_templates,
    read_journey_template_of,
    replace_journey_template,
    archive_journey_template,
    publish_journey_template,
    list_journey_template_versions,
    read_journey_template_content,
    write_journey_template_content,
    write_journey_template_locale,
]
