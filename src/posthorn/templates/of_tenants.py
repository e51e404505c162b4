"""Templates of a tenant: sent in its context in place of the workspace's template of the same id (courier.md 9.5).

Each is a private template whose alias says whose it is, so it has drafts and versions like any other.
"""

from typing import Any

from posthorn.errors import Invalid, NotFound
from posthorn.storage.database import Transaction
from posthorn.templates import store, write
from posthorn.templates.model import PRIVATE, Edit, Payload, Template, tenant_alias
from posthorn.templates.store import OfTenant

LATEST = "latest"


async def write_of_tenant(
    tx: Transaction, environment: str, names: tuple[str, str], content: dict[str, Any], edit: Edit, seed: bytes
) -> tuple[int, bool]:
    """Writes the next version of a tenant's template; its number and whether the template is new. names: tenant, template.

    content: Elemental, with `delivery` beside it. Raises Invalid.
    """
    if "elements" not in content:
        raise Invalid("template.content.elements: Required")
    alias = tenant_alias(*names)
    is_new = await store.head(tx, environment, alias) is None
    draft = Edit(now=edit.now, editor=edit.editor)
    if is_new:
        payload = Payload(name=names[1], content=content)
        await write.create_private(tx, environment, payload, draft, seed, alias.removeprefix(PRIVATE))
    else:
        await write.put_content(tx, environment, alias, content, draft)
    number = await write.save_version(tx, environment, alias, edit)
    if edit.publish:
        await publish_of_tenant(tx, environment, names, f"v{number}", edit)
    return number, is_new


async def publish_of_tenant(tx: Transaction, environment: str, names: tuple[str, str], version: str, edit: Edit) -> int:
    """Publishes one version, `v1` or `latest`; its number. Raises Invalid, NotFound."""
    number = (await version_of_tenant(tx, environment, names, version)).version
    await write.publish(tx, environment, tenant_alias(*names), f"v{number:03d}", edit)
    return number


async def version_of_tenant(tx: Transaction, environment: str, names: tuple[str, str], version: str) -> Template:
    """One version: `published`, `latest` or `v1`. Raises Invalid for another word, NotFound."""
    head = await store.head(tx, environment, tenant_alias(*names))
    if head is None:
        raise NotFound(f"Tenant {names[0]} has no template {names[1]}")
    number = head.published_version if version == "published" else await _number(tx, head, version)
    found = await store.version(tx, environment, head.template_id, number or -1)
    if found is None:
        raise NotFound(f"Version not found for template {names[1]}")
    return found


async def list_of_tenant(tx: Transaction, environment: str, tenant_id: str, *, after: str, limit: int) -> list[OfTenant]:
    """A tenant's templates behind an id and in its order."""
    start = tenant_alias(tenant_id, "")
    rows = await store.private_templates(tx, environment, start, after=start + after, limit=limit)
    return [_named(row, start) for row in rows]


async def template_of_tenant(tx: Transaction, environment: str, names: tuple[str, str]) -> OfTenant:
    """One of a tenant's templates. Raises NotFound."""
    start, alias = tenant_alias(names[0], ""), tenant_alias(*names)
    for row in await store.private_templates(tx, environment, alias, after="", limit=1):
        if row.alias == alias:
            return _named(row, start)
    raise NotFound(f"Tenant {names[0]} has no template {names[1]}")


async def archive_of_tenant(tx: Transaction, environment: str, names: tuple[str, str], edit: Edit) -> None:
    """Messages get the workspace's template from now on. One that is not there is no error."""
    alias = tenant_alias(*names)
    if await store.head(tx, environment, alias) is not None:
        await write.archive(tx, environment, alias, edit)


async def _number(tx: Transaction, head: store.Head, version: str) -> int:
    if version == LATEST:
        return await store.last_version(tx, head.environment, head.template_id)
    if not version.startswith("v") or not version[1:].isascii() or not version[1:].isdigit() or len(version) > 10:
        raise Invalid("version: Expected v1, v2, etc., latest or published")
    return int(version[1:])


def _named(row: OfTenant, start: str) -> OfTenant:
    return OfTenant(
        alias=row.alias.removeprefix(start),
        published_version=row.published_version,
        version=row.version,
        content=row.content,
        created_at=row.created_at,
        updated_at=row.updated_at,
        published_at=row.published_at,
    )
