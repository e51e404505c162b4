"""The command for a run's request to somebody else's server, and the event that answers it. Pure."""

from typing import Any
from urllib.parse import urlsplit

from msgspec import json

from posthorn.automations.model import RUN_ANSWERED, FetchAsked, Outcome, RunAnswered
from posthorn.engine.own_events import engine_entry
from posthorn.events.model import Entry, Event
from posthorn.ids import digest
from posthorn.outbox.model import Command
from posthorn.outbox.store import Claimed

KIND = "fetch"
LANES = 16
"""Hosts share so many lanes: one that hangs holds up few others, and nobody can name so many that they fill our memory."""

EXPIRES_MS = 10 * 60_000


def fetch_command(asked: FetchAsked, event: Event, now: int) -> Command:
    """The command for a request of a run of the event's user."""
    host = urlsplit(asked.url).hostname or ""
    return Command(
        command_id=f"fetch-{asked.ask_id}",
        kind=KIND,
        lane=f"{KIND}/{digest(host)[0] % LANES}",
        environment=event.environment,
        user_key=event.user_key,
        due_at=now,
        expires_at=now + EXPIRES_MS,
        body=json.encode(asked),
    )


def fetch_commands(outcome: Outcome, event: Event, now: int) -> list[Command]:
    """The commands for everything that the runs of the event's user ask of other servers."""
    return [fetch_command(asked, event, now) for asked in outcome.fetches]


def answer_entry(asked: FetchAsked, claimed: Claimed, value: Any, error: str, now: int) -> Entry:
    """What became of the request, as an event for the run; the same request is answered once."""
    body = json.encode(RunAnswered(run_id=asked.run_id, ask_id=asked.ask_id, value=value, error=error))
    message_id = f"{RUN_ANSWERED}-{asked.ask_id}"
    return engine_entry(claimed.environment, RUN_ANSWERED, claimed.user_key, message_id, body, now)
