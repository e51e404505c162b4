"""The pure step from a request to a routed message: template, delay, gate, routing, commands. Source: courier.md 6.7."""

from typing import Any

from msgspec import Struct
from msgspec.structs import replace

from posthorn.errors import Invalid
from posthorn.events.model import Event, Fact
from posthorn.expressions.evaluate import evaluate
from posthorn.expressions.values import truth
from posthorn.messages.config import MessageConfig
from posthorn.messages.delays import due_at, duration_ms, expires_at
from posthorn.messages.dispatching import hop_fields, start_next
from posthorn.messages.holding import held
from posthorn.messages.limits import refusal
from posthorn.messages.mapping import Mapped, map_template
from posthorn.messages.model import (
    TIMER_KIND,
    Contents,
    HistoryItem,
    Hop,
    Known,
    Membership,
    Message,
    MessageRequested,
    Outcome,
    Transition,
)
from posthorn.messages.permission import permission
from posthorn.messages.profiles import merged_profile, tenant_for
from posthorn.messages.receipts import escalate, escalation_timer_id
from posthorn.messages.recipients import target
from posthorn.messages.routing import Candidate, NoRoute, Skip, Wanted, route
from posthorn.messages.status import can_cancel
from posthorn.providers.model import InstalledProvider
from posthorn.timers.model import Timer

MAILBOX = "mailbox"
"""Id of the provider that is there for e-mail while no other is installed."""

_REACTION_CRITERIA = ("delivered", "viewed", "engaged")


class _Case(Struct, frozen=True, kw_only=True):
    """One message while it is decided."""

    message: Message
    contents: Contents
    known: Known
    config: MessageConfig
    now: int
    history: tuple[HistoryItem, ...] = ()
    transitions: tuple[Transition, ...] = ()


def request(event: Event, requested: MessageRequested, *, known: Known, config: MessageConfig, now: int) -> Outcome:
    """A new message: accepted, then stopped, delayed or handed to delivery. `known`: of its recipient at this moment.

    Order: 1. template, 2. send limit, 3. delay, 4. preferences, 5. routing, 6. simulation, 7. delivery.
    """
    message = _accepted(event, requested)
    tenant = tenant_for(known, requested.message, requested.to)
    contents = _contents(message.message_id, requested.message, requested.to, known, tenant)
    case = _Case(
        message=replace(message, tenant_id=tenant.tenant_id if tenant else ""),
        contents=contents,
        known=known,
        config=config,
        now=now,
        history=(HistoryItem(type="ENQUEUED", ts=message.enqueued_at),),
        transitions=(Transition(status="ENQUEUED", at=message.enqueued_at),),
    )
    mapped, case = _mapped(case)
    if mapped.status:
        return _stop(case, mapped.status, mapped.reason, mapped.error)
    topic = config.topics.get(case.message.topic_id)
    too_much = refusal(config.settings.send_limit, topic, known.sent_at, now)
    if too_much:
        return _stop(case, "THROTTLED", None, too_much)
    return _delayed(case) or _go_on(case)


def due(event: Event, message: Message, contents: Contents | None, *, known: Known, config: MessageConfig, now: int) -> Outcome:
    """A timer of kind "message" came due: a delay is over, an address may be there now, or nobody reacted in time.

    `event.message_id` tells which.
    """
    for index in range(len(message.hops)):
        if event.message_id == escalation_timer_id(message.message_id, index):
            return escalate(message, index, now=now)
    is_waiting = message.status == "DELAYED" or (message.status == "ENQUEUED" and message.held_until)
    if not is_waiting or contents is None:
        return _nothing(message, "The wait is over, but the message is not waiting any more.")
    tenant = tenant_for(known, contents.request, contents.to, default=message.tenant_id)
    fresh = _contents(message.message_id, contents.request, contents.to, known, tenant)
    case = _Case(message=message, contents=fresh, known=known, config=config, now=now)
    mapped, case = _mapped(case)
    if mapped.status:
        return _stop(case, mapped.status, mapped.reason, mapped.error)
    return _go_on(case)


def cancel(event: Event, message: Message, *, now: int) -> Outcome:
    """Calls a message back if it has not been handed to delivery; else changes nothing."""
    if not can_cancel(message.status):
        return _nothing(message, f"It is {message.status} and cannot be canceled any more.")
    at = event.timestamp or now
    canceled = replace(message, status="CANCELED", canceled_at=at)
    return Outcome(
        message=canceled,
        history=(HistoryItem(type="CANCELED", ts=at),),
        transitions=(Transition(status="CANCELED", at=at),),
        facts=(_fact(canceled, "Canceled on request."),),
    )


def resend(message: Message, contents: Contents, *, new_message_id: str) -> MessageRequested:
    """The request for a copy, to be appended as "message.requested": same recipient and content, without its delay."""
    again = {key: value for key, value in contents.request.items() if key != "delay"}
    return MessageRequested(
        message_id=new_message_id,
        request_id=new_message_id,
        to=contents.to,
        message=again,
        run=message.run,
        job_id=message.job_id,
        list_id=message.list_id,
        list_message_id=message.list_message_id,
        audience_id=message.audience_id,
        draft=message.is_draft,
        simulated=message.is_simulated,
    )


def _accepted(event: Event, requested: MessageRequested) -> Message:
    body = requested.message
    metadata = _dict(body.get("metadata"))
    user_id, recipient = _recipient(event, requested.to)
    return Message(
        message_id=requested.message_id,
        request_id=requested.request_id,
        environment=event.environment,
        user_key=event.user_key,
        user_id=user_id,
        recipient=recipient,
        status="ENQUEUED",
        enqueued_at=event.received_at,
        event=_text(metadata.get("event")) or _text(body.get("template")),
        tags=tuple(tag for tag in _list(metadata.get("tags")) if isinstance(tag, str)),
        trace_id=_text(metadata.get("trace_id")),
        utm={key: value for key, value in _dict(metadata.get("utm")).items() if isinstance(value, str)},
        run=requested.run,
        job_id=requested.job_id,
        list_id=requested.list_id,
        list_message_id=requested.list_message_id,
        audience_id=requested.audience_id,
        is_draft=requested.draft,
        is_simulated=requested.simulated,
    )


def _recipient(event: Event, to: dict[str, Any]) -> tuple[str | None, str]:
    try:
        found = target(to)
    except Invalid:
        # A run may say no more than whose event it is; then the message is for that user.
        return event.user_id, event.user_key
    return found.user_id, found.recipient


def _contents(message_id: str, body: dict[str, Any], to: dict[str, Any], known: Known, tenant: Membership | None) -> Contents:
    return Contents(
        message_id=message_id,
        request=body,
        to=to,
        stored_profile=known.profile,
        profile=merged_profile(known, body, to, tenant),
        tenant=tenant.properties if tenant else {},
        brand_id=tenant.brand_id if tenant else "",
    )


def _mapped(case: _Case) -> tuple[Mapped, _Case]:
    message = case.message
    mapped = map_template(
        case.config.templates,
        message.environment,
        case.contents.request,
        draft=message.is_draft,
        journey_id=message.run.automation_id if message.run else "",
        tenant_id=message.tenant_id,
    )
    placed = replace(
        message,
        template_id=mapped.template_id,
        template_name=mapped.name,
        template_version=mapped.version,
        topic_id=mapped.topic_id,
    )
    item = HistoryItem(type="MAPPED", ts=case.now, fields={"notification_id": mapped.template_id})
    is_first = message.status == "ENQUEUED" and not message.held_until
    is_line = mapped.template_id != "" and not mapped.status and is_first
    contents = case.contents
    if mapped.delivery:
        contents = replace(contents, request={**mapped.delivery, **contents.request})
    history = (*case.history, item) if is_line else case.history
    return mapped, replace(case, message=placed, contents=contents, history=history)


def _delayed(case: _Case) -> Outcome | None:
    try:
        due = due_at(case.contents.request.get("delay"), case.contents.profile, now=case.now)
    except Invalid as error:
        return _stop(case, "UNDELIVERABLE", "FAILED", error.message)
    if due <= case.now:
        return None
    message = replace(case.message, status="DELAYED", due_at=due)
    timer = Timer(
        timer_id=f"{message.message_id}/delay",
        due_at=due,
        environment=message.environment,
        user_key=message.user_key,
        kind=TIMER_KIND,
        subject_id=message.message_id,
    )
    return Outcome(
        message=message,
        contents=case.contents,
        history=(*case.history, HistoryItem(type="DELAYED", ts=case.now, fields={"until": due})),
        transitions=(*case.transitions, Transition(status="DELAYED", at=case.now)),
        timers=(timer,),
        facts=(_fact(message, "Waiting for its delay or delivery window."),),
    )


def _go_on(case: _Case) -> Outcome:
    case = replace(case, history=(*case.history, HistoryItem(type="PROFILE_LOADED", ts=case.now)))
    allowed = permission(case.message, case.contents, case.known, case.config.topics, case.now)
    if allowed.gate is not None:
        return _stop(case, allowed.gate.status, allowed.gate.reason, allowed.gate.error)
    body = case.contents.request
    found = route(_wanted(body, allowed.channels), _candidates(case), lambda condition: _holds(condition, case))
    if isinstance(found, NoRoute):
        stopped = replace(case, history=(*case.history, *_skip_lines(found.skipped, case.now)))
        return _held(stopped, found) or _stop(stopped, found.status, found.reason, found.error)
    timeout = _dict(body.get("timeout") or body.get("timeouts"))
    routed = replace(
        case.message,
        status="ROUTED",
        plan=found.plan,
        hops=found.hops,
        expires_at=expires_at(timeout, now=case.now),
        criteria=next((word for word in _REACTION_CRITERIA if word == timeout.get("criteria")), ""),
        escalation_ms=duration_ms(timeout.get("escalation")),
    )
    case = replace(case, message=routed, history=(*case.history, *_skip_lines(found.skipped, case.now)))
    return _simulated(case) if _is_simulated(case) else _delivering(case)


def _held(case: _Case, found: NoRoute) -> Outcome | None:
    waiting = held(case.message, found, now=case.now)
    if waiting is None:
        return None
    message, timer = waiting
    is_first = not case.message.held_until
    return Outcome(
        message=message,
        contents=case.contents if is_first else None,
        history=case.history if is_first else (),
        transitions=case.transitions,
        timers=(timer,),
        facts=(_fact(message, f"Waiting for an address. {found.error}"),),
    )


def _delivering(case: _Case) -> Outcome:
    started, commands, lines = start_next(case.message, now=case.now)
    by = ", ".join(f"{hop.channel} by {hop.provider}" for hop in started.hops if hop.state == "pending")
    return Outcome(
        message=started,
        contents=case.contents,
        history=(*case.history, *lines),
        commands=commands,
        transitions=(*case.transitions, _first_hop_transition("ROUTED", started.hops, case.now)),
        facts=(_fact(started, f"Handed to delivery: {by}."),),
    )


def _simulated(case: _Case) -> Outcome:
    started, _, _ = start_next(case.message, now=case.now)
    hops = tuple(replace(hop, state="waiting", started_at=0) for hop in started.hops)
    lines = tuple(
        HistoryItem(type="RENDERED", ts=case.now, fields=hop_fields(hop)) for hop in started.hops if hop.state == "pending"
    )
    message = replace(case.message, status="SIMULATED", is_simulated=True, hops=hops)
    return Outcome(
        message=message,
        contents=case.contents,
        history=(*case.history, *lines, HistoryItem(type="SIMULATED", ts=case.now)),
        transitions=(*case.transitions, _first_hop_transition("SIMULATED", hops, case.now)),
        facts=(_fact(message, "Simulated: a test key or a test environment calls no provider."),),
    )


def _stop(case: _Case, status: str, reason: str | None, error: str | None) -> Outcome:
    message = replace(case.message, status=status, reason=reason, error=error)
    fields: dict[str, Any] = {"reason": reason} if reason else {}
    if error:
        fields["error_message"] = error
    if status == "UNMAPPED" and message.event:
        fields["notification_id"] = message.event
    return Outcome(
        message=message,
        contents=case.contents,
        history=(*case.history, HistoryItem(type=status, ts=case.now, fields=fields)),
        transitions=(*case.transitions, Transition(status=status, at=case.now, reason=reason, error=error)),
        facts=(_fact(message, error or reason or status),),
    )


def _wanted(body: dict[str, Any], chosen_channels: frozenset[str] | None) -> Wanted:
    routing = body.get("routing")
    return Wanted(
        routing=routing if isinstance(routing, dict) and routing.get("channels") else None,
        channels=_dict(body.get("channels")),
        providers=_dict(body.get("providers")),
        timeout=_dict(body.get("timeout") or body.get("timeouts")),
        chosen_channels=chosen_channels,
    )


def _candidates(case: _Case) -> tuple[Candidate, ...]:
    environment = case.message.environment
    return tuple(_candidate(one, case.contents.profile) for one in case.config.installed if one.environment == environment)


def _candidate(one: InstalledProvider, profile: dict[str, Any]) -> Candidate:
    has_address = one.has_address(profile)
    return Candidate(
        provider_id=one.provider_id,
        key=one.key,
        channel=one.channel,
        alias=one.alias or "",
        has_address=has_address,
        receiver=one.receiver_of(profile) if one.receiver_of and has_address else "",
        is_built_in=one.provider_id == MAILBOX,
    )


def _holds(condition: str, case: _Case) -> bool:
    contents = case.contents
    data = {**_dict(contents.request.get("data")), **_dict(contents.to.get("data"))}
    scope = {"data": data, "profile": contents.profile, "tenant": contents.tenant, "recipient": case.message.recipient}
    return truth(evaluate(condition, scope, now=case.now))


def _is_simulated(case: _Case) -> bool:
    return case.message.is_simulated or case.config.settings.simulates or case.message.environment == "test"


def _skip_lines(skipped: tuple[Skip, ...], now: int) -> tuple[HistoryItem, ...]:
    return tuple(
        HistoryItem(
            type="FILTERED" if skip.kind in ("condition", "preference") else "UNROUTABLE",
            ts=now,
            fields={
                "channel": {"id": skip.channel},
                "integration": {"id": skip.provider_id, "provider": skip.provider},
                "reason": skip.reason,
            },
        )
        for skip in skipped
    )


def _first_hop_transition(status: str, hops: tuple[Hop, ...], at: int) -> Transition:
    hop = hops[0]
    return Transition(status=status, at=at, channel=hop.channel, provider=hop.provider, provider_id=hop.provider_id)


def _nothing(message: Message, why: str) -> Outcome:
    return Outcome(message=message, facts=(Fact(about=message.message_id, verdict="unchanged", reason=why),))


def _fact(message: Message, why: str) -> Fact:
    return Fact(about=message.message_id, verdict=message.status, reason=why)


def _text(value: Any) -> str:
    return value if isinstance(value, str) else ""


def _dict(value: Any) -> dict[str, Any]:
    return value if isinstance(value, dict) else {}


def _list(value: Any) -> list[Any]:
    return value if isinstance(value, list) else []
