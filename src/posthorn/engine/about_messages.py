"""What an event that speaks of a message makes of it: a receipt, a cancel, a resend, the end of a delay. Pure."""

import msgspec

from posthorn.engine.config import Config
from posthorn.engine.state import UserState
from posthorn.events.model import Event
from posthorn.messages import decide as messages
from posthorn.messages import receipts
from posthorn.messages.model import (
    CANCEL_REQUESTED,
    RECEIPT_TYPES,
    RESEND_REQUESTED,
    TIMER_KIND,
    Message,
    MessageReference,
    MessageRequested,
    Outcome,
    Receipt,
)
from posthorn.messages.recipients import tenant_of
from posthorn.timers.model import DUE

_reference = msgspec.json.Decoder(MessageReference).decode
_receipt = msgspec.json.Decoder(Receipt).decode


def is_about_message(event: Event) -> bool:
    """Whether it speaks of a message that there should be."""
    return (
        event.type in RECEIPT_TYPES
        or event.type in (CANCEL_REQUESTED, RESEND_REQUESTED)
        or (event.type == DUE and event.name == TIMER_KIND)
    )


def about_message(
    event: Event, user: UserState, message: Message, config: Config, now: int
) -> Outcome | MessageRequested | None:
    """What became of the message, or the request for it to be sent again; None for nothing."""
    contents = user.contents.get(message.message_id)
    if event.type in RECEIPT_TYPES:
        return receipts.receive(event, message, _receipt(event.body), now=now)
    if event.type == CANCEL_REQUESTED:
        return messages.cancel(event, message, now=now)
    if event.type == DUE:
        known = user.known(tenant_of(contents.request, contents.to) if contents else "")
        return messages.due(event, message, contents, known=known, config=config.messages[user.environment], now=now)
    if contents is None:
        return None
    return messages.resend(message, contents, new_message_id=_reference(event.body).new_message_id)
