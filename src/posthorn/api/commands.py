"""Turns what a caller asked for into an entry of the log."""

from typing import Any

import msgspec
from msgspec import Struct

from posthorn.api.caller import Caller
from posthorn.api.context import Context
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
