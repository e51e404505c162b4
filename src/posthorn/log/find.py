"""Finding an event by its messageId, which no index knows, near the time of its receipt."""

from posthorn.log import store
from posthorn.log.model import Block, Position, event_id, unpack
from posthorn.storage.database import Transaction

_BLOCKS = 8
_PAGES = 8
_SLACK = 2
"""Blocks that are looked into before the moment of the receipt: clocks of several processes differ."""


async def find_event_id(tx: Transaction, partition: int, message_id: str, received_at: int) -> str | None:
    """Where the event lies that was received then (UTC milliseconds); None if the log has dropped it.

    Blocks are numbered in the order in which they were appended: the first one behind the receipt is looked for, and the event
    in those that follow.
    """
    offset = max(1, await offset_before(tx, partition, received_at) - _SLACK)
    for _ in range(_PAGES):
        blocks = await store.blocks_after(tx, partition, offset - 1, _BLOCKS)
        found = next((at for block in blocks if (at := _place(block, message_id, received_at))), None)
        if found or len(blocks) < _BLOCKS:
            return found
        offset = blocks[-1].block_offset + 1
    return None


def _place(block: Block, message_id: str, received_at: int) -> str | None:
    position = Position(partition=block.partition, block_offset=block.block_offset)
    pairs = enumerate(unpack(block.body))
    return next(
        (event_id(position, at) for at, entry in pairs if (entry.message_id, entry.received_at) == (message_id, received_at)),
        None,
    )


async def offset_before(tx: Transaction, partition: int, at: int) -> int:
    """The offset of the last block that was appended before that moment (UTC milliseconds), found by halving; 0 for none.

    Reads times alone: what is in a block may be half a megabyte.
    """
    low, high = 0, await store.head(tx, partition)
    while low < high:
        middle = (low + high + 1) // 2
        time = await store.time_after(tx, partition, middle - 1)
        if time is None or time.appended_at < at:
            low = time.block_offset if time is not None else high
        else:
            high = middle - 1
    return low
