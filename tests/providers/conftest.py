"""Wires for providers, and a message to send."""

from collections.abc import AsyncIterator, Callable
from typing import Any

import pytest

from posthorn.outbound import Outbound
from posthorn.providers.model import Outgoing
from posthorn.providers.smtp_pool import SmtpPool
from posthorn.providers.wires import Wires

AT_MS = 1_772_443_200_000


def outgoing(**changes: Any) -> Outgoing:
    """A message to Ada, with what the test changes."""
    fields: dict[str, Any] = {
        "message_id": "1-66d43ca1-0a1b2c3d4e5f607182930a1b",
        "environment": "production",
        "channel": "email",
        "recipient": "u-1",
        "user_key": "u-1",
        "to": {"email": "ada@example.test", "webhook": {"url": "https://hook.example.test/in"}},
        "subject": "Still there?",
        "text": "Your cart waits.",
        "html": "<p>Your cart waits.</p>",
        "template": "nt_1",
        "data": {"cart_id": "c-9"},
        "idempotency_key": "key-1",
        "routed_at": AT_MS,
        "attempted_at": AT_MS + 5_000,
    }
    return Outgoing(**(fields | changes))


@pytest.fixture
def letter() -> Callable[..., Outgoing]:
    """Makes a message to Ada, with what the test changes."""
    return outgoing


@pytest.fixture
async def wires() -> AsyncIterator[Wires]:
    """Connections that may go to this machine."""
    async with Outbound(allow_private_network=True) as outbound:
        pool = SmtpPool(outbound)
        yield Wires(outbound=outbound, smtp=pool)
        await pool.close()
