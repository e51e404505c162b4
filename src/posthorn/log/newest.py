"""Going through the log backwards, page by page: what people look at first is what happened last."""

import heapq
from collections.abc import Mapping

from msgspec import Struct

from posthorn.log import store
from posthorn.log.filter import EventFilter, is_wanted
from posthorn.log.model import LAST, Place, parse_event_id
from posthorn.log.read import ProcessedEntry, entries_of
from posthorn.storage.database import Transaction

_BLOCKS = 16
_MOST_READ = 20_000


class NewestPage(Struct, frozen=True, kw_only=True):
    """Events, newest first. before: where the next page begins, None if there is nothing older.

    A page may be short, even empty, although there is more: a search for a few events among many ends
    after some thousand, so that no page takes long.
    """

    entries: list[ProcessedEntry]
    before: dict[int, Place] | None


class _Share(Struct, frozen=True, kw_only=True):
    """What one partition adds; `reached`: everything from there on was looked at."""

    entries: list[ProcessedEntry]
    reached: Place
    is_end: bool


async def read_newest(
    tx: Transaction, partition_count: int, wanted: EventFilter, before: Mapping[int, Place], limit: int
) -> NewestPage:
    """At most `limit` of the processed events that are asked for and lie before the given place of each partition."""
    shares = [await _share(tx, at, wanted, before.get(at, LAST), limit) for at in range(partition_count)]
    entries = list(heapq.merge(*(share.entries for share in shares), key=lambda one: -one.entry.received_at))[:limit]
    last = {place[0].partition: one for one in entries if (place := parse_event_id(one.event_id))}
    places: dict[int, Place] = {}
    is_end = True
    for partition, share in enumerate(shares):
        is_whole = not share.entries or last.get(partition) is share.entries[-1]
        places[partition] = share.reached if is_whole else _place(last.get(partition), before.get(partition, LAST))
        is_end = is_end and is_whole and share.is_end
    return NewestPage(entries=entries, before=None if is_end else places)


async def _share(tx: Transaction, partition: int, wanted: EventFilter, before: Place, limit: int) -> _Share:
    found: list[ProcessedEntry] = []
    reached, read_count, is_end = before, 0, False
    while len(found) < limit and read_count < _MOST_READ and not is_end:
        blocks = await store.processed_up_to(tx, partition, reached[0] - (reached[1] == 0), _BLOCKS)
        for block in blocks:
            entries = entries_of(block, before=before)[::-1]
            read_count += len(entries)
            found += [one for one in entries if is_wanted(one, wanted)]
            reached = (block.block_offset, 0)
        is_end = len(blocks) < _BLOCKS
    if len(found) > limit:
        return _Share(entries=found[:limit], reached=_place(found[limit - 1], before), is_end=False)
    return _Share(entries=found, reached=reached, is_end=is_end)


def _place(one: ProcessedEntry | None, otherwise: Place) -> Place:
    place = parse_event_id(one.event_id) if one else None
    return (place[0].block_offset, place[1]) if place else otherwise
