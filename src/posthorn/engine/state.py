"""What is known of the users that a step touches: loaded in a few queries, decided on as values, written set by set."""

from collections.abc import Callable, Container, Iterable, Mapping
from typing import Any

import msgspec
from msgspec import Struct

from posthorn.audiences import store as audience_store
from posthorn.audiences.model import State as AudienceState
from posthorn.automations import batching, digesting
from posthorn.automations import store as automation_store
from posthorn.automations.batching import BATCH_ADDED
from posthorn.automations.digesting import DIGEST_ADDED, DIGEST_RELEASE_REQUESTED
from posthorn.automations.marks import NO_MARKS, Marks
from posthorn.automations.model import Run
from posthorn.automations.throttling import THROTTLE_ASKED
from posthorn.engine.limiting import counted_times
from posthorn.engine.tenant_views import guest_view, load_tenants, member_view, named_tenants
from posthorn.events.model import Event
from posthorn.identities import store as identity_store
from posthorn.identities.model import HANDED, Identity
from posthorn.log.model import partition_of
from posthorn.messages import store as message_store
from posthorn.messages.model import RECEIPT_TYPES, RESEND_REQUESTED, TIMER_KIND, Contents, Known, Message
from posthorn.preferences import store as preference_store
from posthorn.preferences.model import Preference
from posthorn.profiles import store as profile_store
from posthorn.profiles.model import Profile
from posthorn.storage.database import Transaction
from posthorn.tenants import store as tenant_store
from posthorn.tenants.model import Membership, Tenant
from posthorn.timers.model import DUE


class UserState(Struct, frozen=True, kw_only=True):
    """One user as the deciders see him. messages, contents: those that the events of this step speak of, by id.

    marks: what automations remember of him, if his events are about that.
    identity: which ids are his. handing_to: whom his state goes to at the end of this step.
    tenants: the organisations he belongs to, those that requests name, and the ancestors of both, by id.
    preferences: what he chose; loaded only if the step may send him something or change one.
    audiences: how he stands to them; None if no event of this step seemed to concern them.
    """

    environment: str
    user_key: str
    identity: Identity = Identity()
    handing_to: str = ""
    profile: Profile | None = None
    memberships: tuple[Membership, ...] = ()
    runs: tuple[Run, ...] = ()
    messages: dict[str, Message] = {}
    contents: dict[str, Contents] = {}
    marks: Marks = NO_MARKS
    tenants: Mapping[str, Tenant] = {}
    preferences: tuple[Preference, ...] = ()
    audiences: AudienceState | None = None

    def known(self, tenant_id: str) -> Known:
        """What a message to this user may build on. tenant_id: what the request names, "" for nothing."""
        views = tuple(member_view(membership, self.tenants) for membership in self.memberships)
        if tenant_id in self.tenants and tenant_id not in {one.tenant_id for one in views}:
            views = (*views, guest_view(tenant_id, self.tenants))
        profile = self.profile.profile if self.profile else {}
        return Known(profile=profile, memberships=views, preferences=self.preferences, sent_at=counted_times(self.marks))


_MARKED_TYPES = frozenset({THROTTLE_ASKED, BATCH_ADDED, DIGEST_ADDED, DIGEST_RELEASE_REQUESTED, HANDED})
_MARKED_TIMERS = frozenset({batching.KIND, digesting.KIND})


class _About(Struct, frozen=True, kw_only=True):
    """The message that one of our own events speaks of, if any."""

    message_id: str = ""


_NOBODY = Identity()
_about = msgspec.json.Decoder(_About).decode


class Needs(Struct, frozen=True, kw_only=True):
    """What has to be loaded. choosing: environments with topics. marked: those whose automations look at what they remember.

    concerns_audiences: whether an event may concern one.
    """

    choosing: Container[str] = ()
    marked: Container[str] = ()
    concerns_audiences: Callable[[Event], bool]


async def load_states(
    tx: Transaction, partition: int, events: Iterable[Event], needs: Needs
) -> dict[tuple[str, str], UserState]:
    """The states of the users these events concern, by (environment, user key)."""
    by_environment: dict[str, list[Event]] = {}
    for event in events:
        by_environment.setdefault(event.environment, []).append(event)
    states: dict[tuple[str, str], UserState] = {}
    for environment, some in by_environment.items():
        for state in await _load(tx, partition, environment, some, needs):
            states[environment, state.user_key] = state
    return states


async def load_user(tx: Transaction, partition_count: int, environment: str, user_key: str) -> UserState:
    """One user as he is now, without his messages and runs: what a simulation begins with."""
    partition = partition_of(environment, user_key, partition_count)
    profiles = await profile_store.load_profiles(tx, partition, environment, (user_key,))
    memberships = await tenant_store.load_memberships(tx, partition, environment, (user_key,))
    marks = await automation_store.load_marks(tx, partition, environment, (user_key,))
    preferences = await preference_store.load_preferences(tx, partition, environment, (user_key,))
    return UserState(
        environment=environment,
        user_key=user_key,
        profile=profiles[0] if profiles else None,
        memberships=tuple(memberships),
        marks={(mark.kind, mark.name): mark for mark in marks},
        tenants=await load_tenants(tx, environment, {one.tenant_id for one in memberships}),
        preferences=tuple(preferences),
    )


async def _load(tx: Transaction, partition: int, environment: str, events: list[Event], needs: Needs) -> list[UserState]:
    keys = tuple({event.user_key for event in events})
    identities = await identity_store.load_identities(tx, partition, environment, keys)
    profiles = {one.user_key: one for one in await profile_store.load_profiles(tx, partition, environment, keys)}
    memberships = _grouped(await tenant_store.load_memberships(tx, partition, environment, keys))
    runs = _grouped(await automation_store.active_runs(tx, partition, environment, keys))
    marked = keys if environment in needs.marked else tuple({event.user_key for event in events if _is_about_marks(event)})
    marks = _grouped(await automation_store.load_marks(tx, partition, environment, marked))
    messages = _grouped(await message_store.load_messages(tx, partition, _message_ids(events)))
    contents = {one.message_id: one for one in await message_store.load_contents(tx, partition, _content_ids(events))}
    has_topics = environment in needs.choosing
    choosers = tuple({event.user_key for event in events if _may_choose(event, has_topics)})
    preferences = _grouped(await preference_store.load_preferences(tx, partition, environment, choosers)) if choosers else {}
    concerned = tuple({event.user_key for event in events if needs.concerns_audiences(event)})
    audiences = await audience_store.load_states(tx, partition, environment, concerned) if concerned else {}
    own = {one.tenant_id for some in memberships.values() for one in some}
    tenants = await load_tenants(tx, environment, own | named_tenants(events, contents.values()))
    return [
        UserState(
            environment=environment,
            user_key=key,
            identity=identities.get(key, _NOBODY),
            profile=profiles.get(key),
            memberships=tuple(memberships.get(key, ())),
            runs=tuple(runs.get(key, ())),
            messages={one.message_id: one for one in messages.get(key, ())},
            contents={one.message_id: contents[one.message_id] for one in messages.get(key, ()) if one.message_id in contents},
            marks={(mark.kind, mark.name): mark for mark in marks.get(key, ())},
            tenants=tenants,
            preferences=tuple(preferences.get(key, ())),
            audiences=audiences.get(key),
        )
        for key in keys
    ]


def _is_about_marks(event: Event) -> bool:
    return event.type in _MARKED_TYPES or (event.type == DUE and event.name in _MARKED_TIMERS)


def _may_choose(event: Event, has_topics: bool) -> bool:
    """Whether it matters what the user chose: he may be sent something, change a choice, or inherit some."""
    return event.type not in RECEIPT_TYPES if has_topics else event.type == HANDED


def _grouped(rows: Iterable[Any]) -> dict[str, list[Any]]:
    groups: dict[str, list[Any]] = {}
    for row in rows:
        groups.setdefault(row.user_key, []).append(row)
    return groups


def _message_ids(events: list[Event]) -> tuple[str, ...]:
    return tuple({found for event in events if (found := message_of(event))})


def _content_ids(events: list[Event]) -> tuple[str, ...]:
    return tuple({found for event in events if event.type in (DUE, RESEND_REQUESTED) and (found := message_of(event))})


def message_of(event: Event) -> str:
    """The id of the message that an event speaks of; "" for none."""
    if event.type == DUE:
        return str(event.fields["subject_id"]) if event.name == TIMER_KIND else ""
    return _about(event.body).message_id if event.type.startswith("message.") else ""
