"""Takes everything away from an id that was merged into another, as one event for that other, in the step's transaction.

It reads what the step has written, so it runs after `save`: whatever happened to the old id before goes along.
"""

from msgspec import json
from msgspec.structs import replace

from posthorn.audiences import store as audience_store
from posthorn.automations import batching
from posthorn.automations import runs as run_store
from posthorn.automations import store as automation_store
from posthorn.engine.decision import Decision, Handing
from posthorn.engine.inheriting import Handed, WaitingMessage
from posthorn.engine.merging import TIMERS_THAT_STAY
from posthorn.engine.own_events import engine_entry
from posthorn.events.model import Entry
from posthorn.identities.model import HANDED
from posthorn.ids import digest
from posthorn.lists import subscriptions
from posthorn.messages import store as message_store
from posthorn.preferences import store as preference_store
from posthorn.profiles import store as profile_store
from posthorn.storage.database import Transaction
from posthorn.tenants import store as tenant_store
from posthorn.timers import store as timer_store
from posthorn.timers.model import Timer


async def hand_over(tx: Transaction, partition: int, decisions: list[Decision], now: int) -> list[Entry]:
    """The events that carry the states of merged ids away; what they carry is removed here."""
    return [await _hand_over(tx, partition, one, one.handing, now) for one in decisions if one.handing is not None]


async def _hand_over(tx: Transaction, partition: int, decision: Decision, handing: Handing, now: int) -> Entry:
    environment, user_key = decision.user.environment, decision.user.user_key
    handed = await _taken(tx, partition, decision)
    message_id = f"{HANDED}-{digest(handing.cause_id, user_key, handing.into).hex()}"
    return engine_entry(environment, HANDED, handing.into, message_id, json.encode(handed), now)


async def _taken(tx: Transaction, partition: int, decision: Decision) -> Handed:
    environment, user_key = decision.user.environment, decision.user.user_key
    runs = await automation_store.active_runs(tx, partition, environment, (user_key,))
    messages = await _messages(tx, partition, environment, user_key)
    audiences = (await audience_store.load_states(tx, partition, environment, (user_key,)))[user_key]
    marks = await automation_store.load_marks(tx, partition, environment, (user_key,))
    marks = [one for one in marks if one.kind != batching.KIND]
    handed = Handed(
        previous_id=user_key,
        merged_ids=decision.user.identity.merged_ids,
        profile=await profile_store.profile(tx, partition, environment, user_key),
        memberships=tuple(await tenant_store.load_memberships(tx, partition, environment, (user_key,))),
        subscriptions=tuple(await subscriptions.subscriptions_of(tx, partition, environment, user_key)),
        preferences=tuple(await preference_store.load_preferences(tx, partition, environment, (user_key,))),
        standings=tuple(audiences.standings.values()),
        times=dict(audiences.times),
        marks=tuple(marks),
        runs=tuple(runs),
        steps=tuple([step for run in runs for step in await run_store.steps_of_run(tx, partition, run.run_id)]),
        messages=messages,
        timers=await _timers(tx, partition, decision, {one.message.message_id for one in messages}),
    )
    await profile_store.delete_profile(tx, partition, environment, user_key)
    await tenant_store.erase_user(tx, partition, environment, user_key)
    await subscriptions.erase_user(tx, partition, environment, user_key)
    await preference_store.erase_user(tx, partition, environment, user_key)
    await audience_store.erase_user(tx, partition, environment, user_key)
    await automation_store.save_marks(tx, partition, environment, [replace(one, body=None) for one in marks])
    await run_store.remove_runs(tx, partition, [run.run_id for run in runs])
    await message_store.remove(tx, partition, tuple(one.message.message_id for one in messages))
    await timer_store.drop_timers(tx, partition, [timer.timer_id for timer in handed.timers])
    return handed


async def _messages(tx: Transaction, partition: int, environment: str, user_key: str) -> tuple[WaitingMessage, ...]:
    """Those that have not gone out. What has been sent stays under the id it was sent to, with its history."""
    found = await message_store.waiting_messages(tx, partition, environment, user_key)
    contents = await message_store.load_contents(tx, partition, tuple(one.message_id for one in found))
    by_id = {one.message_id: one for one in contents}
    return tuple(
        [
            WaitingMessage(
                message=one,
                contents=by_id.get(one.message_id),
                history=tuple(await message_store.history(tx, partition, one.message_id)),
            )
            for one in found
        ]
    )


async def _timers(tx: Transaction, partition: int, decision: Decision, moved: set[str]) -> tuple[Timer, ...]:
    found = await timer_store.timers_of(tx, partition, decision.user.environment, decision.user.user_key)
    return tuple(timer for timer in found if timer.kind not in TIMERS_THAT_STAY or timer.subject_id in moved)
