"""Following the log: what was processed behind a position, and the position behind that. Nothing is met twice or missed."""

from collections.abc import Mapping

from msgspec import Struct

from posthorn.errors import Invalid
from posthorn.log import store
from posthorn.log.model import Place, parse_event_id
from posthorn.log.read import ProcessedEntry, entries_of
from posthorn.storage.database import Transaction

_BLOCKS = 16
_LARGEST = 10**18 - 1

Places = dict[int, Place]
"""For each partition how far it was read: everything up to that place, itself included."""


class Followed(Struct, frozen=True, kw_only=True):
    """What lies behind a position. entries: of all environments, oldest first within each partition.

    places: the position behind them. has_more: reading on at once would find more.
    """

    entries: list[ProcessedEntry]
    places: Places
    has_more: bool


async def processed_end(tx: Transaction, partition_count: int) -> Places:
    """The position behind everything that has been processed."""
    places: Places = {}
    for partition in range(partition_count):
        cursor = await store.cursor(tx, partition)
        places[partition] = ((cursor.block_offset if cursor else 0) + 1, -1)
    return places


async def read_on(tx: Transaction, places: Mapping[int, Place]) -> Followed:
    """The processed events behind a position: whole blocks, some of each partition."""
    limit = max(1, _BLOCKS // len(places))
    entries: list[ProcessedEntry] = []
    reached: Places = dict(places)
    has_more = False
    for partition, after in places.items():
        blocks = await store.processed_after(tx, partition, after[0], limit)
        for block in blocks:
            entries += entries_of(block, after=after)
            reached[partition] = (block.block_offset + 1, -1)
        has_more = has_more or len(blocks) == limit
    return Followed(entries=entries, places=reached, has_more=has_more)


def behind(places: Mapping[int, Place], one: ProcessedEntry) -> Places:
    """The position behind one event of those that were read from `places`."""
    found = parse_event_id(one.event_id)
    return {**places, found[0].partition: (found[0].block_offset, found[1])} if found else dict(places)


def written(places: Mapping[int, Place]) -> str:
    """A position as text: `partition.block` says that everything before the block was read, `partition.block.index` that
    everything up to that event was. Joined by commas.
    """
    return ",".join(_written(partition, place) for partition, place in places.items())


def parsed(text: str, partition_count: int) -> Places:
    """The position that `written` wrote. Raises Invalid for anything else."""
    places: Places = {}
    for part in text.split(",")[: partition_count + 1]:
        numbers = [int(each) for each in part.split(".") if each.isascii() and each.isdecimal() and len(each) < 19]
        if len(numbers) != part.count(".") + 1 or len(numbers) not in (2, 3) or numbers[0] >= partition_count:
            raise Invalid("This is no position in the log.")
        partition, block_offset, index = (*numbers, -1)[:3]
        places[partition] = (min(block_offset, _LARGEST), index)
    return places


def _written(partition: int, place: Place) -> str:
    block_offset, index = place
    return f"{partition}.{block_offset}" if index < 0 else f"{partition}.{block_offset}.{index}"
