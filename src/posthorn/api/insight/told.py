"""What went back to Segment about a message, and how far it got."""

import re
from typing import Literal

from msgspec import Struct

from posthorn.clock import iso
from posthorn.destinations.failures import refused_among
from posthorn.events.vocabulary import OWN_MESSAGE_PREFIX
from posthorn.messages.model import Message
from posthorn.outbox.store import waiting
from posthorn.storage.database import Transaction

_SLUGS = r"(?:message|email)-(?:sent|delivered|opened|clicked|undeliverable|unroutable|bounced|link-clicked)"
_TOLD = re.compile(re.escape(OWN_MESSAGE_PREFIX) + r"(.+)-" + _SLUGS + r"(?:-[0-9a-f]{12})?")


class Told(Struct, frozen=True, kw_only=True):
    """One event for Segment. message_id: its own there. state: "waiting" in the outbox, "sent", or "failed" for good.

    note: what is known of it, a sentence or "".
    """

    message_id: str
    state: Literal["waiting", "sent", "failed"]
    note: str = ""


async def told_of(tx: Transaction, partition: int, message: Message) -> list[Told]:
    """The events for Segment about a message, in the order in which they came to be."""
    if not message.told:
        return []
    pending = {one.command_id: one for one in await waiting(tx, partition, message.told)}
    refused = {one.failure_id: one for one in await refused_among(tx, partition, message.told)}
    found: list[Told] = []
    for each in message.told:
        if one := pending.get(each):
            note = f"Tried {one.attempt} times; {one.last_error}" if one.last_error else ""
            found.append(Told(message_id=each, state="waiting", note=note))
        elif failed := refused.get(each):
            found.append(Told(message_id=each, state="failed", note=f"{failed.reason} ({iso(failed.failed_at)})"))
        else:
            found.append(Told(message_id=each, state="sent"))
    return found


def message_id_of(told_id: str) -> str | None:
    """The message that an event for Segment is about, from that event's messageId; None for any other id."""
    found = _TOLD.fullmatch(told_id)
    return found[1] if found else None
