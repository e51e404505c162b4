"""The jobs of audiences: evaluates everybody by a new version, and forgets the members of an audience that is gone.

A page writes standings itself, set by set, holding the cursor of its partition all the while: so no step of the processor
decides on the same users meanwhile, and one user's state still has one writer at a time. What waits in the log is decided
after it, on what the page has written.
"""

import msgspec
from msgspec import Struct
from msgspec.structs import replace

from posthorn.audiences import definitions, store
from posthorn.audiences.decide import Evaluation, evaluate
from posthorn.audiences.editing import JobBody
from posthorn.audiences.index import AudienceIndex, Compiled
from posthorn.audiences.members import member_count
from posthorn.audiences.model import Transition
from posthorn.audiences.rule import Subject
from posthorn.engine.audience_history import Wanted, read_log
from posthorn.engine.audiences import change_entry, told_of_transitions
from posthorn.engine.config import Config, ConfigCache
from posthorn.identities import store as identity_store
from posthorn.jobs.model import Job, Page
from posthorn.log import store as log_store
from posthorn.outbox import store as outbox
from posthorn.profiles import store as profile_store
from posthorn.storage.database import Transaction
from posthorn.storage.revision import touch
from posthorn.tenants import store as tenant_store
from posthorn.timers import store as timer_store
from posthorn.webhooks.commands import webhook_commands
from posthorn.webhooks.telling import audience_calculated

PAGE_USERS = 250
"""Users of a page: no step runs while it lasts, so it is short; twice as many were hardly faster."""


class Place(Struct, frozen=True, kw_only=True, array_like=True):
    """Where the next page begins: behind which user of which partition, or while the log is read, behind which block of it."""

    partition: int = 0
    user_key: str = ""
    block_offset: int = 0
    reads_log: bool = False


class _Users(Struct, frozen=True, kw_only=True):
    """Some users in the order of their keys. is_last: there are none behind them in this partition."""

    profiles: dict[str, profile_store.Traits]
    keys: tuple[str, ...]
    is_last: bool


_place = msgspec.json.Decoder(Place).decode
_encode = msgspec.json.Encoder().encode


class Evaluate:
    """Evaluates everybody by one version of an audience."""

    def __init__(self, config: ConfigCache, partition_count: int) -> None:
        self._config = config
        self._partition_count = partition_count

    async def page(self, tx: Transaction, job: Job, now: int) -> Page:
        """At most PAGE_USERS users of one partition. A version that is no longer the current one is done."""
        body = msgspec.convert(job.body, JobBody)
        config = await self._config.current(tx)
        index = config.audience_index(job.environment)
        one = index.by_id.get(body.audience_id)
        if one is None or one.audience.version != body.version:
            return Page(is_finished=True)
        place = _place(job.cursor.encode()) if job.cursor else Place(reads_log=_is_history_wanted(one, index))
        await log_store.hold_cursor(tx, place.partition)
        if place.reads_log:
            return await self._read_log(tx, one, place, config, now)
        users = await _next_users(tx, one, place)
        found = await _evaluated(tx, place.partition, one, users, now)
        transitions = tuple(each.transition for each in found if each.transition is not None)
        standings = [each.standing for each in found if each.standing is not None]
        await store.save_standings(tx, place.partition, job.environment, standings)
        await timer_store.set_timers(tx, place.partition, [each.timer for each in found if each.timer is not None])
        await _tell(tx, place.partition, transitions, config, now)
        after, is_finished = self._after(place, users)
        if is_finished:
            await _finish(tx, config, job, body, job.done_count + len(users.keys), now)
        starts = one.audience.starts_automations
        return Page(
            entries=tuple(change_entry(each, now) for each in transitions) if starts else (),
            cursor=_encode(after).decode(),
            done_count=len(users.keys),
            total=await _total(tx, job, is_finished=is_finished, count=len(users.keys)),
            is_finished=is_finished,
        )

    async def _read_log(self, tx: Transaction, one: Compiled, place: Place, config: Config, now: int) -> Page:
        environment = one.audience.environment
        counts = config.audience_index(environment).events
        events = {event: counts[event] for event in (one.rule.events if one.rule is not None else ())}
        wanted = Wanted(
            environment=environment, events=events, partition_count=self._partition_count, unknown=config.suppressed
        )
        block_offset = await read_log(tx, place.partition, place.block_offset, wanted, now)
        if block_offset is not None:
            after = replace(place, block_offset=block_offset)
        elif place.partition + 1 < self._partition_count:
            after = Place(partition=place.partition + 1, reads_log=True)
        else:
            after = Place()
        return Page(cursor=_encode(after).decode())

    def _after(self, place: Place, users: _Users) -> tuple[Place, bool]:
        if not users.is_last:
            return Place(partition=place.partition, user_key=users.keys[-1]), False
        following = Place(partition=place.partition + 1)
        return following, following.partition == self._partition_count


async def forget_page(tx: Transaction, job: Job, now: int) -> Page:
    """Deletes a page of standings to an audience that was deleted."""
    del now
    body = msgspec.convert(job.body, JobBody)
    count = await store.forget_page(tx, job.environment, body.audience_id, body.version, PAGE_USERS)
    return Page(cursor=str(job.done_count + count), done_count=count, is_finished=count < PAGE_USERS)


def _is_history_wanted(one: Compiled, index: AudienceIndex) -> bool:
    """Whether the rule asks for events that no other audience, ready by now, has had counted as often."""
    others = [other.rule for other in index.all() if other is not one and not other.audience.is_settling and other.rule]
    wanted = one.rule.events if one.rule is not None else {}
    return any(all(rule.events.get(event, 0) < count for rule in others) for event, count in wanted.items())


async def _tell(tx: Transaction, partition: int, transitions: tuple[Transition, ...], config: Config, now: int) -> None:
    if not transitions:
        return
    keys = tuple(one.standing.user_key for one in transitions)
    identities = await identity_store.load_identities(tx, partition, transitions[0].audience.environment, keys)
    known = {key for key, identity in identities.items() if identity.is_known}
    by_name = tuple(one for one in transitions if one.standing.user_key in known)
    nameless = tuple(one for one in transitions if one.standing.user_key not in known)
    commands = told_of_transitions(by_name, config, now, is_anonymous=False)
    await outbox.put(tx, partition, [*commands, *told_of_transitions(nameless, config, now, is_anonymous=True)], now)


async def _finish(tx: Transaction, config: Config, job: Job, body: JobBody, user_count: int, now: int) -> None:
    await definitions.note_evaluated(tx, job.environment, body.audience_id, body.version)
    await touch(tx)
    endpoints = config.webhooks.of(job.environment)
    if endpoints:
        count = await member_count(tx, job.environment, body.audience_id)
        notice = audience_calculated(body.audience_id, body.version, member_count=count, user_count=user_count)
        await outbox.put(tx, 0, webhook_commands(endpoints, notice, user_key="", now=now), now)


async def _next_users(tx: Transaction, one: Compiled, place: Place) -> _Users:
    """Users with a profile; those who only did something, if the rule watches events; those whom an older version had in."""
    environment, audience_id = one.audience.environment, one.audience.audience_id
    partition, after = place.partition, place.user_key
    rows = await profile_store.traits_after(tx, partition, environment, after=after, limit=PAGE_USERS)
    profiles = {row.user_key: row for row in rows}
    keys = set(profiles)
    counts = [len(rows)]
    if one.rule is not None and one.rule.events:
        doers = await store.users_with_times(tx, partition, environment, after=after, limit=PAGE_USERS)
        keys.update(doers)
        counts.append(len(doers))
    if one.audience.version > one.audience.since_version:
        members = await store.members_in(tx, partition, environment, audience_id, after=after, limit=PAGE_USERS)
        keys.update(members)
        counts.append(len(members))
    is_last = max(counts) < PAGE_USERS and len(keys) <= PAGE_USERS
    return _Users(profiles=profiles, keys=tuple(sorted(keys)[:PAGE_USERS]), is_last=is_last)


async def _evaluated(tx: Transaction, partition: int, one: Compiled, users: _Users, now: int) -> list[Evaluation]:
    environment, keys = one.audience.environment, users.keys
    standings = await store.standings_in(tx, partition, environment, one.audience.audience_id, keys)
    rule = one.rule
    times = await store.load_times(tx, partition, environment, keys) if rule is not None and rule.events else {}
    tenants = await _tenants(tx, partition, environment, keys) if rule is not None and rule.reads_tenants else {}
    found: list[Evaluation] = []
    for key in keys:
        traits = users.profiles.get(key)
        subject = Subject(
            profile=traits.profile if traits is not None else {},
            tenant_ids=tenants.get(key, frozenset()),
            times=times.get(key, {}),
            now=now,
        )
        found.append(evaluate(one, standings.get(key), key, subject, None))
    return found


async def _tenants(tx: Transaction, partition: int, environment: str, keys: tuple[str, ...]) -> dict[str, frozenset[str]]:
    grouped: dict[str, set[str]] = {}
    for one in await tenant_store.load_memberships(tx, partition, environment, keys):
        grouped.setdefault(one.user_key, set()).add(one.tenant_id)
    return {key: frozenset(tenant_ids) for key, tenant_ids in grouped.items()}


async def _total(tx: Transaction, job: Job, *, is_finished: bool, count: int) -> int | None:
    if is_finished:
        return job.done_count + count
    return None if job.total is not None else await profile_store.profile_count(tx, job.environment)
