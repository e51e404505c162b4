"""Statements that read the runs for people, and that remove them."""

from msgspec import Struct

from posthorn.automations.batching import SHARED_KIND, Batch, without_user
from posthorn.automations.digesting import KIND as DIGEST
from posthorn.automations.marks import Mark
from posthorn.automations.model import ACTIVE, Kind, Run, RunStep
from posthorn.storage.database import Transaction


class RunFilter(Struct, frozen=True, kw_only=True):
    """Which runs to list. Empty tuples and None mean any. Times are UTC milliseconds, both included.

    after: (created_at, run_id) of the last one of the page before.
    """

    environment: str
    kind: Kind
    statuses: tuple[str, ...] = ()
    automation_ids: tuple[str, ...] = ()
    created_from: int | None = None
    created_to: int | None = None
    after: tuple[int, str] | None = None


class RunLine(Struct, frozen=True, kw_only=True):
    """A run in a list."""

    run_id: str
    source: list[str]
    status: str
    automation_id: str
    created_at: int


async def list_runs(tx: Transaction, wanted: RunFilter, limit: int) -> list[RunLine]:
    """At most `limit` runs, newest first."""
    created_to, run_id = wanted.after or (2**62, "")
    return await tx.all(
        RunLine,
        "SELECT run_id, source, status, automation_id, created_at FROM runs "
        "WHERE environment = :environment AND kind = :kind AND created_at >= :created_from AND created_at <= :created_to "
        "AND (created_at < :after_at OR (created_at = :after_at AND run_id < :after_id)) "
        f"AND (:any_status = TRUE OR {tx.sql.is_any('status', 'statuses')}) "
        f"AND (:any_automation = TRUE OR {tx.sql.is_any('automation_id', 'automation_ids')}) "
        "ORDER BY created_at DESC, run_id DESC LIMIT :limit",
        environment=wanted.environment,
        kind=wanted.kind,
        created_from=-(2**62) if wanted.created_from is None else wanted.created_from,
        created_to=2**62 if wanted.created_to is None else wanted.created_to,
        after_at=created_to,
        after_id=run_id,
        any_status=not wanted.statuses,
        statuses=wanted.statuses,
        any_automation=not wanted.automation_ids,
        automation_ids=wanted.automation_ids,
        limit=limit,
    )


async def find_run(tx: Transaction, partition_count: int, environment: str, run_id: str) -> tuple[int, Run] | None:
    """A run and its partition, or None. The id does not tell the partition, so each is asked by its primary key."""
    for partition in range(partition_count):
        run = await tx.first(
            Run,
            "SELECT run_id, environment, user_key, automation_id, version, kind, status, position, step_count, context, refs, "
            "inline, token, source, trigger_event, trigger_message_id, created_at, updated_at, wake_at, reason, "
            "variant, goal_until, converted_at, reply_to FROM runs "
            "WHERE partition = :partition AND run_id = :run_id AND environment = :environment",
            partition=partition,
            run_id=run_id,
            environment=environment,
        )
        if run is not None:
            return partition, run
    return None


async def steps_of_run(tx: Transaction, partition: int, run_id: str) -> list[RunStep]:
    """What the steps of a run did, in their order."""
    return await tx.all(
        RunStep,
        "SELECT run_id, sequence, node_id, action, status, reason, message_id, created_at, updated_at FROM run_steps "
        "WHERE partition = :partition AND run_id = :run_id ORDER BY sequence",
        partition=partition,
        run_id=run_id,
    )


async def runs_of_trigger(
    tx: Transaction, partition: int, environment: str, user_key: str, trigger_message_id: str
) -> list[RunLine]:
    """The runs of one user that an event started, oldest first."""
    return await tx.all(
        RunLine,
        "SELECT run_id, source, status, automation_id, created_at FROM runs WHERE partition = :partition "
        "AND environment = :environment AND user_key = :user_key AND trigger_message_id = :trigger_message_id "
        "ORDER BY created_at, run_id",
        partition=partition,
        environment=environment,
        user_key=user_key,
        trigger_message_id=trigger_message_id,
    )


class InFlight(Struct, frozen=True, kw_only=True):
    """How many runs of one version wait at one place of its program."""

    version: int
    position: int
    run_count: int


class RunPlace(Struct, frozen=True, kw_only=True):
    """A run, whose it is and which version it walks through."""

    run_id: str
    user_key: str
    version: int


async def in_flight(tx: Transaction, environment: str, automation_id: str) -> list[InFlight]:
    """The runs that may still act, by version and place."""
    return await tx.all(
        InFlight,
        "SELECT version, position, COUNT(*) AS run_count FROM runs WHERE environment = :environment "
        f"AND automation_id = :automation_id AND is_active = TRUE AND {tx.sql.is_any('status', 'active')} "
        "GROUP BY version, position ORDER BY version, position",
        environment=environment,
        automation_id=automation_id,
        active=tuple(sorted(ACTIVE)),
    )


async def runs_on_other_versions(
    tx: Transaction, environment: str, automation_id: str, version: int, after: str, limit: int
) -> list[RunPlace]:
    """Runs that may still act and walk through another version, by id."""
    return await tx.all(
        RunPlace,
        "SELECT run_id, user_key, version FROM runs WHERE environment = :environment AND automation_id = :automation_id "
        f"AND is_active = TRUE AND {tx.sql.is_any('status', 'active')} AND version <> :version AND run_id > :after "
        "ORDER BY run_id LIMIT :limit",
        environment=environment,
        automation_id=automation_id,
        version=version,
        active=tuple(sorted(ACTIVE)),
        after=after,
        limit=limit,
    )


async def open_digests(tx: Transaction, environment: str, topic_id: str, after: str, limit: int) -> list[Mark]:
    """The digests of a topic that wait for their time, by user."""
    return await tx.all(
        Mark,
        "SELECT user_key, kind, name, expires_at, body FROM marks WHERE environment = :environment AND kind = :kind "
        "AND name = :name AND user_key > :after ORDER BY user_key LIMIT :limit",
        environment=environment,
        kind=DIGEST,
        name=topic_id,
        after=after,
        limit=limit,
    )


class SentStep(Struct, frozen=True, kw_only=True):
    """A step of a run that has sent something, and when."""

    run_id: str
    user_key: str
    node_id: str
    created_at: int


async def sent_steps(tx: Transaction, environment: str, automation_id: str, since: int, until: int) -> list[SentStep]:
    """What the runs of an automation have sent that began in a period, in the order of each run."""
    return await tx.all(
        SentStep,
        "SELECT r.run_id, r.user_key, s.node_id, s.created_at FROM runs r JOIN run_steps s "
        "ON s.partition = r.partition AND s.run_id = r.run_id WHERE r.environment = :environment "
        "AND r.automation_id = :automation_id AND r.created_at >= :since AND s.created_at <= :until "
        "AND s.message_id IS NOT NULL ORDER BY r.run_id, s.sequence",
        environment=environment,
        automation_id=automation_id,
        since=since,
        until=until,
    )


class Conversions(Struct, frozen=True, kw_only=True):
    """How many runs of one version came through one variant, and how many of them reached the goal."""

    version: int
    variant: str
    run_count: int
    conversion_count: int


async def conversions(tx: Transaction, environment: str, automation_id: str) -> list[Conversions]:
    """Of every version and variant, newest version first."""
    return await tx.all(
        Conversions,
        "SELECT version, variant, COUNT(*) AS run_count, COUNT(converted_at) AS conversion_count FROM runs "
        "WHERE environment = :environment AND automation_id = :automation_id GROUP BY version, variant "
        "ORDER BY version DESC, variant",
        environment=environment,
        automation_id=automation_id,
    )


async def remove_runs(tx: Transaction, partition: int, run_ids: list[str]) -> None:
    """Removes these runs, with their steps."""
    places = [{"partition": partition, "run_id": run_id} for run_id in run_ids]
    await tx.many("DELETE FROM run_steps WHERE partition = :partition AND run_id = :run_id", places)
    await tx.many("DELETE FROM runs WHERE partition = :partition AND run_id = :run_id", places)


async def runs_of_user(tx: Transaction, partition: int, environment: str, user_key: str, limit: int) -> list[RunLine]:
    """The latest runs of one user, newest first."""
    return await tx.all(
        RunLine,
        "SELECT run_id, source, status, automation_id, created_at FROM runs WHERE partition = :partition "
        "AND environment = :environment AND user_key = :user_key ORDER BY created_at DESC, run_id DESC LIMIT :limit",
        partition=partition,
        environment=environment,
        user_key=user_key,
        limit=limit,
    )


async def erase_user(tx: Transaction, partition: int, environment: str, user_key: str) -> None:
    """Removes every run of one user, with its steps."""
    await tx.run(
        "DELETE FROM run_steps WHERE partition = :partition AND run_id IN (SELECT run_id FROM runs "
        "WHERE partition = :partition AND environment = :environment AND user_key = :user_key)",
        partition=partition,
        environment=environment,
        user_key=user_key,
    )
    await tx.run(
        "DELETE FROM runs WHERE partition = :partition AND environment = :environment AND user_key = :user_key",
        partition=partition,
        environment=environment,
        user_key=user_key,
    )


async def prune_runs(tx: Transaction, environment: str, kind: Kind, before: int, limit: int) -> int:
    """Removes up to `limit` runs created before that time that have ended, with their steps; how many (courier.md 4.2)."""
    old = await tx.all(
        _Place,
        "SELECT partition, run_id FROM runs WHERE environment = :environment AND kind = :kind AND created_at < :before "
        f"AND NOT {tx.sql.is_any('status', 'active')} ORDER BY created_at, run_id LIMIT :limit",
        environment=environment,
        kind=kind,
        before=before,
        active=tuple(sorted(ACTIVE)),
        limit=limit,
    )
    for place in old:
        await remove_runs(tx, place.partition, [place.run_id])
    return len(old)


class _Place(Struct, frozen=True, kw_only=True):
    partition: int
    run_id: str


async def erase_marks(tx: Transaction, partition: int, environment: str, user_key: str) -> None:
    """Forgets what is remembered of one user."""
    await tx.run(
        "DELETE FROM marks WHERE partition = :partition AND environment = :environment AND user_key = :user_key",
        partition=partition,
        environment=environment,
        user_key=user_key,
    )


async def erase_from_batches(tx: Transaction, environment: str, user_key: str) -> None:
    """Takes what one user has brought out of the open batches that he shares with others."""
    shared = await tx.all(
        _SharedBatch,
        "SELECT partition, user_key, name, body FROM marks WHERE environment = :environment AND kind = :kind "
        "ORDER BY partition, user_key, name",
        environment=environment,
        kind=SHARED_KIND,
    )
    for row in shared:
        batch = without_user(row.body, user_key)
        if batch != row.body:
            await tx.run(
                "UPDATE marks SET body = :body WHERE partition = :partition AND environment = :environment "
                "AND user_key = :user_key AND kind = :kind AND name = :name",
                body=batch,
                partition=row.partition,
                environment=environment,
                user_key=row.user_key,
                kind=SHARED_KIND,
                name=row.name,
            )


class _SharedBatch(Struct, frozen=True, kw_only=True):
    partition: int
    user_key: str
    name: str
    body: Batch


async def prune_marks(tx: Transaction, now: int, limit: int) -> int:
    """Forgets up to `limit` marks that mean nothing any more; how many."""
    old = await tx.all(
        _MarkPlace,
        "SELECT partition, environment, user_key, kind, name FROM marks WHERE expires_at IS NOT NULL AND expires_at <= :now "
        "ORDER BY expires_at LIMIT :limit",
        now=now,
        limit=limit,
    )
    await tx.many(
        "DELETE FROM marks WHERE partition = :partition AND environment = :environment AND user_key = :user_key "
        "AND kind = :kind AND name = :name AND expires_at <= :now",
        [
            {
                "partition": place.partition,
                "environment": place.environment,
                "user_key": place.user_key,
                "kind": place.kind,
                "name": place.name,
                "now": now,
            }
            for place in old
        ],
    )
    return len(old)


class _MarkPlace(Struct, frozen=True, kw_only=True):
    partition: int
    environment: str
    user_key: str
    kind: str
    name: str
