"""What was done before an audience asked for it, as far back as the log goes: read page by page, each event counted once
however often it is read, and whether or not it was counted when it came.
"""

from collections.abc import Mapping

from msgspec import Struct

from posthorn.audiences import store
from posthorn.audiences.occurrences import Occurrence, latest, occurrence
from posthorn.audiences.store import Times
from posthorn.engine.erasure import being_erased
from posthorn.events.read import read_event
from posthorn.identities.store import current_id, load_identities
from posthorn.log import store as log_store
from posthorn.log.model import EventOutcome, enough, partition_of
from posthorn.log.read import entries_of
from posthorn.storage.database import Transaction

PAGE_EVENTS = 1_000
_BLOCKS = 64

Found = dict[tuple[str, str], list[Occurrence]]
"""(user key, event name) → when it was done."""


class Wanted(Struct, frozen=True, kw_only=True):
    """Which events, each with how many of the latest are needed. unknown: users whose events are not counted."""

    environment: str
    events: Mapping[str, int]
    partition_count: int
    unknown: frozenset[tuple[str, str]] = frozenset()


async def read_log(tx: Transaction, partition: int, block_offset: int, wanted: Wanted, now: int) -> int | None:
    """Counts what is in the next processed blocks behind an offset; the last of them, None if there are none."""
    sizes = await log_store.sizes_after(tx, partition, block_offset, _BLOCKS)
    blocks = await log_store.processed_after(tx, partition, block_offset + 1, enough(sizes, PAGE_EVENTS))
    if not blocks:
        return None
    leaving = await being_erased(tx, partition)
    found: Found = {}
    for block in blocks:
        _collect(block, wanted, wanted.unknown | leaving, found)
    await _note(tx, partition, wanted, found, now)
    return blocks[-1].block_offset


def _collect(block: log_store.Processed, wanted: Wanted, unknown: frozenset[tuple[str, str]], found: Found) -> None:
    for one in entries_of(block):
        entry = one.entry
        is_ours = entry.type == "track" and entry.environment == wanted.environment
        if not is_ours or not _was_taken_in(one.outcome) or (entry.environment, entry.user_key) in unknown:
            continue
        event = read_event(entry, one.event_id)
        if event.name in wanted.events:
            found.setdefault((entry.user_key, event.name), []).append(occurrence(event))


def _was_taken_in(outcome: EventOutcome) -> bool:
    """Whether the deciders saw the event and did not refuse it."""
    return not (outcome.is_duplicate or outcome.is_parked or any(fact.about == "event" for fact in outcome.facts))


async def _note(tx: Transaction, partition: int, wanted: Wanted, found: Found, now: int) -> None:
    found = await _of_owners(tx, partition, wanted, found)
    keys = tuple({user_key for user_key, _ in found})
    known = await store.load_times(tx, partition, wanted.environment, keys) if keys else {}
    rows = [
        Times(user_key=user_key, event=event, times=latest(known[user_key].get(event, ()), fresh, wanted.events[event]))
        for (user_key, event), fresh in found.items()
    ]
    await store.save_times(tx, partition, wanted.environment, rows, now)


async def _of_owners(tx: Transaction, partition: int, wanted: Wanted, found: Found) -> Found:
    """What was done under an id that was merged into a user since is his; not counted if he lies in another partition, whose
    processor this transaction does not hold up.
    """
    keys = tuple({user_key for user_key, _ in found})
    identities = await load_identities(tx, partition, wanted.environment, keys)
    merged = [user_key for user_key, identity in identities.items() if identity.merged_into]
    owners = {one: await current_id(tx, wanted.environment, one, wanted.partition_count) for one in merged}
    owned: Found = {}
    for (user_key, event), times in found.items():
        owner = owners.get(user_key, user_key)
        if partition_of(wanted.environment, owner, wanted.partition_count) == partition:
            owned.setdefault((owner, event), []).extend(times)
    return owned
