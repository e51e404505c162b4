"""The commands that tell endpoints of something. Pure."""

from collections.abc import Iterable

from msgspec import json

from posthorn.ids import digest
from posthorn.outbox.model import Command
from posthorn.webhooks.model import Endpoint, Notice

KIND = "webhook"
GIVE_UP_AFTER_MS = 3 * 86_400_000


def webhook_commands(endpoints: Iterable[Endpoint], notice: Notice, *, user_key: str, now: int) -> list[Command]:
    """One command for each endpoint that wants the notice, given up after three days.

    user_key: whose data it holds, so that it goes when he is forgotten; "" for nobody's.
    """
    wanting = [endpoint for endpoint in endpoints if endpoint.wants(notice.type)]
    return [command_for(endpoint, notice, user_key=user_key, now=now) for endpoint in wanting]


def command_for(endpoint: Endpoint, notice: Notice, *, user_key: str, now: int) -> Command:
    """The command that tells this endpoint. Its id derives from the fact, so telling it twice is telling it once."""
    delivery_id = f"whd_{digest(endpoint.environment, endpoint.endpoint_id, notice.type, notice.key).hex()}"
    body = json.encode({"type": notice.type, "data": notice.data})
    return delivery_command(endpoint, delivery_id, body, user_key=user_key, now=now)


def delivery_command(endpoint: Endpoint, delivery_id: str, body: bytes, *, user_key: str, now: int) -> Command:
    """The command that delivers this body under this id."""
    return Command(
        command_id=delivery_id,
        kind=KIND,
        lane=endpoint.lane,
        environment=endpoint.environment,
        user_key=user_key,
        due_at=now,
        expires_at=now + GIVE_UP_AFTER_MS,
        body=body,
    )
