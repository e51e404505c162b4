"""The latest events of the kinds that start an automation, as they lie in the log."""

from posthorn.automations.model import Automation
from posthorn.events.catalogue import catalogue_key
from posthorn.events.model import Event
from posthorn.events.read import read_event
from posthorn.events.store import catalogue_entry
from posthorn.log import store as log_store
from posthorn.log.model import parse_event_id, unpack
from posthorn.storage.database import Transaction


async def samples_for(tx: Transaction, automation: Automation) -> list[Event] | None:
    """Up to twenty of each kind; None if it is started by something that the catalogue does not know, or in any way."""
    found: list[Event] = []
    for trigger in automation.triggers:
        key = catalogue_key(trigger.origin, trigger.type, trigger.name or "")
        if key is None or (trigger.name is None and trigger.type in ("track", "page", "screen")):
            return None
        entry = await catalogue_entry(tx, automation.environment, key)
        for sample in entry.samples if entry else ():
            event = await _event(tx, sample.event_id)
            found += [event] if event else []
    return found if automation.triggers else None


async def _event(tx: Transaction, event_id: str) -> Event | None:
    place = parse_event_id(event_id)
    if place is None:
        return None
    position, index = place
    block = await log_store.block(tx, position.partition, position.block_offset)
    entries = unpack(block.body) if block else []
    return read_event(entries[index], event_id) if index < len(entries) else None
