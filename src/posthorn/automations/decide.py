"""What one event does to the runs of one user. Pure: the same arguments give the same outcome."""

from collections.abc import Iterable
from typing import Any

import msgspec

from posthorn.automations import batching, digesting, lookups, scheduling, throttling
from posthorn.automations.batching import BATCH_ADDED
from posthorn.automations.context import event_context, invocation_in
from posthorn.automations.digesting import DIGEST_ADDED, DIGEST_RELEASE_REQUESTED, topic_in, topic_of
from posthorn.automations.freshness import TEST_PREFIX, barrier
from posthorn.automations.hearing import hear
from posthorn.automations.invocation import invoked_context, may_be_invoked, obstacle
from posthorn.automations.ledger import Ledger
from posthorn.automations.library import Library
from posthorn.automations.lookups import PROFILE_ASKED
from posthorn.automations.model import (
    ACTIVE,
    NOT_PROCESSED,
    RUN_ANSWERED,
    RUN_CANCEL_REQUESTED,
    RUN_INVOKED,
    RUN_MOVE_REQUESTED,
    WAITING,
    Automation,
    DigestRules,
    Outcome,
    Run,
    RunAnswered,
    RunCancelRequested,
    RunInvoked,
    RunMoveRequested,
    Trigger,
    View,
)
from posthorn.automations.outcomes import Answer, visit_id
from posthorn.automations.payloads import mismatch
from posthorn.automations.scope import holds, scope_of, text_or_none
from posthorn.automations.throttling import THROTTLE_ASKED
from posthorn.automations.triggers import Link, provenance
from posthorn.errors import Invalid
from posthorn.events.model import SEGMENT_TYPES, Event, Fact
from posthorn.ids import digest, request_id
from posthorn.timers.model import DUE


def decide(event: Event, runs: tuple[Run, ...], view: View, library: Library, now: int) -> Outcome:
    """Starts, goes on with and cancels runs.

    runs: the active ones of the event's user. now: UTC milliseconds. A cancel step ends the runs that were there before this
    event; runs that the same event started are left alone, so the order of automations does not matter.
    """
    if event.type in SEGMENT_TYPES:
        return _started(event, runs, view, library, now)
    if event.type == DUE:
        return _due(event, runs, view, library, now)
    about_runs = _ABOUT_RUNS.get(event.type)
    if about_runs is not None:
        return about_runs(event, runs, view, library, now)
    if event.type == PROFILE_ASKED:
        return lookups.decide(event, view)
    if event.type == THROTTLE_ASKED:
        return throttling.decide(event, view, now)
    if event.type == BATCH_ADDED:
        return batching.decide(event, view, now)
    if event.type == DIGEST_ADDED:
        return digesting.decide(event, view, _digest_rules(event, library, topic_in(event)), now)
    return Outcome()


def _due(event: Event, runs: tuple[Run, ...], view: View, library: Library, now: int) -> Outcome:
    match event.name:
        case "run":
            return _woken(event, runs, view, library, now)
        case batching.KIND:
            return batching.due(event, view, now)
        case digesting.KIND:
            return _digested(event, runs, view, library, now)
        case scheduling.KIND:
            return scheduling.decide(event, library, now)
        case _:
            return Outcome()


def on_message_status(runs: Iterable[Run], message_id: str, status: str) -> tuple[Run, ...]:
    """The runs whose steps refer to that message, with its new status; the others are left out. Source: courier.md 4.4."""
    changed: list[Run] = []
    for run in runs:
        refs = {name: _with_status(left, message_id, status) for name, left in run.refs.items()}
        if refs != run.refs:
            changed.append(msgspec.structs.replace(run, refs=refs))
    return tuple(changed)


def event_run_id(event: Event, automation_id: str) -> str:
    """The id of the run that this event starts of that automation; Segment's tests repeat their messageId on purpose."""
    is_test = event.message_id.startswith(TEST_PREFIX)
    cause = event.id if is_test or not event.message_id else event.message_id
    return request_id(event.received_at, digest(cause, automation_id))


def _started(event: Event, runs: tuple[Run, ...], view: View, library: Library, now: int) -> Outcome:
    links = library.triggers(event.environment).links(event.origin, event.type, event.name)
    asked = _asked_in(event)
    if not links and asked is None and not runs:
        return Outcome()
    ledger = Ledger(runs, view, library, now)
    reason = barrier(event, view.source, view.consent, view.audience_seen_at)
    if reason is None:
        hear(event, runs, ledger, view, now)
    if reason is None and asked is not None:
        _invoke(event, asked, ledger, view, library)
    elif reason is None:
        _start_linked(event, links, ledger, view, now, event_context(event))
    else:
        ledger.facts += [Fact(about=about, verdict=reason) for about in _ids(links, asked)]
    return ledger.outcome()


def _asked_in(event: Event) -> RunInvoked | None:
    """What the event itself asks to be run (courier.md 1.5), which few do."""
    if "courier" not in event.properties:
        return None
    return invocation_in(event, run_id=event_run_id(event, "inline"), source=_provenance(event))


def _start_linked(event: Event, links: list[Link], ledger: Ledger, view: View, now: int, context: dict[str, Any]) -> None:
    for automation, triggers in by_automation((link.automation, link.trigger) for link in links):
        fresh = _run_of_event(event, automation, context)
        fact = opens(triggers, fresh, view, now)
        if fact.verdict == "started":
            ledger.start(with_token(fresh, automation.cancelation_token, view), fact.reason)
        else:
            ledger.facts.append(fact)


def _ids(links: list[Link], asked: RunInvoked | None) -> list[str]:
    if asked is not None:
        return [asked.automation_id or "inline"]
    return list(dict.fromkeys(link.automation.automation_id for link in links))


def _provenance(event: Event) -> list[str]:
    if event.type == DIGEST_RELEASE_REQUESTED:
        return [f"{digesting.KIND}/{topic_of(event)}"]
    if event.type == DUE:
        return [f"{event.name}/{event.fields['subject_id']}"]
    return [provenance(event.origin, event.type, event.name)]


def by_automation(pairs: Iterable[tuple[Automation, Trigger]]) -> list[tuple[Automation, list[Trigger]]]:
    """Each automation with those of its triggers that are given, in their order."""
    grouped: dict[str, tuple[Automation, list[Trigger]]] = {}
    for automation, trigger in pairs:
        grouped.setdefault(automation.automation_id, (automation, []))[1].append(trigger)
    return list(grouped.values())


def opens(triggers: list[Trigger], fresh: Run, view: View, now: int) -> Fact:
    """Whether one of the triggers lets the run begin: the first that does, or else why the last did not."""
    scope = scope_of(fresh.context, {}, view.profile)
    verdict, reason = "condition false", ""
    for trigger in triggers:
        try:
            held = holds(trigger.conditions, scope, now)
        except Invalid as error:
            reason = error.message
            continue
        reason = held.reason
        if held.holds:
            verdict = "started"
            break
    return Fact(about=fresh.automation_id, verdict=verdict, reason=reason)


def _run_of_event(event: Event, automation: Automation, context: dict[str, Any]) -> Run:
    return Run(
        run_id=event_run_id(event, automation.automation_id),
        environment=event.environment,
        user_key=event.user_key,
        automation_id=automation.automation_id,
        version=automation.version,
        kind=automation.kind,
        status=NOT_PROCESSED,
        context=context,
        source=_provenance(event),
        trigger_event=event.name or event.type,
        trigger_message_id=event.message_id,
        created_at=event.received_at,
        updated_at=event.received_at,
    )


def with_token(run: Run, written: str | None, view: View) -> Run:
    """The token is read once, when the run starts."""
    if written is None:
        return run
    try:
        token = text_or_none(written, scope_of(run.context, {}, view.profile))
    except Invalid:
        token = None
    return msgspec.structs.replace(run, token=token)


def _woken(event: Event, runs: tuple[Run, ...], view: View, library: Library, now: int) -> Outcome:
    ledger = Ledger(runs, view, library, now)
    for run in runs:
        if run.run_id == event.fields.get("subject_id") and _waits_for(run, event.message_id):
            ledger.go_on(run)
    return ledger.outcome()


def _answered(event: Event, runs: tuple[Run, ...], view: View, library: Library, now: int) -> Outcome:
    """An answer that comes too late, or twice, finds nobody who waits for it."""
    answered = msgspec.json.decode(event.body, type=RunAnswered)
    ledger = Ledger(runs, view, library, now)
    for run in runs:
        if run.run_id == answered.run_id and _waits_for(run, answered.ask_id):
            ledger.go_on(run, Answer(kind="answer", value=answered.value, error=answered.error))
    return ledger.outcome()


def _waits_for(run: Run, ask_id: str) -> bool:
    return run.status == WAITING and visit_id(run.run_id, run.step_count) == ask_id


def _digested(event: Event, runs: tuple[Run, ...], view: View, library: Library, now: int) -> Outcome:
    """Every automation that waits for the digest of this topic starts with what it holds."""
    topic_id = topic_of(event)
    found = digesting.released(event, view, _digest_rules(event, library, topic_id), now)
    if found is None:
        return Outcome()
    forgotten, data = found
    ledger = Ledger(runs, view, library, now)
    links = library.triggers(event.environment).links("digest", "", topic_id)
    context = {**event_context(event), "recipient": event.user_key, "data": data}
    _start_linked(event, links, ledger, view, now, context)
    if not links:
        ledger.facts.append(Fact(about=topic_id, verdict="dropped", reason="No automation waits for this digest."))
    return msgspec.structs.replace(ledger.outcome(), marks=(forgotten,))


def _digest_rules(event: Event, library: Library, topic_id: str) -> DigestRules | None:
    links = library.triggers(event.environment).links("digest", "", topic_id)
    return links[0].trigger.digest if links else None


def _invoked(event: Event, runs: tuple[Run, ...], view: View, library: Library, now: int) -> Outcome:
    ledger = Ledger(runs, view, library, now)
    _invoke(event, msgspec.json.decode(event.body, type=RunInvoked), ledger, view, library)
    return ledger.outcome()


def _invoke(event: Event, asked: RunInvoked, ledger: Ledger, view: View, library: Library) -> None:
    automation = _asked_automation(asked, event.environment, library)
    fresh = _run_of_invocation(event, asked, automation)
    if asked.automation_id is not None and automation is None:
        ledger.fail(fresh, f"Automation template {asked.automation_id} not found")
    elif automation is not None and not may_be_invoked(automation):
        ledger.fail(fresh, f"Cannot invoke {obstacle(automation)} automation template {asked.automation_id}")
    elif automation is not None and (told := _wrong_payload(automation, asked)):
        ledger.fail(fresh, told)
    else:
        written = asked.token or (automation.cancelation_token if automation else None)
        ledger.start(with_token(fresh, written, view))


def _wrong_payload(automation: Automation, asked: RunInvoked) -> str:
    schemas = [one.schema for one in automation.triggers if one.schema is not None]
    told = [mismatch(schema, asked.data) for schema in schemas]
    return told[0] if told and all(told) else ""


def _asked_automation(asked: RunInvoked, environment: str, library: Library) -> Automation | None:
    if asked.automation_id is None:
        return None
    live = library.find(environment, asked.automation_id)
    if live is None or asked.version == 0:
        return live
    return library.version(environment, live.automation_id, asked.version)


def _run_of_invocation(event: Event, asked: RunInvoked, automation: Automation | None) -> Run:
    return Run(
        run_id=asked.run_id,
        environment=event.environment,
        user_key=event.user_key,
        automation_id=automation.automation_id if automation else asked.automation_id or "",
        version=automation.version if automation else 0,
        kind=automation.kind if automation else "automation",
        status=NOT_PROCESSED,
        context=invoked_context(asked),
        inline=asked.steps if asked.automation_id is None else [],
        source=asked.source,
        reply_to=asked.reply_to,
        created_at=event.received_at,
        updated_at=event.received_at,
    )


def _canceled(event: Event, runs: tuple[Run, ...], view: View, library: Library, now: int) -> Outcome:
    asked = msgspec.json.decode(event.body, type=RunCancelRequested)
    ledger = Ledger(runs, view, library, now)
    for run in runs:
        is_older = asked.requested_at is None or run.created_at <= asked.requested_at
        if run.status in ACTIVE and is_older and run.run_id != asked.except_run_id and _is_meant(run, asked):
            ledger.cancel(run, "Canceled on request.")
    return ledger.outcome()


def _moved(event: Event, runs: tuple[Run, ...], view: View, library: Library, now: int) -> Outcome:
    """A run that waits at a node with a counterpart of the same kind waits there from now on; its timer stays."""
    asked = msgspec.json.decode(event.body, type=RunMoveRequested)
    ledger = Ledger(runs, view, library, now)
    for run in runs:
        if run.run_id == asked.run_id and run.status == WAITING and run.version != asked.version:
            ledger.move(run, asked.version, asked.nodes)
    return ledger.outcome()


def _is_meant(run: Run, asked: RunCancelRequested) -> bool:
    if asked.run_id is not None:
        return run.run_id == asked.run_id
    return asked.token is not None and run.token == asked.token


def _with_status(left: Any, message_id: str, status: str) -> Any:
    if isinstance(left, dict) and left.get("message_id") == message_id:
        return {**left, "status": status}
    return left


_ABOUT_RUNS = {
    RUN_INVOKED: _invoked,
    RUN_ANSWERED: _answered,
    RUN_CANCEL_REQUESTED: _canceled,
    RUN_MOVE_REQUESTED: _moved,
    DIGEST_RELEASE_REQUESTED: _digested,
}
