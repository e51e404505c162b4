"""Going through the log in the order it was processed, page by page."""

import heapq
from collections.abc import Mapping

from posthorn.log import store
from posthorn.log.model import Position, decode_outcomes, event_id, unpack
from posthorn.log.read import ProcessedEntry
from posthorn.storage.database import Transaction

Place = tuple[int, int]
"""Block offset and index: one event of a partition."""

_BLOCKS = 32


async def read_processed(
    tx: Transaction, partition_count: int, environment: str, after: Mapping[int, Place], limit: int
) -> list[ProcessedEntry]:
    """At most `limit` processed events of an environment behind the given place of each partition.

    Oldest first within a partition; among partitions roughly by the time they were received.
    """
    shares: list[list[ProcessedEntry]] = []
    for partition in range(partition_count):
        shares.append(await _share(tx, partition, environment, after.get(partition, (0, -1)), limit))
    return list(heapq.merge(*shares, key=lambda one: one.entry.received_at))[:limit]


async def _share(tx: Transaction, partition: int, environment: str, after: Place, limit: int) -> list[ProcessedEntry]:
    found: list[ProcessedEntry] = []
    offset = after[0]
    while len(found) < limit:
        blocks = await store.processed_after(tx, partition, offset, _BLOCKS)
        for block in blocks:
            found += _entries(block, environment, after)
        if len(blocks) < _BLOCKS:
            break
        offset = blocks[-1].block_offset + 1
    return found[:limit]


def _entries(block: store.Processed, environment: str, after: Place) -> list[ProcessedEntry]:
    position = Position(partition=block.partition, block_offset=block.block_offset)
    pairs = zip(unpack(block.entries), decode_outcomes(block.outcomes), strict=True)
    return [
        ProcessedEntry(event_id=event_id(position, index), entry=entry, outcome=outcome)
        for index, (entry, outcome) in enumerate(pairs)
        if entry.environment == environment and (block.block_offset, index) > after
    ]
