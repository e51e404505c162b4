"""The statements of the templates. Private to this folder."""

from typing import Any

from msgspec import Struct

from posthorn.storage.database import Transaction
from posthorn.templates.model import DRAFT, PRIVATE, Payload, Summary, Template, VersionEntry


class Head(Struct, frozen=True, kw_only=True):
    """What is known of a template as a whole."""

    environment: str
    template_id: str
    alias: str | None
    published_version: int
    archived_at: int | None
    journey_id: str = ""


class OfTenant(Struct, frozen=True, kw_only=True):
    """A template of a tenant, by its last version. alias: its id within the tenant. published_version: 0 for none.

    published_at: when that version was written, None without one; times are UTC milliseconds.
    """

    alias: str
    published_version: int
    version: int
    content: dict[str, Any]
    created_at: int
    updated_at: int
    published_at: int | None


class _Number(Struct, frozen=True, kw_only=True):
    number: int | None


async def all_current(tx: Transaction) -> list[Template]:
    """The draft and the published version of every template, archived ones too."""
    return await tx.all(
        Template,
        "SELECT t.environment, t.template_id, t.alias, v.version, t.published_version, v.name, v.tags, v.brand_id, v.topic_id, "
        "v.strategy_id, v.content, t.created_at, t.created_by, t.updated_at, t.updated_by, t.archived_at, "
        "t.journey_id "
        "FROM templates t JOIN template_versions v ON v.environment = t.environment AND v.template_id = t.template_id "
        "AND (v.version = 0 OR v.version = t.published_version) ORDER BY t.environment, t.template_id, v.version",
    )


async def head(tx: Transaction, environment: str, id_or_alias: str) -> Head | None:
    """The template of that id, else of that alias."""
    found = await tx.all(
        Head,
        "SELECT environment, template_id, alias, published_version, archived_at, journey_id FROM templates "
        "WHERE environment = :environment AND (template_id = :name OR alias = :name) ORDER BY template_id",
        environment=environment,
        name=id_or_alias,
    )
    return next((one for one in found if one.template_id == id_or_alias), found[0] if found else None)


async def version(tx: Transaction, environment: str, template_id: str, number: int) -> Template | None:
    """One version of a template, 0 for the draft."""
    return await tx.first(
        Template,
        "SELECT t.environment, t.template_id, t.alias, v.version, t.published_version, v.name, v.tags, v.brand_id, v.topic_id, "
        "v.strategy_id, v.content, t.created_at, t.created_by, t.updated_at, t.updated_by, t.archived_at, "
        "t.journey_id "
        "FROM templates t JOIN template_versions v ON v.environment = t.environment AND v.template_id = t.template_id "
        "WHERE t.environment = :environment AND t.template_id = :template_id AND v.version = :number",
        environment=environment,
        template_id=template_id,
        number=number,
    )


async def summaries(tx: Transaction, environment: str, journey_id: str, *, after: str, limit: int) -> list[Summary]:
    """Templates of a journey, or with "" of the workspace, that are not archived, behind an id and in its order."""
    return await tx.all(
        Summary,
        "SELECT t.template_id, t.published_version, v.name, v.tags, v.topic_id, t.created_at, t.created_by, t.updated_at, "
        "t.updated_by FROM templates t JOIN template_versions v ON v.environment = t.environment "
        "AND v.template_id = t.template_id AND v.version = 0 WHERE t.environment = :environment AND t.template_id > :after "
        "AND t.archived_at IS NULL AND t.journey_id = :journey_id "
        "AND (t.alias IS NULL OR SUBSTR(t.alias, 1, LENGTH(CAST(:private AS TEXT))) <> :private) "
        "ORDER BY t.template_id LIMIT :limit",
        private=PRIVATE,
        environment=environment,
        journey_id=journey_id,
        after=after,
        limit=limit,
    )


async def private_templates(tx: Transaction, environment: str, start: str, *, after: str, limit: int) -> list[OfTenant]:
    """Private templates whose alias begins so, behind an alias and in its order."""
    return await tx.all(
        OfTenant,
        "SELECT t.alias, t.published_version, v.version, v.content, t.created_at, t.updated_at, p.written_at AS published_at "
        "FROM templates t JOIN template_versions v ON v.environment = t.environment AND v.template_id = t.template_id "
        "AND v.version = (SELECT MAX(l.version) FROM template_versions l WHERE l.environment = t.environment "
        "AND l.template_id = t.template_id) "
        "LEFT JOIN template_versions p ON p.environment = t.environment AND p.template_id = t.template_id "
        "AND p.version = t.published_version AND p.version > 0 "
        "WHERE t.environment = :environment AND t.alias > :after AND t.archived_at IS NULL "
        "AND SUBSTR(t.alias, 1, LENGTH(CAST(:start AS TEXT))) = :start ORDER BY t.alias LIMIT :limit",
        environment=environment,
        start=start,
        after=after,
        limit=limit,
    )


async def versions(tx: Transaction, environment: str, template_id: str, *, below: int, limit: int) -> list[VersionEntry]:
    """Versions below a number, newest first, without the draft."""
    return await tx.all(
        VersionEntry,
        "SELECT version, written_at, written_by FROM template_versions WHERE environment = :environment "
        "AND template_id = :template_id AND version > 0 AND version < :below ORDER BY version DESC LIMIT :limit",
        environment=environment,
        template_id=template_id,
        below=below,
        limit=limit,
    )


async def last_version(tx: Transaction, environment: str, template_id: str) -> int:
    """The highest number that was ever published; 0 for none."""
    found = await tx.first(
        _Number,
        "SELECT MAX(version) AS number FROM template_versions WHERE environment = :environment AND template_id = :template_id",
        environment=environment,
        template_id=template_id,
    )
    return (found.number if found else None) or 0


async def add(tx: Transaction, template: Head, now: int, editor: str) -> bool:
    """Writes a new template without versions; False if that id is there."""
    touched = await tx.run(
        "INSERT INTO templates (environment, template_id, alias, published_version, created_at, created_by, updated_at, "
        "updated_by, archived_at, journey_id) "
        "VALUES (:environment, :template_id, :alias, 0, :now, :editor, :now, :editor, NULL, :journey_id) "
        "ON CONFLICT (environment, template_id) DO NOTHING",
        environment=template.environment,
        template_id=template.template_id,
        alias=template.alias,
        now=now,
        editor=editor,
        journey_id=template.journey_id,
    )
    return touched > 0


async def change(tx: Transaction, template: Head, now: int, editor: str) -> None:
    """Writes what is known of a template as a whole, and who changed it."""
    await tx.run(
        "UPDATE templates SET alias = :alias, published_version = :published_version, archived_at = :archived_at, "
        "updated_at = :now, updated_by = :editor WHERE environment = :environment AND template_id = :template_id",
        environment=template.environment,
        template_id=template.template_id,
        alias=template.alias,
        published_version=template.published_version,
        archived_at=template.archived_at,
        now=now,
        editor=editor,
    )


async def write_draft(tx: Transaction, template: Head, payload: Payload, now: int, editor: str) -> None:
    """Writes or replaces the draft."""
    await _write(tx, template, DRAFT, payload, (now, editor))


async def write_version(tx: Transaction, template: Head, number: int, payload: Payload, edited: tuple[int, str]) -> None:
    """Writes a new version; edited: when and by whom."""
    await _write(tx, template, number, payload, edited)


async def _write(tx: Transaction, template: Head, number: int, payload: Payload, edited: tuple[int, str]) -> None:
    await tx.run(
        "INSERT INTO template_versions (environment, template_id, version, name, tags, brand_id, topic_id, strategy_id, "
        "content, written_at, written_by) VALUES (:environment, :template_id, :version, :name, :tags, :brand_id, :topic_id, "
        ":strategy_id, :content, :written_at, :written_by) ON CONFLICT (environment, template_id, version) DO UPDATE SET "
        "name = excluded.name, tags = excluded.tags, brand_id = excluded.brand_id, topic_id = excluded.topic_id, "
        "strategy_id = excluded.strategy_id, content = excluded.content, written_at = excluded.written_at, "
        "written_by = excluded.written_by",
        environment=template.environment,
        template_id=template.template_id,
        version=number,
        name=payload.name,
        tags=list(payload.tags),
        brand_id=payload.brand_id,
        topic_id=payload.topic_id,
        strategy_id=payload.strategy_id,
        content=payload.content,
        written_at=edited[0],
        written_by=edited[1],
    )
