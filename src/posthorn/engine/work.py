"""What one step has to do: the events of the next blocks and the timers that are due, in order of time."""

import heapq
from typing import Any

from msgspec import Struct, json

from posthorn.engine.own_events import engine_entry
from posthorn.events.model import Entry, Event
from posthorn.events.read import read_event
from posthorn.events.vocabulary import TEST_MESSAGE_PREFIX
from posthorn.ids import digest
from posthorn.log import store as log_store
from posthorn.log.model import Block, Position, enough, event_id, unpack
from posthorn.storage.database import Transaction
from posthorn.timers import store as timer_store
from posthorn.timers.model import DUE, Timer

BLOCKS_MAX = 64
EVENTS_MAX = 500
TIMERS_MAX = 500


class Item(Struct, kw_only=True):
    """One thing to decide on. block, index: where it lies, or None and the timer.

    hash: what its repetition is known by; None for what may repeat.
    """

    at: int
    entry: Entry
    event: Event
    block: Position | None
    index: int = 0
    timer: Timer | None = None
    hash: str | None = None

    @property
    def key(self) -> tuple[str, str]:
        """(environment, user key): whose state it concerns."""
        return self.entry.environment, self.entry.user_key


class Work(Struct, kw_only=True):
    """The items of one step in order, the blocks they come from, and whether more is waiting behind them."""

    items: list[Item]
    blocks: list[Block]
    has_more: bool


async def gather(tx: Transaction, partition: int, after: int, now: int, most: int = EVENTS_MAX) -> Work:
    """Reads what comes next, whole blocks until there are `most` events.

    A timer waits until every event that was there before it is done.
    """
    # The head first: others append meanwhile, and on PostgreSQL each statement sees what is committed by then.
    head = await log_store.head(tx, partition)
    count = enough(await log_store.sizes_after(tx, partition, after, BLOCKS_MAX), most)
    blocks = await log_store.blocks_after(tx, partition, after, count)
    last = blocks[-1].block_offset if blocks else after
    horizon = now if last >= head else blocks[-1].appended_at
    timers = await timer_store.due_timers(tx, partition, min(horizon, now), TIMERS_MAX)
    if len(timers) == TIMERS_MAX:
        blocks = [block for block in blocks if block.appended_at < timers[-1].due_at]
        last = blocks[-1].block_offset if blocks else after
    events = [item for block in blocks for item in _items(block)]
    items = list(heapq.merge(events, map(_timer_item, timers), key=lambda item: item.at))
    return Work(items=items, blocks=blocks, has_more=last < head or len(timers) == TIMERS_MAX)


def _items(block: Block) -> list[Item]:
    position = Position(partition=block.partition, block_offset=block.block_offset)
    return [
        Item(
            at=block.appended_at,
            entry=entry,
            event=read_event(entry, event_id(position, index)),
            block=position,
            index=index,
            hash=_hash(entry),
        )
        for index, entry in enumerate(unpack(block.body))
    ]


def _hash(entry: Entry) -> str | None:
    if entry.replayed or entry.passed_on or entry.message_id.startswith(TEST_MESSAGE_PREFIX):
        return None
    return digest(entry.environment, entry.message_id).hex()


def _timer_item(timer: Timer) -> Item:
    entry = engine_entry(timer.environment, DUE, timer.user_key, timer.timer_id, json.encode(timer), timer.due_at)
    return Item(at=timer.due_at, entry=entry, event=timer_event(timer), block=None, timer=timer)


def timer_event(timer: Timer) -> Event:
    """What the deciders see when a timer comes due."""
    fields: dict[str, Any] = {"subject_id": timer.subject_id}
    return Event(
        id=timer.timer_id,
        environment=timer.environment,
        source_id="",
        origin="engine",
        type=DUE,
        name=timer.kind,
        user_key=timer.user_key,
        message_id=timer.timer_id,
        timestamp=timer.due_at,
        received_at=timer.due_at,
        fields=fields,
    )
