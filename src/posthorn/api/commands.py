"""Turns what a caller asked for into an entry of the log."""

from typing import Any

import msgspec
from msgspec import Struct

from posthorn.api.caller import Caller
from posthorn.api.context import Context
from posthorn.errors import BEHIND, Unavailable
from posthorn.events.model import Entry


def command_entry(
    caller: Caller, type: str, user_key: str, payload: Struct | dict[str, Any], context: Context, *, part: str = ""
) -> Entry:
    """One command of this request, its payload as JSON in the body.

    The entry's message_id is the request's id, so that a request repeated under its Idempotency-Key is seen once.
    A request that appends several entries tells them apart by `part`, at most 60 characters.
    """
    return Entry(
        environment=caller.environment,
        source_id=caller.key_id,
        origin="api",
        type=type,
        user_key=user_key,
        message_id=caller.request_id + part,
        received_at=context.clock.now_ms(),
        body=msgspec.json.encode(payload),
    )


async def accept(context: Context, entries: list[Entry]) -> None:
    """Appends what will be done in any case, and waits a while so that what it did can be read.

    Whoever is told 503 sends again, and a message would go out twice; so no longer wait is a refusal here. Raises TooMany or
    Unavailable for what was not accepted.
    """
    try:
        await context.commands.append_and_wait(entries)
    except Unavailable as refusal:
        if refusal.code != BEHIND:
            raise
