"""Stored history once more, through one version of an automation: who would get what, against what was really sent."""

from collections.abc import Callable, Iterable

import anyio.lowlevel
from msgspec import Struct, json
from msgspec.structs import replace

from posthorn.automations.model import Automation
from posthorn.automations.runs import SentStep, sent_steps
from posthorn.engine.config import Config
from posthorn.engine.history import Stored, counted, is_complete, pages_of_all, translated
from posthorn.engine.rehearsal import Answers, Rehearsal, SendCollector, Sent
from posthorn.engine.state import UserState
from posthorn.events.model import Entry
from posthorn.events.read import read_event
from posthorn.events.vocabulary import TEST_MESSAGE_PREFIX
from posthorn.ids import digest
from posthorn.log.model import partition_of
from posthorn.profiles import store as profile_store
from posthorn.storage.database import Database

EVENTS_AT_A_STRETCH = 200
_ALL = 2**62
_NAMED = frozenset({"track", "page", "screen"})


class Period(Struct, frozen=True, kw_only=True):
    """From one moment to another, UTC milliseconds, both included."""

    since: int
    until: int


class Replayed(Struct, frozen=True, kw_only=True):
    """What came out. newly: would be sent and was not. no_longer: was sent and would not be. same_count: neither.

    is_exact: the whole history was there; else profiles begin as they are now, and runs that began earlier are left out.
    """

    event_count: int
    same_count: int
    newly: tuple[Sent, ...]
    no_longer: tuple[Sent, ...]
    is_exact: bool


async def replay(
    database: Database, config: Config, automation: Automation, period: Period, on_progress: Callable[[int, int], None]
) -> Replayed:
    """Lets the period pass again. on_progress: told how many events of how many are done."""
    total, is_exact = await counted(database, period.since), await is_complete(database, period.since)
    trial = replace(config, library=config.library.alone(automation))
    done = 0
    passage = _Passage(automation, trial)
    async for page in pages_of_all(database, automation.environment, period.since, period.until):
        if not is_exact:
            await passage.meet(database, page.events)
        await passage.take_all(page.events)
        done += page.read_count
        on_progress(done, total)
    sends = passage.end(period.until)
    async with database.snapshot() as tx:
        real = await sent_steps(tx, automation.environment, automation.automation_id, period.since, period.until)
    return compared(done, sends, real, is_exact=is_exact)


def compared(event_count: int, sends: list[Sent], real: list[SentStep], *, is_exact: bool) -> Replayed:
    """Both sides by run and place in it: the same event starts the same run, whichever version it walks through."""
    would = {(one.run_id, one.number): one for one in sends}
    was = {(one.run_id, one.number): one for one in _numbered(real)}
    return Replayed(
        event_count=event_count,
        same_count=len(would.keys() & was.keys()),
        newly=_in_order(would[key] for key in would.keys() - was.keys()),
        no_longer=_in_order(was[key] for key in was.keys() - would.keys()),
        is_exact=is_exact,
    )


def _in_order(sends: Iterable[Sent]) -> tuple[Sent, ...]:
    return tuple(sorted(sends, key=lambda one: (one.at, one.user_key, one.run_id, one.number)))


def _numbered(real: list[SentStep]) -> list[Sent]:
    counts: dict[str, int] = {}
    numbered: list[Sent] = []
    for one in real:
        number = counts.get(one.run_id, 0)
        counts[one.run_id] = number + 1
        sent = Sent(run_id=one.run_id, number=number, user_key=one.user_key, node_id=one.node_id, at=one.created_at)
        numbered.append(sent)
    return numbered


class _Passage:
    """History on its way through the automation."""

    def __init__(self, automation: Automation, config: Config) -> None:
        self._environment = automation.environment
        self._collector = SendCollector(automation.automation_id)
        answers = Answers(delivers=False, most_decisions=_ALL)
        self._rehearsal = Rehearsal(config, {}, answers, self._collector.note)
        self._names = _names(automation)
        self._seen: set[bytes] = set()

    async def meet(self, database: Database, events: list[Stored]) -> None:
        """Loads the profiles of users who come for the first time."""
        known = self._rehearsal.states
        fresh: dict[int, set[str]] = {}
        for user_key in {one.entry.user_key for one in events if (self._environment, one.entry.user_key) not in known}:
            partition = partition_of(self._environment, user_key, database.partition_count)
            fresh.setdefault(partition, set()).add(user_key)
        async with database.snapshot() as tx:
            for partition, keys in fresh.items():
                for profile in await profile_store.load_profiles(tx, partition, self._environment, tuple(keys)):
                    state = UserState(environment=self._environment, user_key=profile.user_key, profile=profile)
                    known[self._environment, profile.user_key] = state

    async def take_all(self, events: list[Stored]) -> None:
        """Lets events pass, and others in between."""
        for number, stored in enumerate(events):
            self.take(stored)
            if number % EVENTS_AT_A_STRETCH == 0:
                await anyio.lowlevel.checkpoint()

    def take(self, stored: Stored) -> None:
        """Lets one event pass; what cannot change anything is not even read."""
        self._rehearsal.advance(stored.at)
        if not self._matters(stored.entry) or self._is_duplicate(stored.entry):
            return
        entry = translated(stored.entry, self._rehearsal)
        if entry is not None:
            self._rehearsal.take(read_event(entry, stored.event_id), stored.at)

    def end(self, until: int) -> list[Sent]:
        """Lets what is still due until then happen; everything that would have been sent."""
        self._rehearsal.advance(until)
        return self._collector.sends

    def _matters(self, entry: Entry) -> bool:
        if entry.type not in _NAMED or self._names is None:
            return True
        if any(name in entry.body for name in self._names):
            return True
        return self._rehearsal.acts_for((entry.environment, entry.user_key))

    def _is_duplicate(self, entry: Entry) -> bool:
        if entry.replayed or entry.message_id.startswith(TEST_MESSAGE_PREFIX):
            return False
        known = digest(entry.environment, entry.message_id)
        is_known = known in self._seen
        self._seen.add(known)
        return is_known


def _names(automation: Automation) -> tuple[bytes, ...] | None:
    """How the events that may start it are written; None if that does not tell."""
    names = [one.name for one in automation.triggers if one.type in _NAMED]
    if any(name is None or not name.isascii() for name in names):
        return None
    return tuple(json.encode(name)[1:-1] for name in names if name is not None)
