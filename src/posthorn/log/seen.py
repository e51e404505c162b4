"""De-duplication: the hashes of what was seen, in four tables of ten days each, so that none is forgotten within 30 days.

Which table is written follows from the time; the oldest is emptied whole when its turn comes again.
"""

from typing import LiteralString

from msgspec import Struct

from posthorn.storage.database import Transaction

PERIOD_MS = 10 * 86_400_000

_TABLES: tuple[LiteralString, ...] = ("seen_0", "seen_1", "seen_2", "seen_3")


class Period(Struct, frozen=True, kw_only=True):
    """Which ten days a table holds."""

    slot: int
    period: int


class Hash(Struct, frozen=True, kw_only=True):
    """One hash that is known."""

    hash: str


async def note(tx: Transaction, partition: int, hashes: tuple[str, ...], now: int) -> set[str]:
    """Remembers the hashes; those of them that had been seen within the last 30 days. `hashes` has no member twice."""
    if not hashes:
        return set()
    current = now // PERIOD_MS
    periods = await _periods(tx, partition)
    if periods.get(current % 4) != current:
        await _turn(tx, partition, current)
    known: set[str] = set()
    for slot, period in periods.items():
        if current - 3 <= period < current:
            known |= await _lookup(tx, _TABLES[slot], partition, hashes)
    fresh = await _insert(tx, _TABLES[current % 4], partition, hashes)
    return known | (set(hashes) - fresh)


async def is_known(tx: Transaction, partition: int, one: str, now: int) -> bool:
    """Whether this hash was seen within the last 30 days; remembers nothing."""
    for slot, period in (await _periods(tx, partition)).items():
        if now // PERIOD_MS - 3 <= period and await _lookup(tx, _TABLES[slot], partition, (one,)):
            return True
    return False


async def _periods(tx: Transaction, partition: int) -> dict[int, int]:
    rows = await tx.all(Period, "SELECT slot, period FROM seen_periods WHERE partition = :partition", partition=partition)
    return {row.slot: row.period for row in rows}


async def _turn(tx: Transaction, partition: int, current: int) -> None:
    await tx.run(f"DELETE FROM {_TABLES[current % 4]} WHERE partition = :partition", partition=partition)
    await tx.run(
        "INSERT INTO seen_periods (partition, slot, period) VALUES (:partition, :slot, :period) "
        "ON CONFLICT (partition, slot) DO UPDATE SET period = excluded.period",
        partition=partition,
        slot=current % 4,
        period=current,
    )


async def _lookup(tx: Transaction, table: LiteralString, partition: int, hashes: tuple[str, ...]) -> set[str]:
    rows = await tx.all(
        Hash,
        f"SELECT hash FROM {table} WHERE partition = :partition AND {tx.sql.is_any('hash', 'hashes')}",
        partition=partition,
        hashes=hashes,
    )
    return {row.hash for row in rows}


async def _insert(tx: Transaction, table: LiteralString, partition: int, hashes: tuple[str, ...]) -> set[str]:
    rows = await tx.all(
        Hash,
        f"INSERT INTO {table} (partition, hash) SELECT CAST(:partition AS BIGINT), value FROM {tx.sql.each('hashes')} "
        "WHERE TRUE ON CONFLICT DO NOTHING RETURNING hash",
        partition=partition,
        hashes=hashes,
    )
    return {row.hash for row in rows}
