"""The seam: what a database must offer. One text of SQL serves SQLite and PostgreSQL; what cannot is a fragment of
`Dialect`.
"""

from collections.abc import Sequence
from contextlib import AbstractAsyncContextManager
from typing import Any, LiteralString, Protocol, TypeVar

from msgspec import Struct

Row = TypeVar("Row", bound=Struct)


class Dialect(Protocol):
    """The few fragments of SQL that differ. Each returns text to be joined into a literal statement."""

    @property
    def skip_locked(self) -> LiteralString:
        """Ends a SELECT whose rows another transaction may be holding: skips those, locks the rest."""
        ...

    @property
    def for_update(self) -> LiteralString:
        """Ends a SELECT whose rows are locked until the transaction ends."""
        ...

    def is_any(self, column: LiteralString, parameter: LiteralString) -> LiteralString:
        """A condition: the text column equals one of the tuple given as the parameter."""
        ...

    def each(self, parameter: LiteralString) -> LiteralString:
        """A table of one text column `value`: the members of the tuple given as the parameter."""
        ...

    def joined(self, column: LiteralString) -> LiteralString:
        """The texts of a column in a group, one after the other, with U+001F between them."""
        ...

    def json_text(self, column: LiteralString, key: LiteralString) -> LiteralString:
        """The text at a top-level key of a JSON column; null if there is none."""
        ...


class Transaction(Protocol):
    """One transaction. Parameters are `:named` and given as keywords.

    Parameters: str, int, float, bytes, bool, None; a tuple of str for `is_any`; a dict, list or struct for a JSON
    column.
    Results: a field whose type is a dict, list, tuple or struct is read from its JSON column; everything else
    comes as it is.
    """

    @property
    def sql(self) -> Dialect:
        """The fragments of this database."""
        ...

    async def now_ms(self) -> int:
        """The database's clock, UTC milliseconds: the one clock that all workers share."""
        ...

    async def first(self, row: type[Row], sql: LiteralString, /, **parameters: Any) -> Row | None:
        """The first row as a struct, filled by column names; None if there is none."""
        ...

    async def all(self, row: type[Row], sql: LiteralString, /, **parameters: Any) -> list[Row]:
        """All rows as structs, in the statement's order."""
        ...

    async def run(self, sql: LiteralString, /, **parameters: Any) -> int:
        """Runs a statement that returns nothing; the number of rows it touched."""
        ...

    async def many(self, sql: LiteralString, rows: Sequence[dict[str, Any]], /) -> None:
        """Runs one statement for each row of parameters; nothing for none."""
        ...


class Database(Protocol):
    """A database that is open."""

    @property
    def partition_count(self) -> int:
        """How many partitions this database is divided into: 1 for SQLite, 16 for PostgreSQL."""
        ...

    def transaction(self) -> AbstractAsyncContextManager[Transaction]:
        """Reads and writes; commits when the block ends, rolls back when it raises.

        Nothing is durable before it has ended.
        """
        ...

    def snapshot(self) -> AbstractAsyncContextManager[Transaction]:
        """Reads only, one consistent state, never waits for a writer."""
        ...

    async def maintain(self) -> None:
        """What the database needs done now and then, beside the work; called about once a second."""
        ...

    async def close(self) -> None:
        """Gives back every connection; waits for what is running."""
        ...
