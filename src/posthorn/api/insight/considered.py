"""Which automations an event could have started, and why it did or did not."""

from msgspec import Struct

from posthorn.automations.library import Library
from posthorn.automations.model import RUN_INVOKED
from posthorn.events.model import SEGMENT_TYPES, Event, Fact

_WORDS = {
    "started": "It began a run.",
    "condition false": "Its condition did not hold.",
    "filtered_by_end_user_consent": "The user has not consented to it.",
    "filtered_by_integrations_object": "The event's integrations object turns Posthorn off.",
    "backfill": "Its source is in backfill mode: nothing starts.",
    "engage_backfill": "The first sync of an Engage audience starts nothing.",
    "historical": "It is a historical import, which starts nothing.",
    "before_1970": "It says that it happened before 1970.",
    "stale": "It was too old when it came.",
    "test_event": "It is a test event, and its source starts nothing for those.",
    "own_event": "It is one of our own events that came back.",
}


class Considered(Struct, frozen=True, kw_only=True):
    """One automation. verdict: a short word, "started" if it began a run. reason: why, a sentence, with the value it saw."""

    automation_id: str
    name: str
    kind: str
    verdict: str
    reason: str


def considered(event: Event, facts: tuple[Fact, ...], library: Library) -> list[Considered]:
    """What was considered when the event was processed; then those that wait for such events now, but did not then."""
    refused = next((fact for fact in facts if fact.about == "event"), None)
    links = library.triggers(event.environment).links(event.origin, event.type, event.name)
    waiting = {link.automation.automation_id for link in links} if event.type in SEGMENT_TYPES else set[str]()
    found = [_considered(fact, event, library) for fact in facts if _is_about_automation(fact, event, library)]
    told = {one.automation_id for one in found}
    for automation_id in sorted(waiting - told):
        fact = refused or Fact(about="", verdict="not live", reason="It did not wait for such events when this one came.")
        found.append(_considered(Fact(about=automation_id, verdict=fact.verdict, reason=fact.reason), event, library))
    return found


def _is_about_automation(fact: Fact, event: Event, library: Library) -> bool:
    is_run = event.type == RUN_INVOKED and fact.verdict == "started"
    return is_run or fact.about == "inline" or library.find(event.environment, fact.about) is not None


def _considered(fact: Fact, event: Event, library: Library) -> Considered:
    automation = library.find(event.environment, fact.about)
    return Considered(
        automation_id=fact.about,
        name=(automation.name or fact.about) if automation else fact.about or "inline",
        kind=automation.kind if automation else "automation",
        verdict=fact.verdict,
        reason=fact.reason or _WORDS.get(fact.verdict, ""),
    )
