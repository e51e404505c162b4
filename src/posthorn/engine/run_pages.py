"""The pages of a job that ends the runs on other versions of an automation, or moves them to this one."""

from typing import Literal

import msgspec
from msgspec import Struct

from posthorn.automations.model import RUN_CANCEL_REQUESTED, RUN_MOVE_REQUESTED, RunCancelRequested, RunMoveRequested
from posthorn.automations.runs import RunPlace, runs_on_other_versions
from posthorn.engine.backfill import PAGE_USERS
from posthorn.events.model import Entry
from posthorn.ids import digest
from posthorn.jobs.model import Job, Page
from posthorn.storage.database import Transaction

KIND = "runs"


class RunsWanted(Struct, frozen=True, kw_only=True):
    """Body of the job. version: the one to go on with. nodes: version → node id → node id there, for a move."""

    version: int
    action: Literal["move", "end"]
    nodes: dict[int, dict[str, str]] = {}


async def run_page(tx: Transaction, job: Job, now: int) -> Page:
    """At most 500 runs by id. A run that has no counterpart goes on with its own version and counts as failed."""
    wanted = msgspec.convert(job.body, RunsWanted, strict=False)
    runs = await runs_on_other_versions(tx, job.environment, job.subject_id, wanted.version, job.cursor, PAGE_USERS)
    entries = [_entry(job, one, wanted, now) for one in runs if wanted.action == "end" or wanted.nodes.get(one.version)]
    return Page(
        entries=tuple(entries),
        cursor=runs[-1].run_id if runs else job.cursor,
        done_count=len(entries),
        failed_count=len(runs) - len(entries),
        is_finished=len(runs) < PAGE_USERS,
    )


def _entry(job: Job, run: RunPlace, wanted: RunsWanted, now: int) -> Entry:
    kind, payload = RUN_CANCEL_REQUESTED, RunCancelRequested(run_id=run.run_id)
    if wanted.action == "move":
        kind = RUN_MOVE_REQUESTED
        payload = RunMoveRequested(run_id=run.run_id, version=wanted.version, nodes=wanted.nodes[run.version])
    return Entry(
        environment=job.environment,
        source_id="",
        origin="api",
        type=kind,
        user_key=run.user_key,
        message_id=f"{kind}-{digest(job.job_id, run.run_id).hex()}",
        received_at=now,
        body=msgspec.json.encode(payload),
    )
