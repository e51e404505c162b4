"""What a reader chose, as an event of his."""

import msgspec

from posthorn.api.commands import accept
from posthorn.api.context import Context
from posthorn.events.model import Entry
from posthorn.ids import request_id
from posthorn.preferences.links import Reader
from posthorn.preferences.model import CHANGED, Cause, Change, PreferencesChanged


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
