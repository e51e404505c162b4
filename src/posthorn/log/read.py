"""Reading single events of the log by their ids, with what became of them."""

from collections.abc import Iterable

from msgspec import Struct

from posthorn.events.model import Entry
from posthorn.events.read import read_event
from posthorn.log import store
from posthorn.log.model import FIRST, LAST, EventOutcome, Place, Position, decode_outcomes, event_id, parse_event_id, unpack
from posthorn.storage.database import Transaction


class ProcessedEntry(Struct, frozen=True, kw_only=True):
    """An entry that was processed, and what became of it."""

    event_id: str
    entry: Entry
    outcome: EventOutcome

    @property
    def name(self) -> str:
        """The event's name, read from its body; "" for none."""
        return read_event(self.entry, self.event_id).name


def entries_of(block: store.Processed, *, after: Place = FIRST, before: Place = LAST) -> list[ProcessedEntry]:
    """The entries of a block that lie between two places, in their order, with what became of each."""
    position = Position(partition=block.partition, block_offset=block.block_offset)
    pairs = zip(unpack(block.entries), decode_outcomes(block.outcomes), strict=True)
    return [
        ProcessedEntry(event_id=event_id(position, index), entry=entry, outcome=outcome)
        for index, (entry, outcome) in enumerate(pairs)
        if after < (block.block_offset, index) < before
    ]


async def read_entries(tx: Transaction, event_ids: Iterable[str]) -> list[ProcessedEntry]:
    """The events of these ids, in their order. Left out: what was pruned, is not processed yet, or never was.

    Each block is read once, however many of its events are asked for.
    """
    blocks: dict[Position, list[ProcessedEntry]] = {}
    found: list[ProcessedEntry] = []
    for place in filter(None, map(parse_event_id, event_ids)):
        position, index = place
        if position not in blocks:
            blocks[position] = await _block(tx, position)
        found += blocks[position][index : index + 1]
    return found


async def _block(tx: Transaction, position: Position) -> list[ProcessedEntry]:
    rows = await store.processed_after(tx, position.partition, position.block_offset, 1)
    return entries_of(rows[0]) if rows and rows[0].block_offset == position.block_offset else []
