"""Runs that are started because their user entered or left an audience (courier.md 4.1, 5.3). Pure."""

from posthorn.audiences.model import AudienceChange
from posthorn.automations.decide import by_automation, opens, with_token
from posthorn.automations.freshness import barrier
from posthorn.automations.hearing import hear_of_leaving
from posthorn.automations.ledger import Ledger
from posthorn.automations.library import Library
from posthorn.automations.model import NOT_PROCESSED, Automation, Outcome, Run, View
from posthorn.automations.steps.invoke import MAX_DEPTH, MAX_TURNS
from posthorn.automations.triggers import ENTERED, LEFT
from posthorn.events.model import SEGMENT_TYPES, Event, Fact
from posthorn.ids import digest, request_id


def started_by_audience(
    event: Event, change: AudienceChange, runs: tuple[Run, ...], view: View, library: Library, now: int
) -> Outcome:
    """Starts what waits for this user to enter or leave. event: the one that moved him, which may be too old to start runs."""
    type_ = ENTERED if change.has_entered else LEFT
    links = library.triggers(event.environment).links("audience", type_, change.audience_id)
    if not links and not runs:
        return Outcome()
    ledger = Ledger(runs, view, library, now)
    if not change.has_entered:
        hear_of_leaving(change.audience_id, runs, ledger)
    refused = _refusal(event, change, view)
    for automation, triggers in by_automation((link.automation, link.trigger) for link in links):
        fresh = _run(event, change, automation)
        fact = Fact(about=automation.automation_id, verdict=refused) if refused else opens(triggers, fresh, view, now)
        if fact.verdict == "started":
            ledger.start(with_token(fresh, automation.cancelation_token, view), fact.reason)
        else:
            ledger.facts.append(fact)
    return ledger.outcome()


def _refusal(event: Event, change: AudienceChange, view: View) -> str | None:
    if len(change.chain) >= MAX_DEPTH or change.chain.count(_link(change)) >= MAX_TURNS:
        return "circle"
    if event.type not in SEGMENT_TYPES:
        return None
    return barrier(event, view.source, view.consent, view.audience_seen_at)


def _link(change: AudienceChange) -> str:
    return f"audience/{ENTERED if change.has_entered else LEFT}/{change.audience_id}"


def _run(event: Event, change: AudienceChange, automation: Automation) -> Run:
    cause = (change.audience_id, str(change.version), str(change.number), event.user_key)
    return Run(
        run_id=request_id(event.received_at, digest(*cause, automation.automation_id)),
        environment=event.environment,
        user_key=event.user_key,
        automation_id=automation.automation_id,
        version=automation.version,
        kind=automation.kind,
        status=NOT_PROCESSED,
        context={"brand": None, "template": None, "recipient": event.user_key, "profile": None, "data": {}},
        source=[*change.chain, _link(change)],
        created_at=event.received_at,
        updated_at=event.received_at,
    )
