"""Starts attempts of a plan: the hops that become pending and the commands that make them."""

from msgspec import json
from msgspec.structs import replace

from posthorn.messages.model import COMMAND_KIND, DeliverCommand, HistoryItem, Hop, Message
from posthorn.messages.plan import has_alternative, progress
from posthorn.outbox.model import Command

APART = "/"
"""Stands between a provider and who answers at the recipient's address. Receivers share 256 lanes of a provider: one that hangs
holds up few others, and nobody can name so many that they fill our memory.
"""


def start_next(message: Message, *, now: int) -> tuple[Message, tuple[Command, ...], tuple[HistoryItem, ...]]:
    """The message with every hop pending whose turn has come, its commands, and a DELIVERING line for each."""
    if message.plan is None:
        return message, (), ()
    starts = progress(message.plan, message.hops, message.criteria).starts
    if not starts:
        return message, (), ()
    hops = list(message.hops)
    for index in starts:
        hops[index] = replace(hops[index], state="pending", started_at=now)
    started = replace(message, hops=tuple(hops))
    commands = tuple(_command(started, index, now) for index in starts)
    lines = tuple(HistoryItem(type="DELIVERING", ts=now, fields=hop_fields(hops[index])) for index in starts)
    return started, commands, lines


def hop_fields(hop: Hop) -> dict[str, object]:
    """The `channel` and `integration` of a history item."""
    return {"channel": {"id": hop.channel}, "integration": {"id": hop.provider_id, "provider": hop.provider}}


def _command(message: Message, index: int, now: int) -> Command:
    hop = message.hops[index]
    body = DeliverCommand(message_id=message.message_id, channel=hop.channel, provider_id=hop.provider_id, hop=index)
    return Command(
        command_id=f"{message.message_id}/{index}",
        kind=COMMAND_KIND,
        lane=hop.provider_id if hop.receiver < 0 else f"{hop.provider_id}{APART}{hop.receiver}",
        environment=message.environment,
        user_key=message.user_key,
        due_at=now,
        expires_at=_expires_at(message, index, now),
        body=json.encode(body),
    )


def _expires_at(message: Message, index: int, now: int) -> int:
    # A provider that does not answer holds up the next one only for its own timeout; the last one has all the time left.
    if message.plan is not None and len(message.hops) > 1 and has_alternative(message.plan, message.hops, index):
        return min(message.expires_at, now + message.hops[index].timeout_ms)
    return message.expires_at
