"""The pages of a job that releases every open digest of a topic before its time."""

from msgspec import json

from posthorn.automations.digesting import DIGEST_RELEASE_REQUESTED, DigestReleaseRequested
from posthorn.automations.runs import open_digests
from posthorn.engine.backfill import PAGE_USERS
from posthorn.engine.own_events import engine_entry
from posthorn.events.model import Entry
from posthorn.ids import digest
from posthorn.jobs.model import Job, Page
from posthorn.storage.database import Transaction

KIND = "digests"


async def digest_page(tx: Transaction, job: Job, now: int) -> Page:
    """At most 500 users by id."""
    found = await open_digests(tx, job.environment, job.subject_id, job.cursor, PAGE_USERS)
    entries = tuple(_entry(job, one.user_key, now) for one in found)
    return Page(
        entries=entries,
        cursor=found[-1].user_key if found else job.cursor,
        done_count=len(entries),
        is_finished=len(found) < PAGE_USERS,
    )


def _entry(job: Job, user_key: str, now: int) -> Entry:
    body = json.encode(DigestReleaseRequested(topic_id=job.subject_id))
    message_id = f"{DIGEST_RELEASE_REQUESTED}-{digest(job.job_id, user_key).hex()}"
    return engine_entry(job.environment, DIGEST_RELEASE_REQUESTED, user_key, message_id, body, now)
