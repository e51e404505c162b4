"""Mock: does as it is told and sends nothing; for trying out routing, retries and failover.

| outcome            | ours |
|---|---|
| accept             | Accepted; Delivered too if `delivered` |
| temporary          | Deferred |
| permanent          | Rejected |
| bounce             | Rejected by the recipient's fault |
| unknown            | Unknown |
| slow               | as accept, after `slow_ms` |
"""

from collections.abc import Mapping
from typing import Annotated, Any, Literal

import anyio
from msgspec import Meta, Struct

from posthorn.providers.callbacks import read_receipts
from posthorn.providers.model import Accepted, Deferred, Outgoing, Rejected, Result, Unknown
from posthorn.providers.seam import Provider
from posthorn.providers.wires import Wires


class Settings(Struct, frozen=True, kw_only=True):
    """What it pretends to be and to do."""

    channel: Annotated[
        Literal["email", "sms", "push", "inbox", "direct_message", "banner", "webhook"],
        Meta(title="Channel", description="The channel it stands in for."),
    ] = "email"
    outcome: Annotated[
        Literal["accept", "temporary", "permanent", "bounce", "unknown", "slow"],
        Meta(title="Outcome", description="What it answers to every message."),
    ] = "accept"
    delivered: Annotated[bool, Meta(title="Delivered", description="An accepted message counts as delivered.")] = False
    slow_ms: Annotated[int, Meta(title="Slowness", description="Milliseconds, for slow.", ge=0, le=600_000)] = 1_000


async def send(outgoing: Outgoing, settings: Settings, wires: Wires) -> Result:
    """The outcome of the settings."""
    match settings.outcome:
        case "temporary":
            return Deferred(reason="The mock provider was told to defer.")
        case "permanent":
            return Rejected(reason="The mock provider was told to reject.", code="mock")
        case "bounce":
            return Rejected(reason="The mock provider was told to bounce.", code="mock", is_recipient_fault=True)
        case "unknown":
            return Unknown(reason="The mock provider was told to leave it open.")
        case "slow":
            await anyio.sleep(settings.slow_ms / 1000)
        case "accept":
            pass
    reference = {"id": f"mock-{outgoing.message_id}.{outgoing.channel}"}
    return Accepted(reference=reference, is_delivered=settings.delivered)


def has_address(to: Mapping[str, Any]) -> bool:
    """Anybody can be reached: nothing is sent."""
    return True


def channel_of(settings: Settings) -> str:
    """The channel it stands in for."""
    return settings.channel


provider = Provider(
    key="mock",
    title="Mock",
    description="Sends nothing and answers what it is told; for tests of any channel.",
    channel="email",
    settings=Settings,
    idempotency="key",
    has_address=has_address,
    channel_of=channel_of,
    send=send,
    callbacks=read_receipts,
)
