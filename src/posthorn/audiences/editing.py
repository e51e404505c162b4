"""Writing and deleting audiences: each is done at once, and what it means for everybody is a job."""

from typing import Any

from msgspec import Struct

from posthorn.audiences import definitions
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
    is_new = old is None or old.deleted_at is not None
    version = old.version + 1 if old else 1
    audience = Audience(
        environment=environment,
        audience_id=audience_id,
        version=version,
        since_version=version if old is None or is_new else old.since_version,
        name=wanted.name,
        description=wanted.description,
        filter=wanted.filter,
        starts_automations=wanted.starts_automations,
        created_at=now if old is None or is_new else old.created_at,
        updated_at=now,
    )
    await definitions.save_version(tx, audience)
    if version > 1:
        await jobs.cancel(tx, environment, evaluation_job_id(environment, audience_id, version - 1), now)
    await jobs.add(tx, _job(EVALUATE, evaluation_job_id(environment, audience_id, version), audience, now))
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
    await touch(tx)


def evaluation_job_id(environment: str, audience_id: str, version: int) -> str:
    """The id of the job that evaluates everybody by a version."""
    return _id("evaluate", environment, audience_id, version)


def _id(what: str, environment: str, audience_id: str, version: int) -> str:
    return f"audience-{digest(what, environment, audience_id, str(version)).hex()}"


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
