"""Going through the log in the order it was processed, page by page."""

import heapq
from collections.abc import Mapping

from posthorn.log import store
from posthorn.log.model import FIRST, Place
from posthorn.log.read import ProcessedEntry, entries_of
from posthorn.storage.database import Transaction

_BLOCKS = 32


async def read_processed(
    tx: Transaction, partition_count: int, environment: str, after: Mapping[int, Place], limit: int
) -> list[ProcessedEntry]:
    """At most `limit` processed events of an environment behind the given place of each partition.

    Oldest first within a partition; among partitions roughly by the time they were received.
    """
    shares: list[list[ProcessedEntry]] = []
    for partition in range(partition_count):
        shares.append(await _share(tx, partition, environment, after.get(partition, FIRST), limit))
    return list(heapq.merge(*shares, key=lambda one: one.entry.received_at))[:limit]


async def _share(tx: Transaction, partition: int, environment: str, after: Place, limit: int) -> list[ProcessedEntry]:
    found: list[ProcessedEntry] = []
    offset = after[0]
    while len(found) < limit:
        blocks = await store.processed_after(tx, partition, offset, _BLOCKS)
        for block in blocks:
            found += [one for one in entries_of(block, after=after) if one.entry.environment == environment]
        if len(blocks) < _BLOCKS:
            break
        offset = blocks[-1].block_offset + 1
    return found[:limit]
