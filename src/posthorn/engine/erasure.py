"""Erasure: forgets one user in every table at once, then rewrites the blocks of the log that hold his events, page by page."""

from msgspec import Struct, json
from msgspec.structs import replace

from posthorn.audiences import store as audience_store
from posthorn.automations import runs
from posthorn.automations.batching import BATCH_ADDED
from posthorn.automations.throttling import THROTTLE_ASKED
from posthorn.bulk import store as bulk_store
from posthorn.destinations.failures import erase_failures
from posthorn.engine.parking import erase_parked
from posthorn.engine.state import UserState
from posthorn.events.model import Entry
from posthorn.identities import store as identity_store
from posthorn.identities.model import ERASED
from posthorn.lists import subscriptions
from posthorn.log import store as log_store
from posthorn.log.model import Block, decode_outcomes, encode_outcomes, pack, unpack
from posthorn.messages import store as message_store
from posthorn.outbox import store as outbox
from posthorn.preferences import store as preference_store
from posthorn.profiles import store as profile_store
from posthorn.profiles.change_store import erase_changes
from posthorn.profiles.model import DELETED
from posthorn.providers import kept_mail
from posthorn.storage.database import Database, Transaction
from posthorn.storage.revision import touch
from posthorn.tenants import store as tenant_store
from posthorn.timers import store as timer_store

PAGE_BLOCKS = 200
RUNNING = "RUNNING"
FINISHED = "FINISHED"


FORGETS = frozenset({"delete", DELETED, ERASED})
"""Events that forget their user, whatever of his was set aside."""

_ELSEWHERE = frozenset({THROTTLE_ASKED, BATCH_ADDED})


class _Asking(Struct, frozen=True, kw_only=True):
    """Whose run asks, in an event that has its place elsewhere."""

    user_key: str = ""


_asking = json.Decoder(_Asking).decode


class Suppressed(Struct, frozen=True, kw_only=True):
    """A user whose events are dropped."""

    environment: str
    user_key: str


class Erasure(Struct, frozen=True, kw_only=True):
    """A user to be forgotten. Blocks up to `rewritten_up_to` are done; those after `rewrite_until` came later and stay.

    status: RUNNING or FINISHED (segment.md 6.10). requested_at: UTC milliseconds.
    """

    partition: int
    environment: str
    user_key: str
    requested_at: int
    rewritten_up_to: int
    rewrite_until: int
    status: str


async def load_suppressed(tx: Transaction) -> frozenset[tuple[str, str]]:
    """(environment, user key) of everybody whose events are dropped."""
    rows = await tx.all(Suppressed, "SELECT environment, user_key FROM suppressions ORDER BY environment, user_key")
    return frozenset((row.environment, row.user_key) for row in rows)


async def suppress_users(tx: Transaction, partition: int, users: list[UserState], now: int) -> None:
    """Drops all later events of these users (segment.md 6.10), and forgets what they chose and which lists they are on."""
    for user in users:
        await preference_store.erase_user(tx, partition, user.environment, user.user_key)
        await subscriptions.erase_user(tx, partition, user.environment, user.user_key)
    await tx.many(
        "INSERT INTO suppressions (environment, user_key, suppressed_at) VALUES (:environment, :user_key, :now) "
        "ON CONFLICT DO NOTHING",
        [{"environment": user.environment, "user_key": user.user_key, "now": now} for user in users],
    )
    if users:
        await touch(tx)


async def erase_users(tx: Transaction, partition: int, users: list[UserState]) -> None:
    """Forgets these users in every table but the log. Lists and preferences stay."""
    for user in users:
        await _erase_tables(tx, partition, user.environment, user.user_key)


async def clean_log(tx: Transaction, partition_count: int, users: list[UserState], now: int) -> None:
    """Notes that the log is to be rewritten for these users, in every partition: what their runs ask of a throttle or bring to
    a batch lies where that has its place.
    """
    for user in users:
        for partition in range(partition_count):
            await _request_rewrite(tx, partition, user, now)


async def _erase_tables(tx: Transaction, partition: int, environment: str, user_key: str) -> None:
    await identity_store.erase_user(tx, partition, environment, user_key)
    await profile_store.delete_profile(tx, partition, environment, user_key)
    await erase_changes(tx, partition, environment, user_key)
    await tenant_store.erase_user(tx, partition, environment, user_key)
    await audience_store.erase_user(tx, partition, environment, user_key)
    await runs.erase_user(tx, partition, environment, user_key)
    await message_store.erase_user(tx, partition, environment, user_key)
    await kept_mail.erase(tx, partition, environment, user_key)
    await runs.erase_marks(tx, partition, environment, user_key)
    await runs.erase_from_batches(tx, environment, user_key)
    await timer_store.erase_user(tx, partition, environment, user_key)
    await outbox.erase_user(tx, partition, environment, user_key)
    await erase_failures(tx, partition, environment, user_key)
    await bulk_store.erase_user(tx, environment, user_key)
    await erase_parked(tx, partition, environment, user_key)


async def _request_rewrite(tx: Transaction, partition: int, user: UserState, now: int) -> None:
    await tx.run(
        "INSERT INTO erasures (partition, environment, user_key, requested_at, rewritten_up_to, rewrite_until, status) "
        "VALUES (:partition, :environment, :user_key, :now, 0, :until, :status) "
        "ON CONFLICT (partition, environment, user_key) DO UPDATE SET requested_at = excluded.requested_at, "
        "rewritten_up_to = 0, rewrite_until = excluded.rewrite_until, status = excluded.status",
        partition=partition,
        environment=user.environment,
        user_key=user.user_key,
        now=now,
        until=await log_store.head(tx, partition),
        status=RUNNING,
    )


async def being_erased(tx: Transaction, partition: int) -> frozenset[tuple[str, str]]:
    """(environment, user key) of everybody whose events are still to be taken out of this partition's log."""
    rows = await tx.all(
        Suppressed,
        "SELECT environment, user_key FROM erasures WHERE partition = :partition AND status = :status "
        "ORDER BY environment, user_key",
        partition=partition,
        status=RUNNING,
    )
    return frozenset((row.environment, row.user_key) for row in rows)


async def rewrite_page(database: Database) -> bool:
    """Rewrites one page of blocks for one running erasure; False if there is none. What it does twice is the same."""
    async with database.transaction() as tx:
        erasure = await tx.first(
            Erasure,
            "SELECT partition, environment, user_key, requested_at, rewritten_up_to, rewrite_until, status FROM erasures "
            f"WHERE status = :status ORDER BY requested_at LIMIT 1{tx.sql.skip_locked}",
            status=RUNNING,
        )
        if erasure is None:
            return False
        blocks = await log_store.blocks_after(tx, erasure.partition, erasure.rewritten_up_to, PAGE_BLOCKS)
        blocks = [block for block in blocks if block.block_offset <= erasure.rewrite_until]
        for block in blocks:
            entries = unpack(block.body)
            if any(_is_of(entry, erasure) for entry in entries):
                cleaned = [_blank(entry) if _is_of(entry, erasure) else entry for entry in entries]
                await log_store.rewrite_block(tx, block.partition, block.block_offset, pack(cleaned))
                await _blank_outcomes(tx, block, [_is_of(entry, erasure) for entry in entries])
        done_up_to = blocks[-1].block_offset if blocks else erasure.rewrite_until
        await _note_progress(tx, erasure, done_up_to)
    return True


async def _blank_outcomes(tx: Transaction, block: Block, is_erased: list[bool]) -> None:
    """What became of these events tells the values that conditions saw: it goes, too."""
    known = await log_store.outcome(tx, block.partition, block.block_offset)
    if known is not None:
        outcomes = zip(decode_outcomes(known.body), is_erased, strict=True)
        cleaned = [replace(one, facts=()) if gone else one for one, gone in outcomes]
        await log_store.insert_outcomes(tx, [replace(known, body=encode_outcomes(cleaned))])


async def _note_progress(tx: Transaction, erasure: Erasure, done_up_to: int) -> None:
    await tx.run(
        "UPDATE erasures SET rewritten_up_to = :done, status = :status "
        "WHERE partition = :partition AND environment = :environment AND user_key = :user_key",
        done=done_up_to,
        status=FINISHED if done_up_to >= erasure.rewrite_until else RUNNING,
        partition=erasure.partition,
        environment=erasure.environment,
        user_key=erasure.user_key,
    )


async def prune_erasures(tx: Transaction, before: int) -> int:
    """Removes the notes of erasures that were requested before that moment and are finished; how many."""
    return await tx.run(
        "DELETE FROM erasures WHERE status = :status AND requested_at < :before", status=FINISHED, before=before
    )


def _is_of(entry: Entry, erasure: Erasure) -> bool:
    if entry.environment != erasure.environment:
        return False
    return entry.user_key == erasure.user_key or (entry.type in _ELSEWHERE and _asking(entry.body).user_key == erasure.user_key)


def _blank(entry: Entry) -> Entry:
    """The place of the event stays, so that the numbering of the others does; everything in it goes."""
    return replace(
        entry,
        type="event.erased",
        user_key="erased",
        message_id="",
        body=b"{}",
        defaults=b"",
        warnings=(),
        ip="",
        user_agent="",
    )
