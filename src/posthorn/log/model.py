"""What the log is made of: blocks of entries, positions in them, and what became of each event."""

import hashlib

import msgspec
from msgspec import Struct

from posthorn.events.model import Entry, Fact

SLOTS = 1024

_encode = msgspec.msgpack.Encoder().encode
_decode_entries = msgspec.msgpack.Decoder(list[Entry]).decode


class Position(Struct, frozen=True, kw_only=True, order=True):
    """A block of one partition."""

    partition: int
    block_offset: int


Place = tuple[int, int]
"""Block offset and index: one event of a partition."""

FIRST: Place = (0, -1)
LAST: Place = (2**62, 0)
"""Before the first event of a partition, and behind its last."""


class Block(Struct, frozen=True, kw_only=True):
    """Entries that were committed together. `appended_at`: UTC milliseconds."""

    partition: int
    block_offset: int
    appended_at: int
    event_count: int
    body: bytes


class BlockSize(Struct, frozen=True, kw_only=True):
    """How many events a block holds."""

    block_offset: int
    event_count: int


def enough(sizes: list[BlockSize], most: int) -> int:
    """How many of these blocks, from the first on, hold about `most` events: all of them if there are fewer."""
    event_count = 0
    for number, size in enumerate(sizes, 1):
        event_count += size.event_count
        if event_count >= most:
            return number
    return len(sizes)


class EventOutcome(Struct, frozen=True, kw_only=True, array_like=True):
    """What became of one event of a block."""

    is_duplicate: bool = False
    is_parked: bool = False
    facts: tuple[Fact, ...] = ()


encode_outcomes = msgspec.msgpack.Encoder().encode
decode_outcomes = msgspec.msgpack.Decoder(list[EventOutcome]).decode


def partition_of(environment: str, user_key: str, partition_count: int) -> int:
    """The partition that all events of this user go to, in order: slot = hash mod 1024, the slots in equal shares."""
    if partition_count == 1:
        return 0
    digest = hashlib.blake2b(f"{environment}\0{user_key}".encode("utf-8", "surrogatepass"), digest_size=4).digest()
    return int.from_bytes(digest, "big") % SLOTS * partition_count // SLOTS


def pack(entries: list[Entry]) -> bytes:
    """The entries of a block as the log keeps them (MessagePack)."""
    return _encode(entries)


def unpack(body: bytes) -> list[Entry]:
    """The entries of a block."""
    return _decode_entries(body)


def event_id(position: Position, index: int) -> str:
    """How an event is called: where it lies."""
    return f"evt_{position.partition}_{position.block_offset}_{index}"


def parse_event_id(text: str) -> tuple[Position, int] | None:
    """Where an event lies, or None if that is not such an id."""
    parts = text.split("_")
    if len(parts) != 4 or parts[0] != "evt" or not all(part.isdecimal() and len(part) < 19 for part in parts[1:]):
        return None
    return Position(partition=int(parts[1]), block_offset=int(parts[2])), int(parts[3])
