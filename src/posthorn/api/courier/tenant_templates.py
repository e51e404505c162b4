"""Templates of a tenant, sent in its context in place of the workspace's template of the same id (courier.md 9.5)."""

from typing import Any

from litestar import Response, delete, get, post, put
from litestar.params import FromPath, FromQuery, JSONBody
from msgspec import Struct

from posthorn.api.bodies import ApiRequest
from posthorn.api.caller import Caller, GivenCaller
from posthorn.api.context import Context, GivenContext
from posthorn.api.courier.notification_shapes import PublishBody
from posthorn.api.paging import ListPage, clamp, decode_cursor, list_page
from posthorn.clock import iso
from posthorn.errors import NotFound
from posthorn.storage.database import Transaction
from posthorn.templates.model import DELIVERY, Edit, Template
from posthorn.templates.of_tenants import (
    LATEST,
    archive_of_tenant,
    list_of_tenant,
    publish_of_tenant,
    template_of_tenant,
    version_of_tenant,
    write_of_tenant,
)
from posthorn.templates.store import OfTenant
from posthorn.tenants import store as tenants


class TenantTemplate(Struct, frozen=True, kw_only=True):
    """A template: Elemental content, and where it goes if the message does not say."""

    content: dict[str, Any]
    channels: dict[str, Any] | None = None
    providers: dict[str, Any] | None = None
    routing: dict[str, Any] | None = None


class TenantTemplateBody(Struct, frozen=True, kw_only=True):
    """A template to be written, and whether it is sent from now on."""

    template: TenantTemplate
    published: bool = False


class Written(Struct, frozen=True, kw_only=True, omit_defaults=True):
    """What was written or published. version: `v1` and so on; published_at: ISO 8601."""

    id: str
    version: str
    published_at: str | None = None


class TenantTemplateAnswer(Struct, frozen=True, kw_only=True):
    """A template of a tenant. published_at: "" if it never was. data: with content if one version was asked for."""

    id: str
    created_at: str
    updated_at: str
    published_at: str
    version: str
    data: dict[str, Any]


@put("/tenants/{tenant_id:str}/templates/{template_id:str}")
async def write_tenant_template(
    tenant_id: FromPath[str],
    template_id: FromPath[str],
    data: JSONBody[TenantTemplateBody],
    context: GivenContext,
    caller: GivenCaller,
) -> Response[Written]:
    """Writes the next version; 201 if the template is new."""
    edit = _edit(context, caller, publish=data.published)
    parts = {"routing": data.template.routing, "channels": data.template.channels, "providers": data.template.providers}
    content = {**data.template.content, DELIVERY: {name: value for name, value in parts.items() if value is not None}}
    async with context.database.transaction() as tx:
        await _check_tenant(tx, caller, tenant_id)
        number, is_new = await write_of_tenant(tx, caller.environment, (tenant_id, template_id), content, edit, context.seed())
    written = Written(id=template_id, version=f"v{number}", published_at=iso(edit.now) if data.published else None)
    return Response(written, status_code=201 if is_new else 200)


@post("/tenants/{tenant_id:str}/templates/{template_id:str}/publish", status_code=200)
async def publish_tenant_template(
    tenant_id: FromPath[str],
    template_id: FromPath[str],
    context: GivenContext,
    caller: GivenCaller,
    data: JSONBody[PublishBody | None] = None,
) -> Written:
    """Publishes one version, the latest if none is named."""
    edit = _edit(context, caller)
    wanted = (data.version if data else None) or LATEST
    async with context.database.transaction() as tx:
        await _check_tenant(tx, caller, tenant_id)
        number = await publish_of_tenant(tx, caller.environment, (tenant_id, template_id), wanted, edit)
    return Written(id=template_id, version=f"v{number}", published_at=iso(edit.now))


@get("/tenants/{tenant_id:str}/templates")
async def list_tenant_templates(
    request: ApiRequest,
    tenant_id: FromPath[str],
    context: GivenContext,
    caller: GivenCaller,
    limit: FromQuery[int | None] = None,
    cursor: FromQuery[str | None] = None,
) -> ListPage[TenantTemplateAnswer]:
    """The tenant's templates in order of their ids."""
    size = clamp(limit, default=20)
    after = decode_cursor(cursor, str) or ""
    async with context.database.snapshot() as tx:
        await _check_tenant(tx, caller, tenant_id)
        rows = await list_of_tenant(tx, caller.environment, tenant_id, after=after, limit=size + 1)
    return list_page([_answer(row) for row in rows], size, request.scope["path"], lambda row: row.id)


@get("/tenants/{tenant_id:str}/templates/{template_id:str}")
async def read_tenant_template(
    tenant_id: FromPath[str], template_id: FromPath[str], context: GivenContext, caller: GivenCaller
) -> TenantTemplateAnswer:
    """One template, by its last version."""
    async with context.database.snapshot() as tx:
        return _answer(await template_of_tenant(tx, caller.environment, (tenant_id, template_id)))


@get("/tenants/{tenant_id:str}/templates/{template_id:str}/versions/{version:str}")
async def read_tenant_template_version(
    tenant_id: FromPath[str],
    template_id: FromPath[str],
    version: FromPath[str],
    context: GivenContext,
    caller: GivenCaller,
) -> TenantTemplateAnswer:
    """One version with its content: `published`, `latest` or `v1`."""
    async with context.database.snapshot() as tx:
        row = await template_of_tenant(tx, caller.environment, (tenant_id, template_id))
        found = await version_of_tenant(tx, caller.environment, (tenant_id, template_id), version)
    return _answer(row, found)


@delete("/tenants/{tenant_id:str}/templates/{template_id:str}")
async def delete_tenant_template(
    tenant_id: FromPath[str], template_id: FromPath[str], context: GivenContext, caller: GivenCaller
) -> None:
    """From now on the workspace's template of the same id is sent. One that is not there is no error."""
    async with context.database.transaction() as tx:
        await archive_of_tenant(tx, caller.environment, (tenant_id, template_id), _edit(context, caller))


async def _check_tenant(tx: Transaction, caller: Caller, tenant_id: str) -> None:
    if await tenants.tenant(tx, caller.environment, tenant_id) is None:
        raise NotFound("Tenant not found")


def _edit(context: Context, caller: Caller, *, publish: bool = False) -> Edit:
    return Edit(now=context.clock.now_ms(), editor=caller.key_id, publish=publish)


def _answer(row: OfTenant, version: Template | None = None) -> TenantTemplateAnswer:
    delivery = version.delivery if version else row.content.get(DELIVERY, {})
    data: dict[str, Any] = {"routing": {"method": "single", "channels": []}, **delivery}
    if version is not None:
        data["content"] = {name: value for name, value in version.content.items() if name != DELIVERY}
    return TenantTemplateAnswer(
        id=row.alias,
        created_at=iso(row.created_at),
        updated_at=iso(row.updated_at),
        published_at=iso(row.published_at) if row.published_at is not None else "",
        version=f"v{version.version if version else row.version}",
        data=data,
    )


handlers = [
    write_tenant_template,
    publish_tenant_template,
    list_tenant_templates,
    read_tenant_template,
    read_tenant_template_version,
    delete_tenant_template,
]
