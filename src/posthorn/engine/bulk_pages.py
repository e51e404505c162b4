"""The pages of a bulk job: each of its users gets a message, under an id that derives from job and place."""

import msgspec

from posthorn.bulk import store
from posthorn.bulk.collect import message_of
from posthorn.bulk.model import PENDING, BulkUser
from posthorn.engine.backfill import PAGE_USERS
from posthorn.engine.own_events import engine_entry
from posthorn.events.model import Entry
from posthorn.jobs.model import Job, Page
from posthorn.messages.many import message_id_for
from posthorn.messages.model import REQUESTED, MessageRequested
from posthorn.storage.database import Transaction


async def bulk_page(tx: Transaction, job: Job, now: int) -> Page:
    """At most 500 users in the order in which they were given. Those that were refused then count as failed."""
    bulk = await store.bulk_job(tx, job.environment, job.job_id)
    if bulk is None:
        return Page(cursor=job.cursor, is_finished=True)
    users = await store.users_after(tx, job.environment, job.job_id, after=int(job.cursor or 0), limit=PAGE_USERS)
    message = message_of(bulk.definition)
    ids = [(one.position, message_id_for(job.job_id, str(one.position))) for one in users if one.status == PENDING]
    by_position = dict(ids)
    await store.note_enqueued(tx, job.environment, job.job_id, ids)
    entries = tuple(_entry(job, one, message, by_position[one.position], now) for one in users if one.position in by_position)
    return Page(
        entries=entries,
        cursor=str(users[-1].position) if users else job.cursor,
        done_count=len(entries),
        failed_count=len(users) - len(entries),
        is_finished=len(users) < PAGE_USERS,
    )


def _entry(job: Job, user: BulkUser, message: dict[str, object], message_id: str, now: int) -> Entry:
    requested = MessageRequested(
        message_id=message_id, request_id=job.job_id, to=user.recipient, message=message, job_id=job.job_id
    )
    return engine_entry(job.environment, REQUESTED, user.user_key, message_id, msgspec.json.encode(requested), now)
