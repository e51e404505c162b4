"""Statements of the audiences themselves: a head each, which names the current version, and the versions, which stay."""

from typing import Any

from msgspec import Struct

from posthorn.audiences.model import Audience
from posthorn.storage.database import Transaction


class Head(Struct, frozen=True, kw_only=True):
    """The newest version of an audience and whether it was deleted; its id keeps counting if somebody makes it again."""

    version: int
    since_version: int
    created_at: int
    deleted_at: int | None


class Version(Struct, frozen=True, kw_only=True):
    """One version as it was written."""

    version: int
    name: str
    description: str
    filter: dict[str, Any] | None
    created_at: int


async def head(tx: Transaction, environment: str, audience_id: str) -> Head | None:
    """Where an audience is, deleted ones too; None if there never was one."""
    return await tx.first(
        Head,
        "SELECT version, since_version, created_at, deleted_at FROM audiences "
        f"WHERE environment = :environment AND audience_id = :audience_id{tx.sql.for_update}",
        environment=environment,
        audience_id=audience_id,
    )


async def audience(tx: Transaction, environment: str, audience_id: str) -> Audience | None:
    """The current version of one audience, or None."""
    return await tx.first(
        Audience,
        "SELECT a.environment, a.audience_id, a.version, a.since_version, v.name, v.description, v.filter, "
        "v.starts_automations, a.evaluated_version, a.created_at, a.updated_at FROM audiences AS a "
        "JOIN audience_versions AS v ON v.environment = a.environment AND v.audience_id = a.audience_id "
        "AND v.version = a.version "
        "WHERE a.environment = :environment AND a.audience_id = :audience_id AND a.deleted_at IS NULL",
        environment=environment,
        audience_id=audience_id,
    )


async def audiences_after(tx: Transaction, environment: str, *, after: str, limit: int) -> list[Audience]:
    """Audiences behind an id and in order of the id."""
    return await tx.all(
        Audience,
        "SELECT a.environment, a.audience_id, a.version, a.since_version, v.name, v.description, v.filter, "
        "v.starts_automations, a.evaluated_version, a.created_at, a.updated_at FROM audiences AS a "
        "JOIN audience_versions AS v ON v.environment = a.environment AND v.audience_id = a.audience_id "
        "AND v.version = a.version WHERE a.environment = :environment AND a.deleted_at IS NULL "
        "AND a.audience_id > :after ORDER BY a.audience_id LIMIT :limit",
        environment=environment,
        after=after,
        limit=limit,
    )


async def all_audiences(tx: Transaction) -> list[Audience]:
    """The current version of every audience, in order of environment and id."""
    return await tx.all(
        Audience,
        "SELECT a.environment, a.audience_id, a.version, a.since_version, v.name, v.description, v.filter, "
        "v.starts_automations, a.evaluated_version, a.created_at, a.updated_at FROM audiences AS a "
        "JOIN audience_versions AS v ON v.environment = a.environment AND v.audience_id = a.audience_id "
        "AND v.version = a.version WHERE a.deleted_at IS NULL ORDER BY a.environment, a.audience_id",
    )


async def versions(tx: Transaction, environment: str, audience_id: str) -> list[Version]:
    """Every version of an audience, newest first."""
    return await tx.all(
        Version,
        "SELECT version, name, description, filter, created_at FROM audience_versions "
        "WHERE environment = :environment AND audience_id = :audience_id ORDER BY version DESC",
        environment=environment,
        audience_id=audience_id,
    )


async def save_version(tx: Transaction, one: Audience) -> None:
    """Adds a version and makes it the current one."""
    await tx.run(
        "INSERT INTO audience_versions (environment, audience_id, version, name, description, filter, starts_automations, "
        "created_at) VALUES (:environment, :audience_id, :version, :name, :description, :filter, :starts_automations, :now)",
        environment=one.environment,
        audience_id=one.audience_id,
        version=one.version,
        name=one.name,
        description=one.description,
        filter=one.filter,
        starts_automations=one.starts_automations,
        now=one.updated_at,
    )
    await tx.run(
        "INSERT INTO audiences (environment, audience_id, version, since_version, evaluated_version, created_at, updated_at) "
        "VALUES (:environment, :audience_id, :version, :since_version, :evaluated_version, :created_at, :updated_at) "
        "ON CONFLICT (environment, audience_id) DO UPDATE SET version = excluded.version, "
        "since_version = excluded.since_version, created_at = excluded.created_at, updated_at = excluded.updated_at, "
        "deleted_at = NULL",
        environment=one.environment,
        audience_id=one.audience_id,
        version=one.version,
        since_version=one.since_version,
        evaluated_version=one.evaluated_version,
        created_at=one.created_at,
        updated_at=one.updated_at,
    )


async def note_evaluated(tx: Transaction, environment: str, audience_id: str, version: int) -> None:
    """Everybody has been evaluated by this version."""
    await tx.run(
        "UPDATE audiences SET evaluated_version = :version WHERE environment = :environment AND audience_id = :audience_id "
        "AND version = :version",
        environment=environment,
        audience_id=audience_id,
        version=version,
    )


async def mark_deleted(tx: Transaction, environment: str, audience_id: str, now: int) -> None:
    """Deletes an audience; its versions are counted on."""
    await tx.run(
        "UPDATE audiences SET deleted_at = :now WHERE environment = :environment AND audience_id = :audience_id",
        environment=environment,
        audience_id=audience_id,
        now=now,
    )
