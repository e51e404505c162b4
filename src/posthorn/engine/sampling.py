"""The latest events of the kinds that start an automation, as they lie in the log."""

from posthorn.automations.model import Automation
from posthorn.events.catalogue import catalogue_key
from posthorn.events.model import Event
from posthorn.events.read import read_event
from posthorn.events.store import catalogue_entry
from posthorn.log.read import read_entries
from posthorn.storage.database import Transaction


async def samples_for(tx: Transaction, automation: Automation) -> list[Event] | None:
    """Up to twenty of each kind; None if it is started by something that the catalogue does not know, or in any way."""
    found: list[Event] = []
    for trigger in automation.triggers:
        key = catalogue_key(trigger.origin, trigger.type, trigger.name or "")
        if key is None or (trigger.name is None and trigger.type in ("track", "page", "screen")):
            return None
        entry = await catalogue_entry(tx, automation.environment, key)
        samples = await read_entries(tx, [one.event_id for one in entry.samples] if entry else [])
        found += [read_event(one.entry, one.event_id) for one in samples]
    return found if automation.triggers else None
