"""Stored history, page by page, for those who let it pass again: what came from outside, without what followed from it."""

from collections.abc import AsyncGenerator
from heapq import merge

from msgspec import Struct, json
from msgspec.structs import replace

from posthorn.automations.model import RUN_ANSWERED, RUN_CANCEL_REQUESTED, RUN_INVOKED, RunAnswered
from posthorn.engine.rehearsal import Rehearsal, lasting
from posthorn.events.model import SEGMENT_TYPES, Entry
from posthorn.log import store as log_store
from posthorn.log.find import offset_before
from posthorn.log.model import Block, Position, event_id, unpack
from posthorn.messages.model import RECEIPT_TYPES, Receipt
from posthorn.storage.database import Database

PAGE_BLOCKS = 200
_COMMANDS = frozenset({RUN_INVOKED, RUN_CANCEL_REQUESTED})

_answered = json.Decoder(RunAnswered).decode
_receipt = json.Decoder(Receipt).decode


class Stored(Struct, frozen=True, kw_only=True):
    """An event as it lies in the log. at: when it was stored (UTC milliseconds). event_id: where it lies."""

    at: int
    entry: Entry
    event_id: str


class Page(Struct, frozen=True, kw_only=True):
    """Some of the history of one partition, in order. read_count: events read for it, also those of others."""

    events: list[Stored]
    read_count: int


async def pages(
    database: Database, partition: int, environment: str, since: int, until: int, user_key: str | None = None
) -> AsyncGenerator[Page]:
    """What came from outside from one moment to another (UTC milliseconds), of one user or of all."""
    async with database.snapshot() as tx:
        after = await offset_before(tx, partition, since)
    while True:
        async with database.snapshot() as tx:
            blocks = await log_store.blocks_after(tx, partition, after, PAGE_BLOCKS)
        if not blocks or blocks[0].appended_at > until:
            return
        after = blocks[-1].block_offset
        found = [one for block in blocks if block.appended_at <= until for one in _entries(block)]
        mine = [one for one in found if one.entry.environment == environment and user_key in (None, one.entry.user_key)]
        events = [one for one in mine if is_from_outside(one.entry)]
        yield Page(events=events, read_count=sum(block.event_count for block in blocks))


async def pages_of_all(database: Database, environment: str, since: int, until: int) -> AsyncGenerator[Page]:
    """The pages of all partitions, cut so that everything comes in the order in which it was stored."""
    sources = [pages(database, partition, environment, since, until) for partition in range(database.partition_count)]
    held: dict[int, list[Stored]] = {number: [] for number in range(len(sources))}
    while held:
        read_count = 0
        for number in [number for number, events in held.items() if not events]:
            page = await anext(sources[number], None)
            if page is None:
                del held[number]
            else:
                held[number] = page.events
                read_count += page.read_count
        ends = [events[-1].at for events in held.values() if events]
        is_waiting = any(not events for events in held.values())
        up_to = min(ends, default=until) if not is_waiting else -1
        ready = [[one for one in events if one.at <= up_to] for events in held.values()]
        held = {number: [one for one in events if one.at > up_to] for number, events in held.items()}
        yield Page(events=list(merge(*ready, key=lambda one: one.at)), read_count=read_count)


async def counted(database: Database, since: int) -> int:
    """How many events lie in the log since that moment."""
    total = 0
    async with database.snapshot() as tx:
        for partition in range(database.partition_count):
            total += await log_store.backlog(tx, partition, await offset_before(tx, partition, since))
    return total


async def is_complete(database: Database, since: int) -> bool:
    """Whether everything that ever was is stored and not older than that moment."""
    async with database.snapshot() as tx:
        for partition in range(database.partition_count):
            first = await log_store.blocks_after(tx, partition, 0, 1)
            if first and (first[0].block_offset > 1 or first[0].appended_at < since):
                return False
    return True


def is_from_outside(entry: Entry) -> bool:
    """Whether it did not follow from another event: what did follows again."""
    if entry.type in SEGMENT_TYPES or entry.type in RECEIPT_TYPES:
        return True
    if entry.type == RUN_ANSWERED:  # of these only answers to requests that left the house
        return entry.message_id == f"{RUN_ANSWERED}-{_answered(entry.body).ask_id}"
    return entry.origin == "api" and (entry.type in _COMMANDS or entry.type.startswith(("profile.", "tenant.")))


def translated(entry: Entry, rehearsal: Rehearsal) -> Entry | None:
    """A receipt as it concerns the message of the rehearsal, None if there is no such message; all else as it is."""
    if entry.type not in RECEIPT_TYPES:
        return entry
    receipt = _receipt(entry.body)
    ours = rehearsal.messages.get(lasting(receipt.message_id))
    if ours is None:
        return None
    return entry if ours == receipt.message_id else replace(entry, body=json.encode(replace(receipt, message_id=ours)))


def _entries(block: Block) -> list[Stored]:
    position = Position(partition=block.partition, block_offset=block.block_offset)
    return [
        Stored(at=block.appended_at, entry=entry, event_id=event_id(position, index))
        for index, entry in enumerate(unpack(block.body))
    ]
