"""Templates of messages, `/notifications` on the wire (courier.md 9.1).

A template that is published can be sent at once; what is written without `state: PUBLISHED` stays a draft.
"""

from typing import Any, cast

from litestar import delete, get, post, put
from litestar.params import FromPath, FromQuery, JSONBody

from posthorn.api.caller import Caller, GivenCaller
from posthorn.api.context import Context, GivenContext
from posthorn.api.courier.notification_shapes import (
    ContentAnswer,
    ContentBody,
    LocaleBody,
    MutationAnswer,
    PublishBody,
    TemplateAnswer,
    TemplateBody,
    TemplatesPage,
    VersionsPage,
    answer_of,
    changes_of,
    mutation_of,
    summary_of,
    version_of,
    wanted_of,
)
from posthorn.api.paging import clamp, decode_cursor, page
from posthorn.errors import Invalid
from posthorn.storage.database import Transaction
from posthorn.templates.editing import outline
from posthorn.templates.model import DRAFT, Edit, VersionEntry
from posthorn.templates.read import list_templates, list_versions, read_template
from posthorn.templates.write import (
    archive,
    create_template,
    publish,
    put_content,
    put_element,
    put_locale,
    replace_template,
)
from posthorn.webhooks.telling import notification_published, tell

_SIZE = 20
_VERSIONS = 10
_BEYOND = 2**31


@post("/notifications")
async def create_notification(data: JSONBody[TemplateBody], context: GivenContext, caller: GivenCaller) -> TemplateAnswer:
    """Creates a template."""
    edit = edit_of(context, caller, data.state)
    async with context.database.transaction() as tx:
        made = await create_template(tx, caller.environment, wanted_of(data.notification), edit, context.seed())
    return answer_of(made)


@get("/notifications")
async def list_notifications(context: GivenContext, caller: GivenCaller, cursor: FromQuery[str | None] = None) -> TemplatesPage:
    """Templates that are not archived."""
    after = decode_cursor(cursor, str) or ""
    async with context.database.snapshot() as tx:
        rows = await list_templates(tx, caller.environment, after=after, limit=_SIZE + 1)
    shown, paging = page(rows, _SIZE, lambda row: row.template_id)
    return TemplatesPage(paging=paging, results=[summary_of(row) for row in shown])


@get("/notifications/{template_id:str}")
async def read_notification(
    template_id: FromPath[str], context: GivenContext, caller: GivenCaller, version: FromQuery[str] = "published"
) -> TemplateAnswer:
    """One template by id or alias: `published`, `draft` or `v001`."""
    async with context.database.snapshot() as tx:
        return answer_of(await read_template(tx, caller.environment, template_id, version))


@put("/notifications/{template_id:str}")
async def replace_notification(
    template_id: FromPath[str], data: JSONBody[TemplateBody], context: GivenContext, caller: GivenCaller
) -> TemplateAnswer:
    """Replaces the draft as a whole."""
    edit = edit_of(context, caller, data.state)
    async with context.database.transaction() as tx:
        return answer_of(await replace_template(tx, caller.environment, template_id, wanted_of(data.notification), edit))


@delete("/notifications/{template_id:str}")
async def archive_notification(template_id: FromPath[str], context: GivenContext, caller: GivenCaller) -> None:
    """Archives the template: no new sends, still readable."""
    async with context.database.transaction() as tx:
        await archive(tx, caller.environment, template_id, edit_of(context, caller, None))


@post("/notifications/{template_id:str}/publish", status_code=204)
async def publish_notification(
    template_id: FromPath[str],
    context: GivenContext,
    caller: GivenCaller,
    data: JSONBody[PublishBody | None] = None,
) -> None:
    """Publishes the draft as the next version, or a former version again."""
    version = data.version if data else None
    async with context.database.transaction() as tx:
        edit = edit_of(context, caller, None)
        await publish(tx, caller.environment, template_id, version, edit)
        published = await read_template(tx, caller.environment, template_id)
        notice = notification_published(published.template_id, edit.now)
        await tell(tx, context.vault, caller.environment, notice, edit.now)


@get("/notifications/{template_id:str}/versions")
async def list_notification_versions(
    template_id: FromPath[str],
    context: GivenContext,
    caller: GivenCaller,
    cursor: FromQuery[str | None] = None,
    limit: FromQuery[int | None] = None,
) -> VersionsPage:
    """The versions of a template."""
    async with context.database.snapshot() as tx:
        return await versions_page(tx, caller.environment, template_id, cursor, limit)


@get("/notifications/{template_id:str}/content")
async def read_notification_content(
    template_id: FromPath[str], context: GivenContext, caller: GivenCaller, version: FromQuery[str] = "published"
) -> ContentAnswer:
    """The content of one version with its checksums."""
    async with context.database.snapshot() as tx:
        found = await read_template(tx, caller.environment, template_id, version)
    return ContentAnswer(version=found.content["version"], elements=outline(found.content["elements"]))


@put("/notifications/{template_id:str}/content")
async def write_notification_content(
    template_id: FromPath[str], data: JSONBody[ContentBody], context: GivenContext, caller: GivenCaller
) -> MutationAnswer:
    """Replaces the content of the draft."""
    edit = edit_of(context, caller, data.state)
    async with context.database.transaction() as tx:
        return mutation_of(await put_content(tx, caller.environment, template_id, data.content, edit))


@put("/notifications/{template_id:str}/elements/{element_id:str}")
async def write_notification_element(
    template_id: FromPath[str],
    element_id: FromPath[str],
    data: JSONBody[dict[str, Any]],
    context: GivenContext,
    caller: GivenCaller,
) -> MutationAnswer:
    """Replaces one element of the draft. Its own fields stand beside `type` or inside `data`."""
    state = data.get("state")
    edit = edit_of(context, caller, state if state is None else str(state))
    inner = data.get("data")
    own = cast("dict[str, Any]", inner) if isinstance(inner, dict) else {}
    element = {**own, **{name: value for name, value in data.items() if name not in {"state", "data"}}}
    async with context.database.transaction() as tx:
        return mutation_of(await put_element(tx, caller.environment, template_id, element_id, element, edit))


@put("/notifications/{template_id:str}/locales/{locale_id:str}")
async def write_notification_locale(
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
        return mutation_of(await put_locale(tx, caller.environment, template_id, locale_id, changes, edit))


async def versions_page(
    tx: Transaction, environment: str, template_id: str, cursor: str | None, limit: int | None
) -> VersionsPage:
    """The versions of a template, newest first; the draft leads."""
    size = clamp(limit, default=_VERSIONS, maximum=_VERSIONS)
    below = decode_cursor(cursor, int)
    draft = await read_template(tx, environment, template_id, "draft")
    rows = await list_versions(tx, environment, draft.template_id, below=below or _BEYOND, limit=size + 1)
    live = await read_template(tx, environment, draft.template_id) if draft.published_version else None
    if below is None:
        rows = [VersionEntry(version=DRAFT, written_at=draft.updated_at, written_by=draft.updated_by), *rows]
    shown, paging = page(rows, size, lambda row: row.version or _BEYOND)
    has_changes = live is None or live.payload != draft.payload
    return VersionsPage(paging=paging, versions=[version_of(row, draft, has_changes) for row in shown])


def edit_of(context: Context, caller: Caller, state: str | None) -> Edit:
    """Who changes something, when, and whether it is published at once. Raises Invalid for an unknown state."""
    wanted = (state or "DRAFT").upper()
    if wanted not in {"DRAFT", "PUBLISHED"}:
        raise Invalid("state: Accepted values are: DRAFT, PUBLISHED")
    return Edit(now=context.clock.now_ms(), editor=caller.key_id, publish=wanted == "PUBLISHED")


handlers = [
    create_notification,
    list_notifications,
    read_notification,
    replace_notification,
    archive_notification,
    publish_notification,
    list_notification_versions,
    read_notification_content,
    write_notification_content,
    write_notification_element,
    write_notification_locale,
]
