"""The revision of the configuration: a number that grows with every change, so that running servers know when to load
it again.
"""

from msgspec import Struct

from posthorn.storage.database import Transaction


class Revision(Struct, frozen=True, kw_only=True):
    """How often the configuration has changed."""

    revision: int


async def revision(tx: Transaction) -> int:
    """The current number."""
    row = await tx.first(Revision, "SELECT revision FROM config_revision WHERE only_row = 1")
    return row.revision if row else 0


async def touch(tx: Transaction) -> None:
    """Says that something of the configuration has changed in this transaction."""
    await tx.run("UPDATE config_revision SET revision = revision + 1 WHERE only_row = 1")
