"""Statements of the identities."""

from msgspec import Struct

from posthorn.identities.model import SEPARATOR, Identity
from posthorn.log.model import partition_of
from posthorn.storage.database import Transaction

LONGEST_CHAIN = 32
"""How often something is passed on from id to id before it counts as going round."""


_KNOWN = Identity(is_known=True)


class IdentityRows(Struct, frozen=True, kw_only=True):
    """Ids of which the same is known, with a separator between them. merges: "" for nearly everybody, who are thus one row;
    else is_shared, merged_into and each of merged_ids, in the same way.
    """

    is_known: int
    merges: str
    user_keys: str


async def load_identities(tx: Transaction, partition: int, environment: str, user_keys: tuple[str, ...]) -> dict[str, Identity]:
    """What is known of these ids, by id, as far as anything is."""
    rows = await tx.all(
        IdentityRows,
        f"SELECT is_known, merges, {tx.sql.joined('user_key')} AS user_keys FROM identities "
        f"WHERE partition = :partition AND environment = :environment AND {tx.sql.is_any('user_key', 'user_keys')} "
        "GROUP BY is_known, merges",
        partition=partition,
        environment=environment,
        user_keys=user_keys,
    )
    return {user_key: _identity(row) for row in rows for user_key in row.user_keys.split(SEPARATOR)}


async def save_identities(tx: Transaction, partition: int, environment: str, rows: list[Identity]) -> None:
    """Writes what is known now."""
    await tx.many(
        "INSERT INTO identities (partition, environment, user_key, is_known, merges) "
        "VALUES (:partition, :environment, :user_key, :is_known, :merges) "
        "ON CONFLICT (partition, environment, user_key) DO UPDATE SET is_known = excluded.is_known, merges = excluded.merges",
        [
            {
                "partition": partition,
                "environment": environment,
                "user_key": one.user_key,
                "is_known": int(one.is_known),
                "merges": _merges(one),
            }
            for one in rows
        ],
    )


async def current_id(tx: Transaction, environment: str, user_key: str, partition_count: int) -> str:
    """The id that has the state of this one: itself, or the one it was merged into."""
    at = user_key
    for _ in range(LONGEST_CHAIN):
        found = await load_identities(tx, partition_of(environment, at, partition_count), environment, (at,))
        if at not in found or not found[at].passes_to:
            break
        at = found[at].passes_to
    return at


async def erase_user(tx: Transaction, partition: int, environment: str, user_key: str) -> None:
    """Forgets what is known of one id."""
    await tx.run(
        "DELETE FROM identities WHERE partition = :partition AND environment = :environment AND user_key = :user_key",
        partition=partition,
        environment=environment,
        user_key=user_key,
    )


def _identity(row: IdentityRows) -> Identity:
    if not row.merges:
        return _KNOWN if row.is_known else Identity()
    is_shared, merged_into, *merged_ids = row.merges.split(SEPARATOR)
    return Identity(
        is_known=bool(row.is_known), is_shared=is_shared == "shared", merged_into=merged_into, merged_ids=tuple(merged_ids)
    )


def _merges(one: Identity) -> str:
    if not one.merged_into and not one.merged_ids:
        return ""
    return SEPARATOR.join(("shared" if one.is_shared else "", one.merged_into, *one.merged_ids))
