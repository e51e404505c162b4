"""The revision of the configuration: a number that changes with every change, so that running servers know when to load
it again. It is drawn, not counted: one that was taken back with its transaction never stands for another change.
"""

from msgspec import Struct

from posthorn.ids import random_bytes
from posthorn.storage.database import Transaction


class Revision(Struct, frozen=True, kw_only=True):
    """Which configuration it is."""

    revision: int


async def revision(tx: Transaction) -> int:
    """The current number."""
    row = await tx.first(Revision, "SELECT revision FROM config_revision WHERE only_row = 1")
    return row.revision if row else 0


async def touch(tx: Transaction) -> None:
    """Says that something of the configuration has changed in this transaction."""
    drawn = int.from_bytes(random_bytes(6), "big")
    await tx.run("UPDATE config_revision SET revision = :drawn WHERE only_row = 1", drawn=drawn)
