"""What is known of the users that a step touches: loaded in a few queries, decided on as values, written set by set."""

from collections.abc import Callable, Container, Iterable, Mapping
from typing import Any

import msgspec
from msgspec import Struct

from posthorn.audiences import store as audience_store
from posthorn.audiences.model import State as AudienceState
from posthorn.automations import store as automation_store
from posthorn.automations.model import Run
from posthorn.engine.tenant_views import guest_view, load_tenants, member_view, named_tenants
from posthorn.events.model import Event
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

    tenants: the organisations he belongs to, those that requests name, and the ancestors of both, by id.
    preferences: what he chose; loaded only if the step may send him something or change one.
    audiences: how he stands to them; None if no event of this step seemed to concern them.
    """

    environment: str
    user_key: str
    profile: Profile | None = None
    memberships: tuple[Membership, ...] = ()
    runs: tuple[Run, ...] = ()
    messages: dict[str, Message] = {}
    contents: dict[str, Contents] = {}
    tenants: Mapping[str, Tenant] = {}
    preferences: tuple[Preference, ...] = ()
    audiences: AudienceState | None = None

    def known(self, tenant_id: str) -> Known:
        """What a message to this user may build on. tenant_id: what the request names, "" for nothing."""
        views = tuple(member_view(membership, self.tenants) for membership in self.memberships)
        if tenant_id in self.tenants and tenant_id not in {one.tenant_id for one in views}:
            views = (*views, guest_view(tenant_id, self.tenants))
        profile = self.profile.profile if self.profile else {}
        return Known(profile=profile, memberships=views, preferences=self.preferences)


class _About(Struct, frozen=True, kw_only=True):
    """The message that one of our own events speaks of, if any."""

    message_id: str = ""


_about = msgspec.json.Decoder(_About).decode


async def load_states(
    tx: Transaction,
    partition: int,
    events: Iterable[Event],
    choosing: Container[str],
    concerns_audiences: Callable[[Event], bool],
) -> dict[tuple[str, str], UserState]:
    """The states of the users these events concern, by (environment, user key). choosing: environments with topics."""
    by_environment: dict[str, list[Event]] = {}
    for event in events:
        by_environment.setdefault(event.environment, []).append(event)
    states: dict[tuple[str, str], UserState] = {}
    for environment, some in by_environment.items():
        concerned = tuple({event.user_key for event in some if concerns_audiences(event)})
        for state in await _load(tx, partition, environment, some, environment in choosing, concerned):
            states[environment, state.user_key] = state
    return states


async def _load(
    tx: Transaction, partition: int, environment: str, events: list[Event], has_topics: bool, concerned: tuple[str, ...]
) -> list[UserState]:
    keys = tuple({event.user_key for event in events})
    profiles = {one.user_key: one for one in await profile_store.load_profiles(tx, partition, environment, keys)}
    memberships = _grouped(await tenant_store.load_memberships(tx, partition, environment, keys))
    runs = _grouped(await automation_store.active_runs(tx, partition, environment, keys))
    messages = _grouped(await message_store.load_messages(tx, partition, _message_ids(events)))
    contents = {one.message_id: one for one in await message_store.load_contents(tx, partition, _content_ids(events))}
    choosers = tuple({event.user_key for event in events if event.type not in RECEIPT_TYPES}) if has_topics else ()
    preferences = _grouped(await preference_store.load_preferences(tx, partition, environment, choosers)) if choosers else {}
    audiences = await audience_store.load_states(tx, partition, environment, concerned) if concerned else {}
    own = {one.tenant_id for some in memberships.values() for one in some}
    tenants = await load_tenants(tx, environment, own | named_tenants(events, contents.values()))
    return [
        UserState(
            environment=environment,
            user_key=key,
            profile=profiles.get(key),
            memberships=tuple(memberships.get(key, ())),
            runs=tuple(runs.get(key, ())),
            messages={one.message_id: one for one in messages.get(key, ())},
            contents={one.message_id: contents[one.message_id] for one in messages.get(key, ()) if one.message_id in contents},
            tenants=tenants,
            preferences=tuple(preferences.get(key, ())),
            audiences=audiences.get(key),
        )
        for key in keys
    ]


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
