"""Who belongs to a group of recipients, page by page: a group is a row of parts (lists, tenants), each a row of members."""

from msgspec import Struct

from posthorn.audiences import members as audience_members
from posthorn.lists import store as list_store
from posthorn.lists import subscriptions
from posthorn.lists.patterns import fixed_start, matches
from posthorn.messages.groups import Group
from posthorn.storage.database import Transaction
from posthorn.tenants import hierarchy
from posthorn.tenants import store as tenant_store

_SCANNED = 500


class Member(Struct, frozen=True, kw_only=True):
    """Somebody in a part. preferences: what he wants of the list he is on, or what the list says for all."""

    user_key: str
    preferences: dict[str, object] | None = None


async def next_part(tx: Transaction, environment: str, group: Group, after: str) -> str | None:
    """The id of the part behind `after` ("": the first one); None behind the last. Deleted lists are no parts."""
    if group.list_pattern:
        return await _next_list(tx, environment, group.list_pattern, after)
    if group.tenant_id and group.include_children:
        return await hierarchy.next_below(tx, environment, group.tenant_id, after)
    if after:
        return None
    if group.list_id:
        return group.list_id if await list_store.list_record(tx, environment, group.list_id) else None
    return group.tenant_id or group.audience_id


async def members(tx: Transaction, environment: str, group: Group, place: tuple[str, str, int]) -> list[Member]:
    """Members of a part. place: (part, behind which user key, how many at most)."""
    part, after, limit = place
    if group.audience_id:
        in_audience = await audience_members.members(tx, environment, part, after=after, limit=limit)
        return [Member(user_key=row.user_key) for row in in_audience]
    if group.tenant_id:
        rows = await tenant_store.members(tx, environment, part, after=after, limit=limit)
        return [Member(user_key=row.user_key) for row in rows]
    on_list = await subscriptions.subscribers(tx, environment, part, after=after, limit=limit)
    record = await list_store.list_record(tx, environment, part)
    of_list = record.preferences if record else None
    return [Member(user_key=row.user_key, preferences=row.preferences or of_list) for row in on_list]


async def count(tx: Transaction, environment: str, groups: tuple[Group, ...]) -> int | None:
    """How many there are in all, a user of two groups twice; None where that cannot be told quickly."""
    total = 0
    for group in groups:
        if group.list_id and not group.member_of:
            total += await subscriptions.subscriber_count(tx, environment, group.list_id)
        elif group.tenant_id and not group.include_children and not group.member_of:
            total += await tenant_store.member_count(tx, environment, group.tenant_id)
        elif group.audience_id and not group.member_of:
            total += await audience_members.member_count(tx, environment, group.audience_id)
        else:
            return None
    return total


async def _next_list(tx: Transaction, environment: str, pattern: str, after: str) -> str | None:
    while True:
        rows = await list_store.lists_after(tx, environment, after=after, limit=_SCANNED, start=fixed_start(pattern))
        found = next((row.list_id for row in rows if matches(pattern, row.list_id)), None)
        if found is not None or len(rows) < _SCANNED:
            return found
        after = rows[-1].list_id
