"""Writing and deleting audiences: each is done at once, and what it means for everybody is a job."""

from typing import Any

from msgspec import Struct

from posthorn.audiences import definitions
from posthorn.audiences.index import compiled_rule
from posthorn.audiences.model import Audience
from posthorn.ids import digest
from posthorn.jobs import store as jobs
from posthorn.jobs.model import Job
from posthorn.storage.database import Transaction
from posthorn.storage.revision import touch

EVALUATE = "audience.evaluate"
"""The kind of the job that evaluates everybody by a version."""

FORGET = "audience.forget"
"""The kind of the job that deletes the members of an audience that is gone."""

SWEEP = "audience.sweep"
"""The kind of the job that deletes when users did what no audience watches any more."""


class JobBody(Struct, frozen=True, kw_only=True):
    """What both kinds need to know."""

    audience_id: str
    version: int


class Wanted(Struct, frozen=True, kw_only=True):
    """An audience as it shall be; `filter` as `filters.normalized` gave it."""

    name: str = ""
    description: str = ""
    filter: dict[str, Any] | None = None
    starts_automations: bool = False


async def write_audience(tx: Transaction, environment: str, audience_id: str, wanted: Wanted, now: int) -> Audience:
    """Makes the next version the current one, and begins to evaluate everybody by it."""
    old = await definitions.head(tx, environment, audience_id)
    before = await definitions.audience(tx, environment, audience_id)
    living = old if old is not None and old.deleted_at is None else None
    version = old.version + 1 if old else 1
    audience = Audience(
        environment=environment,
        audience_id=audience_id,
        version=version,
        since_version=living.since_version if living else version,
        name=wanted.name,
        description=wanted.description,
        filter=wanted.filter,
        starts_automations=wanted.starts_automations,
        created_at=living.created_at if living else now,
        updated_at=now,
    )
    await definitions.save_version(tx, audience)
    if version > 1:
        await jobs.cancel(tx, environment, evaluation_job_id(environment, audience_id, version - 1), now)
    await jobs.add(tx, _job(EVALUATE, evaluation_job_id(environment, audience_id, version), audience, now))
    if _events(before) - _events(audience):
        await jobs.add(tx, _job(SWEEP, _id("sweep", environment, audience_id, version), audience, now))
    await touch(tx)
    return audience


async def delete_audience(tx: Transaction, environment: str, audience_id: str, now: int) -> None:
    """Deletes an audience for good; nobody is told that he left. One that is not there is no error."""
    found = await definitions.audience(tx, environment, audience_id)
    if found is None:
        return
    await definitions.mark_deleted(tx, environment, audience_id, now)
    await jobs.cancel(tx, environment, evaluation_job_id(environment, audience_id, found.version), now)
    await jobs.add(tx, _job(FORGET, _id("forget", environment, audience_id, found.version), found, now))
    if _events(found):
        await jobs.add(tx, _job(SWEEP, _id("sweep all", environment, audience_id, found.version), found, now))
    await touch(tx)


def evaluation_job_id(environment: str, audience_id: str, version: int) -> str:
    """The id of the job that evaluates everybody by a version."""
    return _id("evaluate", environment, audience_id, version)


def _id(what: str, environment: str, audience_id: str, version: int) -> str:
    return f"audience-{digest(what, environment, audience_id, str(version)).hex()}"


def _events(audience: Audience | None) -> set[str]:
    rule = compiled_rule(audience) if audience is not None else None
    return set(rule.events) if rule is not None else set()


def _job(kind: str, job_id: str, audience: Audience, now: int) -> Job:
    return Job(
        job_id=job_id,
        kind=kind,
        environment=audience.environment,
        subject_id=audience.audience_id,
        body={"audience_id": audience.audience_id, "version": audience.version},
        created_at=now,
        updated_at=now,
    )
