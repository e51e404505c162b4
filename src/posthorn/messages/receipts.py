"""The pure step for what providers, readers and the dispatcher report about a message."""

from typing import Any, Literal

from msgspec import Struct
from msgspec.structs import replace

from posthorn.events.model import Event, Fact
from posthorn.ids import digest
from posthorn.messages.dispatching import hop_fields, start_next
from posthorn.messages.model import (
    BOUNCED,
    CLICKED,
    DELIVERED,
    FAILED,
    OPENED,
    SENT,
    TIMER_KIND,
    HistoryItem,
    Hop,
    Message,
    Outcome,
    Receipt,
    Transition,
)
from posthorn.messages.plan import has_alternative
from posthorn.messages.status import is_stop, moved
from posthorn.timers.model import Timer

_REACHED = {SENT: "SENT", DELIVERED: "DELIVERED", OPENED: "OPENED", CLICKED: "CLICKED"}

_SENTENCES = {
    "ambiguous": "It is not known whether the provider took the message. It was not sent again, so that nobody gets it twice.",
    "expired": "The provider did not take the message in time.",
    "render": "The content could not be rendered.",
}

_OWN_FAILURES = frozenset(_SENTENCES)


class _Report(Struct, frozen=True, kw_only=True):
    """A receipt with its time and the place of the hop it is about; None if it fits none."""

    receipt: Receipt
    at: int
    index: int | None


def receive(event: Event, message: Message, receipt: Receipt, *, now: int) -> Outcome:
    """What a receipt does. Repeated or late ones change no status and cause no transition.

    `event.type` is one of model.RECEIPT_TYPES. Source: courier.md 6.7.
    """
    report = _Report(receipt=receipt, at=receipt.at or event.timestamp, index=_hop_of(message, receipt))
    if message.plan is None or report.index is None:
        return _unchanged(message, f"{event.type} says nothing about an attempt that was made.")
    if event.type in _REACHED:
        return _reached(message, report, _REACHED[event.type])
    if event.type in (FAILED, BOUNCED):
        return _failed(message, report, "BOUNCED" if event.type == BOUNCED else _failure(message, report), now)
    return _unchanged(message, receipt.error or _SENTENCES["ambiguous"])


def escalate(message: Message, index: int, *, now: int) -> Outcome:
    """The time of `timeout.escalation` is over: a hop whose reader did not react gives way to the next."""
    hop = message.hops[index]
    if hop.state != "sent" or is_stop(message.status):
        return _unchanged(message, "The wait for a reaction is over and there is nothing left to do.")
    given_way = _with_hop(message, index, replace(hop, state="escalated"))
    started, commands, lines = start_next(given_way, now=now)
    if not commands:
        return _unchanged(message, "The reader reacted, or there is no further channel.")
    why = f"No reaction on {hop.channel} in time; going on to the next channel."
    return Outcome(message=started, commands=commands, history=lines, facts=(_fact(started, why),))


def _reached(message: Message, report: _Report, wanted: str) -> Outcome:
    hop, index = _hop(message, report)
    attribute = f"{wanted.lower()}_at"
    link = digest("link", report.receipt.link).hex()[:16] if wanted == "CLICKED" and report.receipt.link else ""
    is_new_link = link != "" and link not in message.links
    if getattr(hop, attribute) is not None and not is_new_link:
        return _unchanged(message, f"{wanted} was known already.")
    is_first = getattr(message, attribute) is None
    hop_after = _hop_reached(hop, report, attribute)
    message_after = replace(
        _with_hop(message, index, hop_after),
        status=moved(message.status, wanted),
        links=(*message.links, link) if is_new_link else message.links,
        **({attribute: report.at} if is_first else {}),
    )
    is_told = (is_first or is_new_link) and not is_stop(message.status)
    return Outcome(
        message=message_after,
        history=_reached_lines(hop_after, report, wanted, is_rendered=hop.sent_at is None and wanted == "SENT"),
        transitions=(_transition(hop_after, report, wanted),) if is_told else (),
        timers=_escalation(message_after, index, report.at) if wanted == "SENT" else (),
        facts=(_fact(message_after, f"{wanted} on {hop.channel} by {hop.provider}."),),
    )


def _hop_reached(hop: Hop, report: _Report, attribute: str) -> Hop:
    changes: dict[str, Any] = {"reference": {**hop.reference, **report.receipt.reference}}
    if getattr(hop, attribute) is None:
        changes[attribute] = report.at
    if hop.state != "escalated" and hop.failure != "BOUNCED":
        # Whatever was thought before: it did go out.
        changes["state"] = "sent"
    return replace(hop, **changes, attempt=max(hop.attempt, report.receipt.attempt))


def _reached_lines(hop: Hop, report: _Report, wanted: str, *, is_rendered: bool) -> tuple[HistoryItem, ...]:
    fields = hop_fields(hop)
    if wanted == "DELIVERED":
        fields["reference"] = hop.reference
    line = HistoryItem(type=wanted, ts=report.at, fields=fields)
    return (HistoryItem(type="RENDERED", ts=report.at, fields=hop_fields(hop)), line) if is_rendered else (line,)


def _failed(message: Message, report: _Report, failure: str, now: int) -> Outcome:
    hop, index = _hop(message, report)
    if hop.failed_at is not None and (hop.failure == "BOUNCED" or failure != "BOUNCED"):
        return _unchanged(message, "The failure was known already.")
    error = _error(report.receipt)
    is_over = hop.delivered_at is None and hop.opened_at is None and hop.clicked_at is None
    after = _with_hop(message, index, _hop_failed(hop, report, failure, error, is_over=is_over))
    line = HistoryItem(type="UNDELIVERABLE", ts=report.at, fields={**hop_fields(hop), "error_message": error})
    if not is_over or is_stop(message.status):
        return Outcome(message=after, history=(line,), facts=(_fact(after, f"Too late to change the status: {error}"),))
    if failure == "BOUNCED" or report.receipt.is_recipient_fault or report.receipt.code == "render":
        after = _skip_channel(after, hop.channel)
    # A channel has succeeded when its provider accepted, unless the request says otherwise: a later bounce starts nothing.
    is_settled = hop.sent_at is not None and not message.criteria
    started, commands, lines = (after, (), ()) if is_settled else start_next(after, now=now)
    if any(each.state in ("pending", "sent", "escalated") for each in started.hops):
        facts = (_fact(started, f"{hop.provider} failed: {error}"),)
        return Outcome(message=started, commands=commands, history=(line, *lines), facts=facts)
    return _undeliverable(started, report, failure, line)


def _undeliverable(message: Message, report: _Report, failure: str, line: HistoryItem) -> Outcome:
    hop, _ = _hop(message, report)
    after = replace(message, status=moved(message.status, "UNDELIVERABLE"))
    if after.status == message.status:
        return Outcome(message=message, history=(line,), facts=(_fact(message, f"Too late to change the status: {hop.error}"),))
    after = replace(after, reason=failure, error=hop.error)
    return Outcome(
        message=after,
        history=(line,),
        transitions=(_transition(hop, report, "UNDELIVERABLE", reason=failure, error=hop.error),),
        facts=(_fact(after, hop.error),),
    )


def _hop_failed(hop: Hop, report: _Report, failure: str, error: str, *, is_over: bool) -> Hop:
    state: Literal["failed", "unknown"] = "unknown" if report.receipt.code == "ambiguous" else "failed"
    return replace(
        hop,
        state=state if is_over else hop.state,
        failed_at=report.at,
        failure=failure,
        error=error,
        code=report.receipt.code,
        attempt=max(hop.attempt, report.receipt.attempt),
        reference={**hop.reference, **report.receipt.reference},
    )


def _skip_channel(message: Message, channel: str) -> Message:
    hops = tuple(
        replace(hop, state="skipped") if hop.channel == channel and hop.state == "waiting" else hop for hop in message.hops
    )
    return replace(message, hops=hops)


def _failure(message: Message, report: _Report) -> str:
    hop, _ = _hop(message, report)
    if report.receipt.code in _OWN_FAILURES:
        return "FAILED"
    return "BOUNCED" if report.receipt.is_recipient_fault or hop.sent_at is not None else "PROVIDER_ERROR"


def _error(receipt: Receipt) -> str:
    sentence = _SENTENCES.get(receipt.code, "")
    if receipt.code == "ambiguous" or not receipt.error:
        return sentence or "The provider refused the message."
    return receipt.error


def _escalation(message: Message, index: int, at: int) -> tuple[Timer, ...]:
    if not message.criteria or message.escalation_ms is None or message.plan is None or is_stop(message.status):
        return ()
    if not has_alternative(message.plan, message.hops, index):
        return ()
    timer = Timer(
        timer_id=escalation_timer_id(message.message_id, index),
        due_at=at + message.escalation_ms,
        environment=message.environment,
        user_key=message.user_key,
        kind=TIMER_KIND,
        subject_id=message.message_id,
    )
    return (timer,)


def escalation_timer_id(message_id: str, index: int) -> str:
    """Id of the timer that waits for a reaction to one hop; its number comes last."""
    return f"{message_id}/escalate/{index}"


def _hop_of(message: Message, receipt: Receipt) -> int | None:
    made = [index for index, hop in enumerate(message.hops) if hop.state not in ("waiting", "skipped")]
    exact = [index for index in made if message.hops[index].provider_id == receipt.provider_id]
    same_channel = [index for index in made if message.hops[index].channel == receipt.channel]
    both = [index for index in exact if index in same_channel]
    anything = made if not receipt.channel and not receipt.provider_id else []
    fitting = both or same_channel or exact or anything
    # A reader's report names no provider: it is about the one that took the message, not about one that failed before.
    return next((index for index in fitting if message.hops[index].state == "sent"), fitting[0] if fitting else None)


def _hop(message: Message, report: _Report) -> tuple[Hop, int]:
    index = report.index or 0
    return message.hops[index], index


def _with_hop(message: Message, index: int, hop: Hop) -> Message:
    return replace(message, hops=(*message.hops[:index], hop, *message.hops[index + 1 :]))


def _transition(hop: Hop, report: _Report, status: str, *, reason: str | None = None, error: str | None = None) -> Transition:
    return Transition(
        status=status,
        at=report.at,
        channel=hop.channel,
        provider=hop.provider,
        provider_id=hop.provider_id,
        link=report.receipt.link if status == "CLICKED" else "",
        reason=reason,
        error=error,
        code=report.receipt.code,
    )


def _unchanged(message: Message, why: str) -> Outcome:
    return Outcome(message=message, facts=(Fact(about=message.message_id, verdict="unchanged", reason=why),))


def _fact(message: Message, why: str) -> Fact:
    return Fact(about=message.message_id, verdict=message.status, reason=why)
