"""The processor: one step of a partition is one transaction.

1. lock the cursor, or leave: another worker has it; 2. read the next blocks and the timers that are due, drop what was seen
before; 3. load the states they touch; 4. decide each, in order, on values; 5. write everything, move the cursor, commit.
"""

import traceback
from contextlib import suppress
from functools import partial

import structlog
from anyio.lowlevel import checkpoint
from msgspec import Struct
from msgspec.structs import replace

from posthorn.engine.audiences import concerns_audiences
from posthorn.engine.config import Config, ConfigCache
from posthorn.engine.decide import decide
from posthorn.engine.decision import Decision
from posthorn.engine.erasure import FORGETS, clean_log, erase_users, suppress_users
from posthorn.engine.merging import at_home, passed_on
from posthorn.engine.parking import Parked, park, parked, parked_keys
from posthorn.engine.poison import Poison, Trial, TrialEnded, culprit, in_order
from posthorn.engine.save import append_caused, save
from posthorn.engine.state import Needs, UserState, load_states
from posthorn.engine.work import EVENTS_MAX, Item, Work, gather
from posthorn.events.catalogue import sightings
from posthorn.events.sampling import Sampler
from posthorn.events.schema import schemas
from posthorn.events.schema_store import add_schemas
from posthorn.events.store import add_sightings
from posthorn.failpoints import failpoint
from posthorn.log import store as log_store
from posthorn.log.model import EventOutcome, Position, encode_outcomes
from posthorn.log.seen import note
from posthorn.log.store import Outcome
from posthorn.profiles.change_store import save_changes
from posthorn.profiles.changes import ProfileChange, change_of
from posthorn.profiles.model import Profile
from posthorn.storage.database import Database, Transaction
from posthorn.storage.faults import is_about_data
from posthorn.timers import store as timer_store

EVENTS_AT_A_STRETCH = 50
"""How many events are decided before requests that have arrived get their turn."""

_log = structlog.get_logger()


class Stepped(Struct, frozen=True, kw_only=True):
    """What a step did. event_count: events decided, duplicates and parked ones included. up_to: the last block that is done.

    has_more: another step would find work. caused: where the events lie that it appended. command_count: for the dispatcher.
    job_count: for the backfill.
    statuses: that messages reached. next_due_at: of the next timer, None without any. is_leader: False if another worker
    has it.
    """

    event_count: int = 0
    duplicate_count: int = 0
    parked_count: int = 0
    up_to: Position | None = None
    has_more: bool = False
    caused: tuple[Position, ...] = ()
    command_count: int = 0
    job_count: int = 0
    statuses: tuple[str, ...] = ()
    next_due_at: int | None = None
    is_leader: bool = True
    changes_config: bool = False


class _Batch(Struct, kw_only=True):
    """What the items of one step came to. seen: hashes met so far; shut: users with something set aside."""

    partition: int
    seen: set[str]
    shut: set[tuple[str, str]]
    poison: Poison
    decisions: list[Decision] = []
    parked: list[Parked] = []
    outcomes: dict[tuple[int, int], EventOutcome] = {}
    changes: list[ProfileChange] = []
    duplicate_count: int = 0


class Processor:
    """Steps through the log of one database."""

    def __init__(self, database: Database, config: ConfigCache) -> None:
        self._database = database
        self._config = config
        self._sampler = Sampler()

    async def waiting(self) -> set[int]:
        """The partitions in which something waits to be processed, or is due."""
        async with self._database.snapshot() as tx:
            now = await tx.now_ms()
            return {*await log_store.partitions_behind(tx), *await timer_store.partitions_due(tx, now)}

    async def step(self, partition: int, most: int = EVENTS_MAX) -> Stepped:
        """Processes the next blocks, about `most` events, and due timers of a partition, all or nothing.

        What cannot be written is set aside like what cannot be decided: one event never stops its partition.
        """
        poison: Poison = {}
        while True:
            try:
                return await self._step(partition, poison, most)
            except Exception as error:
                if not is_about_data(error):
                    raise
                found = await culprit(partial(self._try, partition, poison, most))
                if found is None:
                    raise
                _log.exception("event_parked", event_id=found)
                poison[found] = _told(error)

    async def _step(self, partition: int, poison: Poison, most: int) -> Stepped:
        async with self._database.transaction() as tx:
            cursor = await log_store.lock_cursor(tx, partition)
            if cursor is None:
                return Stepped(is_leader=False)
            now = await tx.now_ms()
            work = await gather(tx, partition, cursor.block_offset, now, most)
            stepped = await self._process(tx, partition, work, poison, now) if work.items else Stepped(has_more=work.has_more)
            next_due_at = await timer_store.next_due_at(tx, partition)
            if stepped.event_count:
                failpoint("step")
        if stepped.event_count:
            failpoint("step-committed")
        if stepped.changes_config:
            await self._config.refresh(self._database)
        return replace(stepped, next_due_at=next_due_at)

    async def _try(self, partition: int, poison: Poison, most: int, count: int | None) -> Trial:
        """Writes the first items of a step and takes it all back."""
        trial = Trial()
        with suppress(TrialEnded):
            async with self._database.transaction() as tx:
                cursor = await log_store.lock_cursor(tx, partition)
                if cursor is not None:
                    now = await tx.now_ms()
                    work = await gather(tx, partition, cursor.block_offset, now, most)
                    identifiers = tuple(item.event.id for item in work.items)
                    is_written = await self._is_writable(tx, partition, work.items[:count], poison, now)
                    trial = Trial(identifiers=identifiers, is_written=is_written)
                raise TrialEnded
        return trial

    async def _is_writable(self, tx: Transaction, partition: int, items: list[Item], poison: Poison, now: int) -> bool:
        try:
            await self._write(tx, partition, items, poison, now)
        except Exception as error:
            if not is_about_data(error):
                raise
            return False
        return True

    async def _process(self, tx: Transaction, partition: int, work: Work, poison: Poison, now: int) -> Stepped:
        batch, caused = await self._write(tx, partition, work.items, poison, now)
        up_to = await _finish(tx, partition, work, batch, now)
        return Stepped(
            event_count=len(work.items),
            duplicate_count=batch.duplicate_count,
            parked_count=len(batch.parked),
            up_to=up_to,
            has_more=work.has_more or bool(caused),
            caused=tuple(caused),
            command_count=sum(len(one.commands) for one in batch.decisions),
            job_count=sum(len(one.jobs) for one in batch.decisions),
            statuses=tuple(status for one in batch.decisions for status in one.statuses),
            changes_config=any(one.suppresses for one in batch.decisions),
        )

    async def _write(
        self, tx: Transaction, partition: int, items: list[Item], poison: Poison, now: int
    ) -> tuple[_Batch, list[Position]]:
        config = await self._config.current(tx)
        known = await note(tx, partition, tuple({item.hash for item in items if item.hash is not None}), now)
        shut = await parked_keys(tx, partition)
        ordered = [item.event for item in in_order(items, poison, shut)]
        before = await load_states(tx, partition, ordered, _needs(config))
        after = dict(before)
        batch = _Batch(partition=partition, seen=set(known), shut=shut, poison=poison)
        await _decide_all(batch, items, after, config, now)
        erased = [one.user for one in batch.decisions if one.erases]
        await erase_users(tx, partition, erased)
        leaving = [one.user for one in batch.decisions if one.erases or one.cleans_log]
        await clean_log(tx, self._database.partition_count, leaving, now)
        await suppress_users(tx, partition, [one.user for one in batch.decisions if one.suppresses], now)
        before = {**before, **{(user.environment, user.user_key): user for user in erased}}
        await save(tx, partition, before, after, batch.decisions, now)
        await save_changes(tx, partition, batch.changes)
        await park(tx, batch.parked)
        fresh = [item.event for item in items if _is_fresh(item, batch)]
        await add_sightings(tx, partition, sightings(fresh))
        await add_schemas(tx, partition, schemas(self._sampler.sample(fresh, now)))
        caused = await append_caused(tx, partition, batch.decisions, partition_count=self._database.partition_count, now=now)
        return batch, caused


def _needs(config: Config) -> Needs:
    concerns = partial(concerns_audiences, config=config)
    limited = {name for name, one in config.messages.items() if one.settings.send_limit is not None}
    marked = config.library.remembering | limited
    return Needs(choosing=config.topics, marked=marked, concerns_audiences=concerns)


async def _decide_all(
    batch: _Batch, items: list[Item], states: dict[tuple[str, str], UserState], config: Config, now: int
) -> None:
    for number, item in enumerate(items):
        if number % EVENTS_AT_A_STRETCH == EVENTS_AT_A_STRETCH - 1:
            await checkpoint()
        own_hash = item.hash
        if own_hash is not None and own_hash in batch.seen:
            batch.duplicate_count += 1
            _note_outcome(batch, item, EventOutcome(is_duplicate=True))
            continue
        if own_hash is not None:
            batch.seen.add(own_hash)
        error = _obstacle(batch, item) or _decide(item, states, batch, config, now)
        if error is not None:
            batch.shut.add(item.key)
            _park(batch, item, error, now)


def _obstacle(batch: _Batch, item: Item) -> str | None:
    if item.key in batch.shut and item.event.type not in FORGETS:
        return "An earlier event of this user was set aside."
    return batch.poison.get(item.event.id)


def _decide(item: Item, states: dict[tuple[str, str], UserState], batch: _Batch, config: Config, now: int) -> str | None:
    """Decides one item; the error if that is not possible."""
    if item.key in config.suppressed:
        _note_outcome(batch, item, EventOutcome(facts=()))
        return None
    try:
        user = at_home(states[item.key], item.entry)
        decision = passed_on(user, item.entry, item.event) or decide(user, item.event, config, now)
    except Exception as error:  # noqa: BLE001 - the worker's outer loop: a poison event must not stop its partition
        _log.exception("event_parked", event_id=item.event.id, message_id=item.entry.message_id, user_key=item.entry.user_key)
        return _told(error)
    _note_change(batch, item, states[item.key].profile, decision)
    states[item.key] = decision.user
    batch.decisions.append(decision)
    _note_outcome(batch, item, EventOutcome(facts=decision.facts))
    return None


def _note_change(batch: _Batch, item: Item, before: Profile | None, decision: Decision) -> None:
    if decision.erases:
        batch.shut.discard(item.key)
        batch.parked = [one for one in batch.parked if (one.environment, one.user_key) != item.key]
        batch.changes = [one for one in batch.changes if (one.environment, one.user_key) != item.key]
    elif change := change_of(before, decision.user.profile, item.event):
        batch.changes.append(change)


def _park(batch: _Batch, item: Item, error: str, now: int) -> None:
    batch.parked.append(parked(batch.partition, item.event.id, item.entry, error, now=now, ordinal=len(batch.parked)))
    _note_outcome(batch, item, EventOutcome(is_parked=True))


def _told(error: Exception) -> str:
    return "".join(traceback.format_exception(error)[-3:])


def _note_outcome(batch: _Batch, item: Item, outcome: EventOutcome) -> None:
    if item.block is not None:
        batch.outcomes[item.block.block_offset, item.index] = outcome


def _is_fresh(item: Item, batch: _Batch) -> bool:
    """Whether it is to be counted as received: it came from outside, for the first time, and not from another id."""
    if item.block is None or item.entry.passed_on:
        return False
    return not batch.outcomes[item.block.block_offset, item.index].is_duplicate


async def _finish(tx: Transaction, partition: int, work: Work, batch: _Batch, now: int) -> Position | None:
    await timer_store.delete_timers(tx, partition, [timer.timer_id for item in work.items if (timer := item.timer)], now)
    outcomes = [
        Outcome(
            partition=partition,
            block_offset=block.block_offset,
            processed_at=now,
            body=encode_outcomes([batch.outcomes[block.block_offset, index] for index in range(block.event_count)]),
        )
        for block in work.blocks
    ]
    await log_store.insert_outcomes(tx, outcomes)
    if not work.blocks:
        return None
    last = work.blocks[-1].block_offset
    await log_store.move_cursor(tx, partition, last, sum(block.event_count for block in work.blocks))
    return Position(partition=partition, block_offset=last)
