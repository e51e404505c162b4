"""Statements of the log: heads, blocks, outcomes, cursors."""

from msgspec import Struct, structs

from posthorn.log.model import Block, BlockSize
from posthorn.storage.database import Transaction


class Head(Struct, frozen=True, kw_only=True):
    """The last block a partition has."""

    head: int


class PartitionHead(Struct, frozen=True, kw_only=True):
    """The last block of one partition."""

    partition: int
    head: int


class Cursor(Struct, frozen=True, kw_only=True):
    """The last block a partition has processed, and how many events ever."""

    partition: int
    block_offset: int
    processed_count: int


class Outcome(Struct, frozen=True, kw_only=True):
    """What became of a block's events (MessagePack list of EventOutcome)."""

    partition: int
    block_offset: int
    processed_at: int
    body: bytes


class Processed(Struct, frozen=True, kw_only=True):
    """A block together with its outcome."""

    partition: int
    block_offset: int
    appended_at: int
    entries: bytes
    outcomes: bytes


class BlockTime(Struct, frozen=True, kw_only=True):
    """When a block was appended, UTC milliseconds."""

    block_offset: int
    appended_at: int


class Total(Struct, frozen=True, kw_only=True):
    """A sum; None where there was nothing to add."""

    total: int | None


async def ensure_partition(tx: Transaction, partition: int) -> None:
    """Makes the partition's head and cursor if it has none."""
    await tx.run("INSERT INTO log_heads (partition, head) VALUES (:partition, 0) ON CONFLICT DO NOTHING", partition=partition)
    await tx.run(
        "INSERT INTO cursors (partition, block_offset, processed_count) VALUES (:partition, 0, 0) ON CONFLICT DO NOTHING",
        partition=partition,
    )


async def lock_heads(tx: Transaction, partitions: tuple[int, ...]) -> dict[int, int]:
    """The last offsets of these partitions. Their rows stay locked until the commit, so blocks appear in the order of their
    offsets; they are locked in order, so that two appends never wait for each other.
    """
    rows = await tx.all(
        PartitionHead,
        "SELECT partition, head FROM log_heads "
        f"WHERE {tx.sql.is_any('CAST(partition AS TEXT)', 'partitions')} ORDER BY partition{tx.sql.for_update}",
        partitions=tuple(map(str, partitions)),
    )
    heads = {row.partition: row.head for row in rows}
    missing = [partition for partition in partitions if partition not in heads]
    if not missing:
        return heads
    for partition in missing:
        await ensure_partition(tx, partition)
    return await lock_heads(tx, partitions)


async def move_heads(tx: Transaction, heads: dict[int, int]) -> None:
    """Says which blocks are the last ones."""
    await tx.many(
        "UPDATE log_heads SET head = :head WHERE partition = :partition",
        [{"partition": partition, "head": head} for partition, head in sorted(heads.items())],
    )


async def head(tx: Transaction, partition: int) -> int:
    """The last block's offset; 0 before the first."""
    row = await tx.first(Head, "SELECT head FROM log_heads WHERE partition = :partition", partition=partition)
    return row.head if row else 0


async def insert_blocks(tx: Transaction, blocks: list[Block]) -> None:
    """Adds blocks."""
    await tx.many(
        "INSERT INTO log_blocks (partition, block_offset, appended_at, event_count, body) "
        "VALUES (:partition, :block_offset, :appended_at, :event_count, :body)",
        [structs.asdict(block) for block in blocks],
    )


async def sizes_after(tx: Transaction, partition: int, block_offset: int, limit: int) -> list[BlockSize]:
    """At most `limit` blocks behind an offset, oldest first, without what is in them: that may be half a megabyte each."""
    return await tx.all(
        BlockSize,
        "SELECT block_offset, event_count FROM log_blocks "
        "WHERE partition = :partition AND block_offset > :block_offset ORDER BY block_offset LIMIT :limit",
        partition=partition,
        block_offset=block_offset,
        limit=limit,
    )


async def time_after(tx: Transaction, partition: int, block_offset: int) -> BlockTime | None:
    """When the first block behind an offset was appended; None if there is none."""
    return await tx.first(
        BlockTime,
        "SELECT block_offset, appended_at FROM log_blocks "
        "WHERE partition = :partition AND block_offset > :block_offset ORDER BY block_offset LIMIT 1",
        partition=partition,
        block_offset=block_offset,
    )


async def blocks_after(tx: Transaction, partition: int, block_offset: int, limit: int) -> list[Block]:
    """At most `limit` blocks behind an offset, oldest first."""
    return await tx.all(
        Block,
        "SELECT partition, block_offset, appended_at, event_count, body FROM log_blocks "
        "WHERE partition = :partition AND block_offset > :block_offset ORDER BY block_offset LIMIT :limit",
        partition=partition,
        block_offset=block_offset,
        limit=limit,
    )


async def block(tx: Transaction, partition: int, block_offset: int) -> Block | None:
    """One block, or None if it was pruned or never was."""
    return await tx.first(
        Block,
        "SELECT partition, block_offset, appended_at, event_count, body FROM log_blocks "
        "WHERE partition = :partition AND block_offset = :block_offset",
        partition=partition,
        block_offset=block_offset,
    )


async def rewrite_block(tx: Transaction, partition: int, block_offset: int, body: bytes) -> None:
    """Replaces a block's entries; their number and order stay."""
    await tx.run(
        "UPDATE log_blocks SET body = :body WHERE partition = :partition AND block_offset = :block_offset",
        partition=partition,
        block_offset=block_offset,
        body=body,
    )


async def partitions_behind(tx: Transaction) -> list[int]:
    """The partitions whose last block is not processed yet."""
    rows = await tx.all(
        PartitionHead,
        "SELECT h.partition, h.head FROM log_heads h JOIN cursors c ON c.partition = h.partition WHERE h.head > c.block_offset",
    )
    return [row.partition for row in rows]


async def lock_cursor(tx: Transaction, partition: int) -> Cursor | None:
    """The cursor with its row lock, which is the single-writer lease; None while another worker has it."""
    return await tx.first(
        Cursor,
        f"SELECT partition, block_offset, processed_count FROM cursors WHERE partition = :partition{tx.sql.skip_locked}",
        partition=partition,
    )


async def hold_cursor(tx: Transaction, partition: int) -> None:
    """Takes that row lock, however long another worker has it, so that no step runs until the transaction ends."""
    await tx.first(
        Cursor,
        f"SELECT partition, block_offset, processed_count FROM cursors WHERE partition = :partition{tx.sql.for_update}",
        partition=partition,
    )


async def cursor(tx: Transaction, partition: int) -> Cursor | None:
    """The cursor, without locking it."""
    return await tx.first(
        Cursor,
        "SELECT partition, block_offset, processed_count FROM cursors WHERE partition = :partition",
        partition=partition,
    )


async def move_cursor(tx: Transaction, partition: int, block_offset: int, event_count: int) -> None:
    """Says that everything up to this block is done."""
    await tx.run(
        "UPDATE cursors SET block_offset = :block_offset, processed_count = processed_count + :event_count "
        "WHERE partition = :partition",
        partition=partition,
        block_offset=block_offset,
        event_count=event_count,
    )


async def outcome(tx: Transaction, partition: int, block_offset: int) -> Outcome | None:
    """What became of a block's events; None if it has not been processed."""
    return await tx.first(
        Outcome,
        "SELECT partition, block_offset, processed_at, body FROM log_outcomes "
        "WHERE partition = :partition AND block_offset = :block_offset",
        partition=partition,
        block_offset=block_offset,
    )


async def insert_outcomes(tx: Transaction, outcomes: list[Outcome]) -> None:
    """Adds what became of blocks; again for the same block replaces it."""
    await tx.many(
        "INSERT INTO log_outcomes (partition, block_offset, processed_at, body) "
        "VALUES (:partition, :block_offset, :processed_at, :body) "
        "ON CONFLICT (partition, block_offset) DO UPDATE SET processed_at = excluded.processed_at, body = excluded.body",
        [
            {"partition": o.partition, "block_offset": o.block_offset, "processed_at": o.processed_at, "body": o.body}
            for o in outcomes
        ],
    )


async def processed_after(tx: Transaction, partition: int, block_offset: int, limit: int) -> list[Processed]:
    """Blocks at or behind an offset that have been processed, oldest first, with what became of them."""
    return await tx.all(
        Processed,
        "SELECT b.partition, b.block_offset, b.appended_at, b.body AS entries, o.body AS outcomes "
        "FROM log_blocks b JOIN log_outcomes o ON o.partition = b.partition AND o.block_offset = b.block_offset "
        "WHERE b.partition = :partition AND b.block_offset >= :block_offset ORDER BY b.block_offset LIMIT :limit",
        partition=partition,
        block_offset=block_offset,
        limit=limit,
    )


async def processed_up_to(tx: Transaction, partition: int, block_offset: int, limit: int) -> list[Processed]:
    """Blocks at or before an offset that have been processed, newest first, with what became of them."""
    return await tx.all(
        Processed,
        "SELECT b.partition, b.block_offset, b.appended_at, b.body AS entries, o.body AS outcomes "
        "FROM log_blocks b JOIN log_outcomes o ON o.partition = b.partition AND o.block_offset = b.block_offset "
        "WHERE b.partition = :partition AND b.block_offset <= :block_offset ORDER BY b.block_offset DESC LIMIT :limit",
        partition=partition,
        block_offset=block_offset,
        limit=limit,
    )


async def backlog(tx: Transaction, partition: int, block_offset: int) -> int:
    """How many events lie behind an offset."""
    row = await tx.first(
        Total,
        "SELECT CAST(SUM(event_count) AS BIGINT) AS total FROM log_blocks "
        "WHERE partition = :partition AND block_offset > :block_offset",
        partition=partition,
        block_offset=block_offset,
    )
    return (row.total if row else 0) or 0


async def total_backlog(tx: Transaction) -> int:
    """How many events wait to be processed, in all partitions."""
    row = await tx.first(
        Total,
        "SELECT CAST(SUM(b.event_count) AS BIGINT) AS total FROM cursors c "
        "JOIN log_blocks b ON b.partition = c.partition AND b.block_offset > c.block_offset",
    )
    return (row.total if row else 0) or 0


async def delete_blocks(tx: Transaction, partition: int, *, before: int, up_to: int, limit: int) -> int:
    """Deletes at most `limit` blocks appended before a moment, oldest first, never behind the offset `up_to`; how many.

    Only the oldest blocks are looked at: offsets and times grow together, and there is no index by time.
    """
    oldest = await tx.all(
        BlockTime,
        "SELECT block_offset, appended_at FROM log_blocks WHERE partition = :partition AND block_offset <= :up_to "
        "ORDER BY block_offset LIMIT :limit",
        partition=partition,
        up_to=up_to,
        limit=limit,
    )
    old = [one.block_offset for one in oldest if one.appended_at < before]
    if not old:
        return 0
    await tx.run(
        "DELETE FROM log_outcomes WHERE partition = :partition AND block_offset <= :last", partition=partition, last=old[-1]
    )
    return await tx.run(
        "DELETE FROM log_blocks WHERE partition = :partition AND block_offset <= :last", partition=partition, last=old[-1]
    )
