"""Writes what a step has decided, set by set, in the step's transaction."""

from collections.abc import Callable, Iterable, Mapping
from typing import TypeVar

from msgspec import json
from msgspec.structs import replace

from posthorn.audiences import store as audience_store
from posthorn.audiences.model import Standing
from posthorn.audiences.store import Times
from posthorn.automations import store as automation_store
from posthorn.automations.model import RUN_CANCEL_REQUESTED, Run, RunCancelRequested, TokenCancel
from posthorn.engine.decision import Decision
from posthorn.engine.hand_over import hand_over
from posthorn.engine.own_events import engine_entry
from posthorn.engine.state import UserState
from posthorn.events.model import Entry
from posthorn.identities import store as identity_store
from posthorn.ids import digest
from posthorn.jobs import store as job_store
from posthorn.lists.audiences import note_engage_audiences
from posthorn.lists.subscriptions import inherit_subscriptions, save_subscriptions
from posthorn.log.append import append
from posthorn.log.model import Position
from posthorn.messages import store as message_store
from posthorn.outbox import store as outbox
from posthorn.preferences import store as preference_store
from posthorn.preferences.model import Preference
from posthorn.profiles import store as profile_store
from posthorn.storage.database import Transaction
from posthorn.tenants import store as tenant_store
from posthorn.tenants.decide import merged
from posthorn.tenants.model import TenantNoted
from posthorn.timers import store as timer_store

Key = tuple[str, str]
_Value = TypeVar("_Value")


async def save(
    tx: Transaction,
    partition: int,
    before: Mapping[Key, UserState],
    after: Mapping[Key, UserState],
    decisions: list[Decision],
    now: int,
) -> None:
    """Profiles, memberships, lists, audiences, tenants; runs and messages with their lines; timers and commands."""
    await _save_users(tx, partition, before, after)
    await _save_tenants(tx, [one.noted for one in decisions if one.noted is not None], now)
    await _save_subscriptions(tx, partition, decisions, now)
    await _save_audiences(tx, partition, [one for one in decisions if one.audiences is not None], now)
    await note_engage_audiences(tx, [one.audience for one in decisions if one.audience is not None])
    await automation_store.save_runs(tx, partition, _latest(decisions, lambda one: one.runs, lambda run: run.run_id))
    await _save_marks(tx, partition, decisions)
    await automation_store.save_steps(tx, partition, [step for one in decisions for step in one.steps])
    await message_store.save_outcomes(tx, partition, [each for one in decisions for each in one.messages])
    await timer_store.set_timers(tx, partition, [timer for one in decisions for timer in one.timers])
    await outbox.put(tx, partition, [command for one in decisions for command in one.commands], now)
    for job in [job for one in decisions for job in one.jobs]:
        await job_store.add(tx, job)


async def append_caused(
    tx: Transaction, partition: int, decisions: list[Decision], *, partition_count: int, now: int
) -> list[Position]:
    """Appends the events that decisions cause for other users; where they lie. Runs after `save`, whose rows it looks at."""
    entries = [entry for one in decisions for entry in one.entries]
    entries += await hand_over(tx, partition, decisions, now)
    for decision in decisions:
        for cancel in decision.token_cancels:
            runs = await automation_store.runs_with_token(tx, decision.user.environment, cancel.token)
            entries += [_cancel_entry(run, cancel, now) for run in runs if run.user_key != decision.user.user_key]
    return await append(tx, entries, partition_count=partition_count, now=now) if entries else []


def _cancel_entry(run: Run, cancel: TokenCancel, now: int) -> Entry:
    payload = RunCancelRequested(run_id=run.run_id, requested_at=cancel.requested_at, except_run_id=cancel.run_id)
    message_id = f"{RUN_CANCEL_REQUESTED}-{digest(run.run_id, cancel.run_id).hex()}"
    return engine_entry(run.environment, RUN_CANCEL_REQUESTED, run.user_key, message_id, json.encode(payload), now)


async def _save_users(tx: Transaction, partition: int, before: Mapping[Key, UserState], after: Mapping[Key, UserState]) -> None:
    for environment in {environment for environment, _ in after}:
        changed = [(before[key], after[key]) for key in after if key[0] == environment and after[key] is not before[key]]
        profiles = [new.profile for old, new in changed if new.profile is not None and new.profile is not old.profile]
        identities = [replace(new.identity, user_key=new.user_key) for old, new in changed if new.identity is not old.identity]
        await identity_store.save_identities(tx, partition, environment, identities)
        await profile_store.save_profiles(tx, partition, environment, profiles)
        joined = [one for old, new in changed for one in new.memberships if one not in old.memberships]
        left = [
            (one.user_key, one.tenant_id)
            for old, new in changed
            for one in old.memberships
            if one.tenant_id not in {each.tenant_id for each in new.memberships}
        ]
        await tenant_store.save_memberships(tx, partition, environment, joined, left)
        rechosen = [(old, new) for old, new in changed if new.preferences is not old.preferences]
        await _save_preferences(tx, partition, environment, rechosen)


async def _save_preferences(
    tx: Transaction, partition: int, environment: str, changed: list[tuple[UserState, UserState]]
) -> None:
    chosen: list[Preference] = []
    forgotten: list[Preference] = []
    for old, new in changed:
        before = {(one.tenant_id, one.topic_id): one for one in old.preferences}
        after = {(one.tenant_id, one.topic_id): one for one in new.preferences}
        chosen += [one for place, one in after.items() if one != before.get(place)]
        forgotten += [one for place, one in before.items() if place not in after]
    await preference_store.save_preferences(tx, partition, environment, chosen, forgotten)


async def _save_marks(tx: Transaction, partition: int, decisions: list[Decision]) -> None:
    changed = {(one.user.environment, mark.user_key, mark.kind, mark.name): mark for one in decisions for mark in one.marks}
    for environment in sorted({environment for environment, _, _, _ in changed}):
        some = [mark for (its, _, _, _), mark in changed.items() if its == environment]
        await automation_store.save_marks(tx, partition, environment, some)


async def _save_subscriptions(tx: Transaction, partition: int, decisions: list[Decision], now: int) -> None:
    changed = [(one.user.environment, one.subscription) for one in decisions if one.subscription is not None]
    for environment in sorted({environment for environment, _ in changed}):
        await save_subscriptions(tx, partition, environment, [one for its, one in changed if its == environment], now)
    for one in [one for one in decisions if one.inherited]:
        await inherit_subscriptions(tx, partition, one.user.environment, one.inherited)


async def _save_audiences(tx: Transaction, partition: int, decisions: list[Decision], now: int) -> None:
    for environment in sorted({one.user.environment for one in decisions}):
        standings: dict[Key, Standing] = {}
        times: dict[Key, Times] = {}
        for one in decisions:
            if one.audiences is None or one.user.environment != environment:
                continue
            user_key = one.user.user_key
            standings |= {(user_key, each.audience_id): each for each in one.audiences.standings}
            for event, moments in one.audiences.times.items():
                times[user_key, event] = Times(user_key=user_key, event=event, times=moments)
        await audience_store.save_standings(tx, partition, environment, list(standings.values()))
        await audience_store.save_times(tx, partition, environment, list(times.values()), now)


async def _save_tenants(tx: Transaction, noted: list[TenantNoted], now: int) -> None:
    for environment in {one.environment for one in noted}:
        some = [one for one in noted if one.environment == environment]
        known = await tenant_store.load_tenants(tx, environment, tuple({one.tenant_id for one in some}))
        tenants = {one.tenant_id: one for one in known}
        for one in some:
            tenants[one.tenant_id] = merged(tenants.get(one.tenant_id), one, now)
        await tenant_store.save_tenants(tx, list(tenants.values()))


def _latest(
    decisions: list[Decision], rows: Callable[[Decision], Iterable[_Value]], key: Callable[[_Value], str]
) -> list[_Value]:
    """Each row once, as the last decision that touched it left it."""
    return list({key(row): row for decision in decisions for row in rows(decision)}.values())
