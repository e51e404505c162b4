"""Which automations an event may start, found without looking at the others."""

from collections.abc import Iterable

from msgspec import Struct

from posthorn.automations.model import Automation, Trigger

ENTERED = "entered"
LEFT = "left"

WEBHOOK = "webhook"
ANY_EVENT = "*"

ORIGINS = {
    "tracking": "segment",
    "segment": "segment",
    "rudderstack": "rudderstack",
    "courier": "courier",
    "audience": "audience",
    "webhook": "webhook",
    "digest": "digest",
    "schedule": "schedule",
}


class Link(Struct, frozen=True, kw_only=True):
    """An automation and one of its triggers."""

    automation: Automation
    trigger: Trigger


class TriggerIndex:
    """The triggers of an environment's live automations, by what they wait for."""

    def __init__(self, automations: Iterable[Automation]) -> None:
        self._named: dict[tuple[str, str, str], list[Link]] = {}
        self._any: dict[tuple[str, str], list[Link]] = {}
        for automation in sorted(automations, key=lambda one: one.automation_id):
            for trigger in automation.triggers:
                self._add(Link(automation=automation, trigger=trigger))

    def _add(self, link: Link) -> None:
        trigger = link.trigger
        if trigger.name is None:
            self._any.setdefault((trigger.origin, trigger.type), []).append(link)
        else:
            self._named.setdefault((trigger.origin, trigger.type, trigger.name), []).append(link)

    def links(self, origin: str, type_: str, name: str) -> list[Link]:
        """What an event could start, named triggers first, each group by automation id. `origin`: an event's. Source: 5.3."""
        triggered = ORIGINS.get(origin)
        if triggered is None:
            return []
        named = self._named.get((triggered, type_, name), []) if name else []
        if triggered == WEBHOOK:
            named = named + self._named.get((triggered, type_, f"{name.partition('/')[0]}/{ANY_EVENT}"), [])
        return named + self._any.get((triggered, type_), [])


def provenance(origin: str, type_: str, name: str) -> str:
    """Where a run came from, as text: `segment/track/Order Completed`, `segment/identify`. Source: courier.md 1.8."""
    start = f"{ORIGINS.get(origin, origin)}/{type_}"
    return f"{start}/{name}" if name and type_ in {"track", "page"} else start
