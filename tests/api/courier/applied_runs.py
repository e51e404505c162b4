"""Commands whose effect on runs is applied at once, as the engine would."""

from api_stand_ins import AppliedCommands
from posthorn.automations.decide import decide
from posthorn.automations.load import load_library
from posthorn.automations.model import View
from posthorn.automations.store import active_runs, save_runs, save_steps
from posthorn.events.model import Entry
from posthorn.events.read import read_event
from posthorn.storage.database import Database


class AppliedRuns(AppliedCommands):
    """Takes entries and applies them to profiles and to runs."""

    def __init__(self, database: Database) -> None:
        super().__init__(database)
        self._runs = database

    async def append(self, entries: list[Entry]) -> None:
        await super().append(entries)
        for entry in entries:
            event = read_event(entry, "evt_0_1_0")
            async with self._runs.transaction() as tx:
                runs = tuple(await active_runs(tx, 0, event.environment, (event.user_key,)))
                outcome = decide(event, runs, View(), await load_library(tx), entry.received_at)
                await save_runs(tx, 0, outcome.runs)
                await save_steps(tx, 0, outcome.steps)
