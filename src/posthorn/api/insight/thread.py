"""The thread of one event: what it changed, what it could have started, its runs, their messages, and what Segment was told."""

from typing import Any

from msgspec import Struct
from msgspec.structs import replace

from posthorn.api.context import Context
from posthorn.api.courier.log import LoggedEvent, logged
from posthorn.api.insight.considered import Considered, considered
from posthorn.api.insight.told import Told, message_id_of, told_of
from posthorn.api.insight.traits import TraitDelta, deltas_of
from posthorn.api.payloads import shown_payload
from posthorn.automations.runs import RunLine, find_run, runs_of_trigger, steps_of_run
from posthorn.clock import iso
from posthorn.events.read import read_event
from posthorn.log.filter import EventFilter
from posthorn.log.find import find_event_id
from posthorn.log.model import parse_event_id
from posthorn.log.newest import read_newest
from posthorn.log.read import ProcessedEntry, read_entries
from posthorn.messages.model import Message
from posthorn.messages.store import find_message
from posthorn.storage.database import Transaction

_MOST_MESSAGES = 50
_MOST_RUNS = 20
_MOST_REPEATS = 20


class ThreadStep(Struct, frozen=True, kw_only=True):
    """What one step of a run did. message_id: of the message it sent, null for none. at: ISO 8601."""

    node_id: str
    action: str
    status: str
    reason: str
    message_id: str | None
    at: str


class ThreadRun(Struct, frozen=True, kw_only=True):
    """A run that the event began."""

    run_id: str
    automation_id: str
    status: str
    steps: list[ThreadStep]


class ThreadMessage(Struct, frozen=True, kw_only=True):
    """A message that followed. told: what Segment hears of it, by the messageId it has there."""

    message_id: str
    status: str
    reason: str | None
    error: str | None
    recipient: str
    run_id: str | None
    told: list[Told]


class Thread(Struct, frozen=True, kw_only=True):
    """Everything about one event. event, payload, defaults: null if the log has dropped it, or if a message was asked for that
    no event began. payload: as it came, with what is secret masked; defaults: what the batch around it gave.
    """

    event: LoggedEvent | None
    payload: Any
    defaults: Any
    changes: list[TraitDelta]
    automations: list[Considered]
    runs: list[ThreadRun]
    messages: list[ThreadMessage]


async def thread_of(tx: Transaction, context: Context, environment: str, anchor: str) -> Thread | None:
    """The thread that an id belongs to: an event's, a message's, the messageId of an event that Segment was sent, or of one
    that came lately.

    None if there is no such in the environment.
    """
    if parse_event_id(anchor) is not None:
        return await _of_event(tx, context, environment, anchor)
    partitions = context.database.partition_count
    found = await find_message(tx, environment, partitions, message_id_of(anchor) or anchor)
    if found is None:
        event_id = await _lately(tx, context, environment, anchor)
        return await _of_event(tx, context, environment, event_id) if event_id else None
    partition, message = found
    cause = await cause_of(tx, partitions, partition, message)
    thread = await _of_event(tx, context, environment, cause) if cause else None
    if thread is not None and any(one.message_id == message.message_id for one in thread.messages):
        return thread
    told = await told_of(tx, partition, message)
    alone = Thread(event=None, payload=None, defaults=None, changes=[], automations=[], runs=[], messages=[])
    thread = thread or alone
    return replace(thread, messages=[*thread.messages, _message(message, told)])


async def cause_of(tx: Transaction, partition_count: int, partition: int, message: Message) -> str | None:
    """The id of the event that began the run that sent a message; None if no event did, or the log has dropped it."""
    if message.run is None or not message.run.trigger_message_id:
        return None
    found = await find_run(tx, partition_count, message.environment, message.run.run_id)
    if found is None:
        return None
    place, run = found
    return await find_event_id(tx, place, message.run.trigger_message_id, run.created_at)


async def _lately(tx: Transaction, context: Context, environment: str, message_id: str) -> str | None:
    """The event with that messageId, if it is among the latest some ten thousand: no index leads to it. Not a repeat of it."""
    wanted = EventFilter(environment=environment, message_id=message_id)
    page = await read_newest(tx, context.database.partition_count, wanted, {}, _MOST_REPEATS)
    return next((one.event_id for one in page.entries if not one.outcome.is_duplicate), None)


async def _of_event(tx: Transaction, context: Context, environment: str, event_id: str) -> Thread | None:
    entries = await read_entries(tx, [event_id])
    if not entries or entries[0].entry.environment != environment:
        return None
    one = entries[0]
    event = read_event(one.entry, one.event_id)
    place = parse_event_id(one.event_id)
    partition = place[0].partition if place else 0
    lines = await runs_of_trigger(tx, partition, environment, event.user_key, event.message_id)
    runs = [await _run(tx, partition, line) for line in lines[:_MOST_RUNS]]
    return Thread(
        event=logged(one),
        payload=shown_payload(one.entry.body),
        defaults=shown_payload(one.entry.defaults) if one.entry.defaults else None,
        changes=await deltas_of(tx, partition, event),
        automations=considered(event, one.outcome.facts, context.config.automations),
        runs=runs,
        messages=await _messages(tx, context, environment, one, runs),
    )


async def _run(tx: Transaction, partition: int, line: RunLine) -> ThreadRun:
    steps = [
        ThreadStep(
            node_id=step.node_id,
            action=step.action,
            status=step.status,
            reason=step.reason,
            message_id=step.message_id,
            at=iso(step.created_at),
        )
        for step in await steps_of_run(tx, partition, line.run_id)
    ]
    return ThreadRun(run_id=line.run_id, automation_id=line.automation_id, status=line.status, steps=steps)


async def _messages(
    tx: Transaction, context: Context, environment: str, one: ProcessedEntry, runs: list[ThreadRun]
) -> list[ThreadMessage]:
    named = [step.message_id for run in runs for step in run.steps if step.message_id]
    named += [fact.about for fact in one.outcome.facts]
    found: list[ThreadMessage] = []
    for message_id in list(dict.fromkeys(named))[:_MOST_MESSAGES]:
        lying = await find_message(tx, environment, context.database.partition_count, message_id)
        if lying is not None:
            partition, message = lying
            found.append(_message(message, await told_of(tx, partition, message)))
    return found


def _message(message: Message, told: list[Told]) -> ThreadMessage:
    return ThreadMessage(
        message_id=message.message_id,
        status=message.status,
        reason=message.reason,
        error=message.error,
        recipient=message.recipient,
        run_id=message.run.run_id if message.run else None,
        told=told,
    )
