"""The gates that stand between an event and a message, in their order, and which of them said no. Pure."""

from typing import Literal

from msgspec import Struct

from posthorn.api.insight.considered import Considered
from posthorn.api.insight.thread import ThreadRun
from posthorn.automations.model import ACTIVE, Automation
from posthorn.clock import iso
from posthorn.messages.model import Message

Verdict = Literal["passed", "no", "waiting", "not reached"]

_AT_TEMPLATE = frozenset({"UNMAPPED", "UNPUBLISHED"})
_AT_PREFERENCE = frozenset({"UNSUBSCRIBED", "OPT_IN_REQUIRED", "FILTERED", "THROTTLED", "DIGESTED"})
_AT_ROUTING = frozenset({"NO_CHANNELS", "NO_PROVIDERS", "UNROUTABLE"})
_TAKEN = frozenset({"SENT", "DELIVERED", "OPENED", "CLICKED", "SIMULATED"})


class Gate(Struct, frozen=True, kw_only=True):
    """One gate. gate: its word. saw: what it saw, and why it said what it said, a sentence.

    verdict: "waiting" may still become any other.
    """

    gate: str
    verdict: Verdict
    saw: str = ""


def automation_gate(automation: Automation | None) -> Gate:
    """Whether the automation can be started by events at all. automation: its live version, None without one."""
    if automation is None:
        return Gate(gate="automation", verdict="no", saw="It was never published.")
    if automation.state == "ARCHIVED":
        return Gate(gate="automation", verdict="no", saw="It is archived.")
    if not automation.is_enabled:
        return Gate(gate="automation", verdict="no", saw="It is switched off.")
    if not automation.triggers:
        return Gate(gate="automation", verdict="no", saw="It waits for no event; it is only started over the API.")
    return Gate(gate="automation", verdict="passed", saw=f"Version {automation.version} is live.")


def waited_for(automation: Automation) -> str:
    """What an automation waits for, for people."""
    kinds = [f"{one.type}/{one.name}" if one.name else one.type or one.origin for one in automation.triggers]
    return " or ".join(dict.fromkeys(kinds))


def condition_gates(verdict: Considered | None) -> list[Gate]:
    """Whether the event might start things, and whether the conditions held. None: it was not considered."""
    if verdict is None:
        return [Gate(gate="freshness", verdict="not reached"), Gate(gate="condition", verdict="not reached")]
    if verdict.verdict == "started":
        return [Gate(gate="freshness", verdict="passed"), Gate(gate="condition", verdict="passed", saw=verdict.reason)]
    if verdict.verdict == "condition false":
        return [Gate(gate="freshness", verdict="passed"), Gate(gate="condition", verdict="no", saw=verdict.reason)]
    said = f"{verdict.reason} ({verdict.verdict})"
    return [Gate(gate="freshness", verdict="no", saw=said), Gate(gate="condition", verdict="not reached")]


def run_gate(run: ThreadRun | None) -> Gate:
    """What became of the run. None: none began, or it has been forgotten since."""
    if run is None:
        return Gate(gate="run", verdict="not reached")
    last = run.steps[-1] if run.steps else None
    said = f"{last.action}: {last.status}. {last.reason}".strip() if last else "No step has acted yet."
    if run.status in ACTIVE:
        return Gate(gate="run", verdict="waiting", saw=said)
    if any(step.message_id for step in run.steps) and run.status == "PROCESSED":
        return Gate(gate="run", verdict="passed", saw=said)
    return Gate(gate="run", verdict="no", saw=f"It ended {run.status} without a message. {said}".strip())


def message_gates(message: Message) -> list[Gate]:
    """The gates of one message, from its template to the provider."""
    words = {message.status, message.reason or ""}
    stops = [words & _AT_TEMPLATE, message.status == "CANCELED", words & _AT_PREFERENCE, words & _AT_ROUTING]
    stopped = next((at for at, here in enumerate(stops) if here), None)
    names = ("template", "delay", "preferences", "routing")
    why = " ".join(filter(None, (message.reason, message.error))) or message.status
    gates = [
        Gate(gate=name, verdict=_verdict(at, stopped), saw=why if at == stopped else _saw(name, message))
        for at, name in enumerate(names)
    ]
    return [*_waiting(message, gates), _delivery(message, is_reached=stopped is None)]


def _verdict(at: int, stopped: int | None) -> Verdict:
    if stopped is None or at < stopped:
        return "passed"
    return "no" if at == stopped else "not reached"


def _saw(name: str, message: Message) -> str:
    if name == "template":
        version = f", version {message.template_version}" if message.template_version else ""
        return f"{message.template_name or message.template_id or 'Inline content'}{version}."
    if name == "delay":
        return "" if message.due_at is None else f"Until {iso(message.due_at)}."
    if name == "preferences":
        return f"Topic {message.topic_id}." if message.topic_id else "It belongs to no topic."
    return ", ".join(f"{hop.channel} by {hop.provider}" for hop in message.hops)


def _waiting(message: Message, gates: list[Gate]) -> list[Gate]:
    """The same while a delay, or the wait for an address, is not over."""
    if message.status == "DELAYED":
        until = "" if message.due_at is None else f"Until {iso(message.due_at)}."
        return [gates[0], Gate(gate="delay", verdict="waiting", saw=until), *map(_unreached, gates[2:])]
    if message.status == "ENQUEUED" and message.held_until:
        saw = f"The recipient has no address yet; it waits for one until {iso(message.held_until)}."
        return [*gates[:3], Gate(gate="routing", verdict="waiting", saw=saw)]
    return gates


def _unreached(gate: Gate) -> Gate:
    return Gate(gate=gate.gate, verdict="not reached")


def _delivery(message: Message, *, is_reached: bool) -> Gate:
    tried = [f"{hop.channel} by {hop.provider}: {hop.error or hop.state}" for hop in message.hops if hop.started_at]
    said = "; ".join(tried)
    if message.status in _TAKEN:
        return Gate(gate="delivery", verdict="passed", saw=said or message.status)
    if not is_reached or not tried:
        return Gate(gate="delivery", verdict="not reached")
    verdict: Verdict = "no" if message.status in ("UNDELIVERABLE", "UNROUTABLE") else "waiting"
    return Gate(gate="delivery", verdict=verdict, saw=f"{message.error or ''} {said}".strip())
