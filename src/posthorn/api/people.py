"""Whom an id in a path means: ids may have been merged into others (decision 0014)."""

from posthorn.api.caller import Caller
from posthorn.api.context import Context
from posthorn.identities.store import current_id
from posthorn.log.model import partition_of
from posthorn.storage.database import Transaction


async def person(tx: Transaction, context: Context, caller: Caller, user_id: str) -> tuple[int, str]:
    """(partition, user key) of the id, or of the one that it was merged into."""
    count = context.database.partition_count
    user_key = await current_id(tx, caller.environment, user_id, count)
    return partition_of(caller.environment, user_key, count), user_key
