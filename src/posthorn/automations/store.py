"""Statements of the automations, and of their runs what the engine needs."""

from collections.abc import Sequence
from typing import Any

from msgspec import Struct

from posthorn.automations.marks import Mark
from posthorn.automations.model import Automation, Kind, Run, RunStep
from posthorn.storage.database import Transaction


class Version(Struct, frozen=True, kw_only=True):
    """A version in the list of versions, without what it holds."""

    version: int
    name: str
    written_at: int


async def all_versions(tx: Transaction) -> list[Automation]:
    """Every version and draft of everything."""
    return await tx.all(
        Automation,
        "SELECT a.automation_id, a.environment, a.kind, v.version, v.name, a.alias, v.is_enabled, v.triggers, "
        "v.cancelation_token, v.nodes, v.rules, a.state, a.published_version, a.created_at, a.updated_at, a.published_at "
        "FROM automations a JOIN automation_versions v ON v.environment = a.environment AND v.automation_id = a.automation_id "
        "ORDER BY a.environment, a.automation_id, v.version",
    )


async def one_version(tx: Transaction, environment: str, automation_id: str, version: int) -> Automation | None:
    """One version by the automation's id or alias, 0 for the draft."""
    return await tx.first(
        Automation,
        "SELECT a.automation_id, a.environment, a.kind, v.version, v.name, a.alias, v.is_enabled, v.triggers, "
        "v.cancelation_token, v.nodes, v.rules, a.state, a.published_version, a.created_at, a.updated_at, a.published_at "
        "FROM automations a JOIN automation_versions v ON v.environment = a.environment AND v.automation_id = a.automation_id "
        "WHERE a.environment = :environment AND (a.automation_id = :automation_id OR a.alias = :automation_id) "
        "AND v.version = :version ORDER BY a.automation_id",
        environment=environment,
        automation_id=automation_id,
        version=version,
    )


async def heads(tx: Transaction, environment: str, kind: Kind, is_published: bool, after: str, limit: int) -> list[Automation]:
    """The live versions, or else the drafts, of what is not archived, by id."""
    return await tx.all(
        Automation,
        "SELECT a.automation_id, a.environment, a.kind, v.version, v.name, a.alias, v.is_enabled, v.triggers, "
        "v.cancelation_token, v.nodes, v.rules, a.state, a.published_version, a.created_at, a.updated_at, a.published_at "
        "FROM automations a JOIN automation_versions v ON v.environment = a.environment AND v.automation_id = a.automation_id "
        "WHERE a.environment = :environment AND a.kind = :kind AND a.automation_id > :after AND a.state <> 'ARCHIVED' "
        "AND ((:is_published = TRUE AND v.version = a.published_version AND v.version > 0) "
        "OR (:is_published = FALSE AND v.version = 0)) ORDER BY a.automation_id LIMIT :limit",
        environment=environment,
        kind=kind,
        is_published=is_published,
        after=after,
        limit=limit,
    )


async def id_of_alias(tx: Transaction, environment: str, alias: str) -> str | None:
    """The id of the automation that has this alias, or this as its id."""
    found = await tx.first(
        _Id,
        "SELECT automation_id FROM automations WHERE environment = :environment "
        "AND (alias = :alias OR automation_id = :alias) ORDER BY automation_id",
        environment=environment,
        alias=alias,
    )
    return found.automation_id if found else None


class _Id(Struct, frozen=True, kw_only=True):
    automation_id: str


async def save_head(tx: Transaction, automation: Automation) -> None:
    """Writes what is common to all versions."""
    await tx.run(
        "INSERT INTO automations (environment, automation_id, kind, alias, state, published_version, created_at, updated_at, "
        "published_at) VALUES (:environment, :automation_id, :kind, :alias, :state, :published_version, :created_at, "
        ":updated_at, :published_at) ON CONFLICT (environment, automation_id) DO UPDATE SET alias = excluded.alias, "
        "state = excluded.state, published_version = excluded.published_version, updated_at = excluded.updated_at, "
        "published_at = excluded.published_at",
        environment=automation.environment,
        automation_id=automation.automation_id,
        kind=automation.kind,
        alias=automation.alias,
        state=automation.state,
        published_version=automation.published_version,
        created_at=automation.created_at,
        updated_at=automation.updated_at,
        published_at=automation.published_at,
    )


async def save_version(tx: Transaction, automation: Automation) -> None:
    """Writes what one version holds; only the draft is ever written twice."""
    await tx.run(
        "INSERT INTO automation_versions (environment, automation_id, version, name, is_enabled, triggers, cancelation_token, "
        "nodes, rules, written_at) VALUES (:environment, :automation_id, :version, :name, :is_enabled, :triggers, "
        ":cancelation_token, :nodes, :rules, :written_at) ON CONFLICT (environment, automation_id, version) DO UPDATE SET "
        "name = excluded.name, is_enabled = excluded.is_enabled, triggers = excluded.triggers, "
        "cancelation_token = excluded.cancelation_token, nodes = excluded.nodes, rules = excluded.rules, "
        "written_at = excluded.written_at",
        environment=automation.environment,
        automation_id=automation.automation_id,
        version=automation.version,
        name=automation.name,
        is_enabled=automation.is_enabled,
        triggers=list(automation.triggers),
        cancelation_token=automation.cancelation_token,
        nodes=automation.nodes,
        rules=automation.rules,
        written_at=automation.updated_at,
    )


async def versions(tx: Transaction, environment: str, automation_id: str) -> list[Version]:
    """The published versions, newest first."""
    return await tx.all(
        Version,
        "SELECT version, name, written_at FROM automation_versions "
        "WHERE environment = :environment AND automation_id = :automation_id AND version > 0 ORDER BY version DESC",
        environment=environment,
        automation_id=automation_id,
    )


async def active_runs(tx: Transaction, partition: int, environment: str, user_keys: tuple[str, ...]) -> list[Run]:
    """The runs of these users that may still act, oldest first."""
    return await tx.all(
        Run,
        "SELECT run_id, environment, user_key, automation_id, version, kind, status, position, step_count, context, refs, "
        "inline, token, source, trigger_event, trigger_message_id, created_at, updated_at, wake_at, reason, "
        "variant, goal_until, converted_at, reply_to FROM runs "
        f"WHERE partition = :partition AND environment = :environment AND {tx.sql.is_any('user_key', 'user_keys')} "
        "AND is_active = TRUE ORDER BY created_at, run_id",
        partition=partition,
        environment=environment,
        user_keys=user_keys,
    )


async def runs_with_token(tx: Transaction, environment: str, token: str) -> list[Run]:
    """Every active run with this token, of all users and partitions."""
    return await tx.all(
        Run,
        "SELECT run_id, environment, user_key, automation_id, version, kind, status, position, step_count, context, refs, "
        "inline, token, source, trigger_event, trigger_message_id, created_at, updated_at, wake_at, reason, "
        "variant, goal_until, converted_at, reply_to FROM runs "
        "WHERE environment = :environment AND token = :token AND token IS NOT NULL AND is_active ORDER BY created_at, run_id",
        environment=environment,
        token=token,
    )


async def save_runs(tx: Transaction, partition: int, rows: Sequence[Run]) -> None:
    """Writes runs as they are now."""
    await tx.many(
        "INSERT INTO runs (partition, run_id, environment, user_key, automation_id, version, kind, status, is_active, "
        "position, step_count, context, refs, inline, token, source, trigger_event, trigger_message_id, created_at, "
        "updated_at, wake_at, reason, variant, goal_until, converted_at, reply_to) "
        "VALUES (:partition, :run_id, :environment, :user_key, :automation_id, :version, "
        ":kind, :status, :is_active, :position, :step_count, :context, :refs, :inline, :token, :source, :trigger_event, "
        ":trigger_message_id, :created_at, :updated_at, :wake_at, :reason, :variant, :goal_until, :converted_at, :reply_to) "
        "ON CONFLICT (partition, run_id) DO UPDATE SET "
        "version = excluded.version, status = excluded.status, is_active = excluded.is_active, position = excluded.position, "
        "step_count = excluded.step_count, context = excluded.context, refs = excluded.refs, "
        "updated_at = excluded.updated_at, wake_at = excluded.wake_at, reason = excluded.reason, "
        "variant = excluded.variant, goal_until = excluded.goal_until, converted_at = excluded.converted_at",
        [_run_parameters(partition, run) for run in rows],
    )


async def save_steps(tx: Transaction, partition: int, rows: Sequence[RunStep]) -> None:
    """Writes what steps did; a step that waited keeps the time at which it began."""
    await tx.many(
        "INSERT INTO run_steps (partition, run_id, sequence, node_id, action, status, reason, message_id, created_at, "
        "updated_at) VALUES (:partition, :run_id, :sequence, :node_id, :action, :status, :reason, :message_id, "
        ":created_at, :updated_at) ON CONFLICT (partition, run_id, sequence) DO UPDATE SET status = excluded.status, "
        "reason = excluded.reason, message_id = excluded.message_id, updated_at = excluded.updated_at",
        [
            {
                "partition": partition,
                "run_id": step.run_id,
                "sequence": step.sequence,
                "node_id": step.node_id,
                "action": step.action,
                "status": step.status,
                "reason": step.reason,
                "message_id": step.message_id,
                "created_at": step.created_at,
                "updated_at": step.updated_at,
            }
            for step in rows
        ],
    )


async def load_marks(tx: Transaction, partition: int, environment: str, user_keys: tuple[str, ...]) -> list[Mark]:
    """All marks of these keys."""
    if not user_keys:
        return []
    return await tx.all(
        Mark,
        "SELECT user_key, kind, name, expires_at, body FROM marks WHERE partition = :partition "
        f"AND environment = :environment AND {tx.sql.is_any('user_key', 'user_keys')} ORDER BY user_key, kind, name",
        partition=partition,
        environment=environment,
        user_keys=user_keys,
    )


async def save_marks(tx: Transaction, partition: int, environment: str, marks: Sequence[Mark]) -> None:
    """Writes marks as they are now; those without a body are removed."""
    gone = [mark for mark in marks if mark.body is None]
    await tx.many(
        "DELETE FROM marks WHERE partition = :partition AND environment = :environment AND user_key = :user_key "
        "AND kind = :kind AND name = :name",
        [
            {
                "partition": partition,
                "environment": environment,
                "user_key": mark.user_key,
                "kind": mark.kind,
                "name": mark.name,
            }
            for mark in gone
        ],
    )
    await tx.many(
        "INSERT INTO marks (partition, environment, user_key, kind, name, expires_at, body) VALUES (:partition, :environment, "
        ":user_key, :kind, :name, :expires_at, :body) ON CONFLICT (partition, environment, user_key, kind, name) DO UPDATE SET "
        "expires_at = excluded.expires_at, body = excluded.body",
        [
            {
                "partition": partition,
                "environment": environment,
                "user_key": mark.user_key,
                "kind": mark.kind,
                "name": mark.name,
                "expires_at": mark.expires_at,
                "body": mark.body,
            }
            for mark in marks
            if mark.body is not None
        ],
    )


def _run_parameters(partition: int, run: Run) -> dict[str, Any]:
    return {
        "partition": partition,
        "run_id": run.run_id,
        "environment": run.environment,
        "user_key": run.user_key,
        "automation_id": run.automation_id,
        "version": run.version,
        "kind": run.kind,
        "status": run.status,
        "is_active": run.is_watched,
        "position": run.position,
        "step_count": run.step_count,
        "context": run.context,
        "refs": run.refs,
        "inline": run.inline,
        "token": run.token,
        "source": run.source,
        "trigger_event": run.trigger_event,
        "trigger_message_id": run.trigger_message_id,
        "created_at": run.created_at,
        "updated_at": run.updated_at,
        "wake_at": run.wake_at,
        "reason": run.reason,
        "variant": run.variant,
        "goal_until": run.goal_until,
        "converted_at": run.converted_at,
        "reply_to": run.reply_to,
    }
