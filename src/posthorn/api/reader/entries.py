"""Who follows a link, and what he chose as an event of his."""

import msgspec
from msgspec.structs import replace

from posthorn.api.commands import accept
from posthorn.api.context import Context
from posthorn.events.model import Entry
from posthorn.identities.store import current_id
from posthorn.ids import request_id
from posthorn.preferences.links import Reader, read_link
from posthorn.preferences.model import CHANGED, Cause, Change, PreferencesChanged


async def reader_of(context: Context, purpose: str, token: str) -> Reader | None:
    """Who follows a link of that purpose; None for one that was not made here. He may have another id by now."""
    found = read_link(context.vault, purpose, token)
    if found is None:
        return None
    async with context.database.snapshot() as tx:
        user_key = await current_id(tx, found.environment, found.user_key, context.database.partition_count)
    return replace(found, user_key=user_key)


async def choose(context: Context, reader: Reader, changes: tuple[Change, ...], cause: Cause) -> None:
    """Appends the event and waits a while for what it does. Raises TooMany or Unavailable for what was not accepted."""
    if not changes:
        return
    payload = PreferencesChanged(changes=changes, tenant_id=reader.tenant_id, cause=cause, is_address=reader.is_address)
    now = context.clock.now_ms()
    entry = Entry(
        environment=reader.environment,
        source_id="",
        origin="reader",
        type=CHANGED,
        user_key=reader.user_key,
        message_id=request_id(now, context.seed()),
        received_at=now,
        body=msgspec.json.encode(payload),
    )
    await accept(context, [entry])
