"""How long things are kept, and forgetting them page by page so that nobody waits for it. Decision 0009."""

from msgspec import Struct

from posthorn.audiences.store import prune_left
from posthorn.automations.runs import prune_marks, prune_runs
from posthorn.bulk import store as bulk_store
from posthorn.engine.erasure import prune_erasures
from posthorn.jobs import store as job_store
from posthorn.log import store as log_store
from posthorn.messages import store as message_store
from posthorn.profiles.change_store import prune_changes
from posthorn.providers.kept_mail import prune_mails
from posthorn.storage.database import Database

DAY_MS = 86_400_000
PAGE = 500
_ENVIRONMENTS = ("production", "test")


class Retention(Struct, frozen=True, kw_only=True):
    """How long things are kept, in milliseconds. log_ms: the events of the log and what became of them.

    messages_ms: messages with contents and history, runs with their steps, jobs and bulk jobs. mailbox_ms: mail in the built-in
    mailbox. erasures_ms: the note that somebody was forgotten. left_ms: that somebody left an audience.
    """

    log_ms: int
    messages_ms: int = 95 * DAY_MS
    mailbox_ms: int = 30 * DAY_MS
    erasures_ms: int = 30 * DAY_MS
    left_ms: int = 30 * DAY_MS


async def prune_page(database: Database, retention: Retention) -> bool:
    """Deletes at most PAGE of each kind of what is too old; whether there may be more."""
    has_more = False
    for partition in range(database.partition_count):
        has_more |= await _prune_partition(database, partition, retention)
    async with database.transaction() as tx:
        now = await tx.now_ms()
        for environment in _ENVIRONMENTS:
            for kind in ("automation", "journey"):
                has_more |= await prune_runs(tx, environment, kind, now - retention.messages_ms, PAGE) == PAGE
        has_more |= await bulk_store.prune_one(tx, before=now - retention.messages_ms) > 0
        has_more |= await job_store.prune(tx, before=now - retention.messages_ms, limit=PAGE) == PAGE
        has_more |= await prune_marks(tx, now, PAGE) == PAGE
        has_more |= await prune_left(tx, before=now - retention.left_ms, limit=PAGE) == PAGE
        await prune_erasures(tx, now - retention.erasures_ms)
    return has_more


async def _prune_partition(database: Database, partition: int, retention: Retention) -> bool:
    has_more = False
    async with database.transaction() as tx:
        now = await tx.now_ms()
        cursor = await log_store.cursor(tx, partition)
        if cursor is not None:
            before, up_to = now - retention.log_ms, cursor.block_offset
            has_more |= await log_store.delete_blocks(tx, partition, before=before, up_to=up_to, limit=PAGE) == PAGE
        has_more |= await prune_changes(tx, partition, before=now - retention.log_ms, limit=PAGE) >= PAGE
        for environment in _ENVIRONMENTS:
            before = now - retention.messages_ms
            count = await message_store.prune(tx, partition, environment, before=before, limit=PAGE)
            has_more |= count == PAGE
            has_more |= await prune_mails(tx, partition, environment, now - retention.mailbox_ms, PAGE) == PAGE
    return has_more
