"""Why did this user not get it? The gates in their order, from the automation to the provider."""

from msgspec import Struct

from posthorn.api.context import Context
from posthorn.api.insight.gates import (
    Gate,
    automation_gate,
    condition_gates,
    message_gates,
    run_gate,
    waited_for,
)
from posthorn.api.insight.thread import Thread, cause_of, thread_of
from posthorn.automations.model import Automation
from posthorn.automations.triggers import TriggerIndex
from posthorn.clock import iso
from posthorn.errors import NotFound
from posthorn.log.filter import EventFilter
from posthorn.log.newest import read_newest
from posthorn.log.read import ProcessedEntry
from posthorn.messages.model import Message
from posthorn.messages.store import find_message
from posthorn.storage.database import Transaction

_LATEST = 200


class WhyNot(Struct, frozen=True, kw_only=True):
    """gates: in their order. first_no: the word of the first gate that said no, null if none did.

    event_id, run_id, message_id: what it was about, null as far as it did not come to that.
    """

    first_no: str | None
    gates: list[Gate]
    event_id: str | None = None
    run_id: str | None = None
    message_id: str | None = None


async def why_no_message(tx: Transaction, context: Context, environment: str, message_id: str) -> WhyNot:
    """The gates of one message. Raises NotFound."""
    found = await find_message(tx, environment, context.database.partition_count, message_id)
    if found is None:
        raise NotFound(f"There is no message {message_id!r} in {environment}.")
    partition, message = found
    cause = await cause_of(tx, context.database.partition_count, partition, message)
    return _answer(message_gates(message), event_id=cause, message=message)


async def why_no_run(tx: Transaction, context: Context, environment: str, user_id: str, automation_id: str) -> WhyNot:
    """The gates between the latest event of a user that an automation waits for, and its message. Raises NotFound for an
    automation that is not there.
    """
    library = context.config.automations
    automation = library.find(environment, automation_id)
    if automation is None and library.version(environment, automation_id, 0) is None:
        raise NotFound(f"There is no automation {automation_id!r} in {environment}.")
    first = automation_gate(automation)
    if automation is None or first.verdict == "no":
        return _answer([first, *_unreached("event", "processing", "freshness", "condition", "run")])
    event, seen = await _latest(tx, context, environment, user_id, automation)
    if event is None:
        return _answer([first, seen, *_unreached("processing", "freshness", "condition", "run")])
    processing = _processing(event)
    if processing.verdict == "no":
        rest = _unreached("freshness", "condition", "run")
        return _answer([first, seen, processing, *rest], event_id=event.event_id)
    thread = await thread_of(tx, context, environment, event.event_id)
    return await _along(tx, context, automation, [first, seen, processing], thread)


async def _along(tx: Transaction, context: Context, automation: Automation, gates: list[Gate], thread: Thread | None) -> WhyNot:
    if thread is None or thread.event is None:
        return _answer(gates)
    mine = automation.automation_id
    verdict = next((one for one in thread.automations if one.automation_id == mine), None)
    run = next((one for one in thread.runs if one.automation_id == mine), None)
    gates = [*gates, *condition_gates(verdict), run_gate(run)]
    sent = next((step.message_id for step in run.steps if step.message_id), None) if run else None
    found = await find_message(tx, automation.environment, context.database.partition_count, sent) if sent else None
    message = found[1] if found else None
    if message is not None:
        gates += message_gates(message)
    return _answer(gates, event_id=thread.event.id, run_id=run.run_id if run else None, message=message)


async def _latest(
    tx: Transaction, context: Context, environment: str, user_id: str, automation: Automation
) -> tuple[ProcessedEntry | None, Gate]:
    types = frozenset(one.type for one in automation.triggers)
    wanted = EventFilter(environment=environment, types=types, user=user_id)
    page = await read_newest(tx, context.database.partition_count, wanted, {}, _LATEST)
    index = TriggerIndex([automation])
    for one in page.entries:
        if index.links(one.entry.origin, one.entry.type, one.name):
            return one, Gate(gate="event", verdict="passed", saw=f"{one.event_id}, received {iso(one.entry.received_at)}.")
    seen = sorted({f"{one.entry.type}/{one.name}" if one.name else one.entry.type for one in page.entries})
    but = f" The latest of this user: {', '.join(seen[:5])}." if seen else " None like it came from this user lately."
    return None, Gate(gate="event", verdict="no", saw=f"It waits for {waited_for(automation)}.{but}")


def _processing(event: ProcessedEntry) -> Gate:
    if event.outcome.is_parked:
        return Gate(gate="processing", verdict="no", saw="It was set aside after a fault.")
    if event.outcome.is_duplicate:
        return Gate(gate="processing", verdict="no", saw="It was a repeat of an event that had been seen before.")
    return Gate(gate="processing", verdict="passed")


def _unreached(*names: str) -> list[Gate]:
    return [Gate(gate=name, verdict="not reached") for name in names]


def _answer(
    gates: list[Gate], *, event_id: str | None = None, run_id: str | None = None, message: Message | None = None
) -> WhyNot:
    run = message.run.run_id if message and message.run else None
    return WhyNot(
        first_no=next((one.gate for one in gates if one.verdict == "no"), None),
        gates=gates,
        event_id=event_id,
        run_id=run_id or run,
        message_id=message.message_id if message else None,
    )
