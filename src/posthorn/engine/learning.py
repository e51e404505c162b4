"""What an event tells of its user: profile, memberships, lists. Pure."""

import msgspec
from msgspec import Struct
from msgspec.structs import replace

from posthorn.automations.merging import merged
from posthorn.automations.model import ProfileUpdate
from posthorn.engine.config import Config
from posthorn.engine.own_events import PROFILE_UPDATE_REQUESTED
from posthorn.engine.state import UserState
from posthorn.engine.view import may_write_contacts, new_audience
from posthorn.events.model import Event, Fact
from posthorn.lists import decide as lists
from posthorn.lists.engage import AudienceSeen
from posthorn.lists.model import Subscription
from posthorn.profiles import decide as profiles
from posthorn.profiles.model import Profile
from posthorn.tenants import decide as tenants
from posthorn.tenants.model import TenantNoted

_update = msgspec.json.Decoder(ProfileUpdate).decode


class Learned(Struct, frozen=True, kw_only=True):
    """The user with what is new of him, and what else the event says: of a tenant, a list, an Engage audience."""

    user: UserState
    facts: tuple[Fact, ...]
    noted: TenantNoted | None
    subscription: Subscription | None
    audience: AudienceSeen | None


def learn(user: UserState, event: Event, config: Config) -> Learned:
    """What the event tells. Order: 1. profile, 2. memberships, 3. lists."""
    profile = profiles.decide(user.profile, event, may_write_contacts=may_write_contacts(event, config))
    if event.type == PROFILE_UPDATE_REQUESTED:
        profile = updated_profile(profile, _update(event.body), event)
    memberships, noted = tenants.decide(user.memberships, event)
    facts: list[Fact] = []
    if profile is not user.profile:
        facts.append(Fact(about="profile", verdict="updated"))
    if memberships is not user.memberships:
        facts.append(Fact(about="tenants", verdict="changed"))
    return Learned(
        user=replace(user, profile=profile, memberships=memberships) if facts else user,
        facts=tuple(facts),
        noted=noted,
        subscription=lists.decide(event),
        audience=new_audience(event, config),
    )


def updated_profile(profile: Profile | None, update: ProfileUpdate, event: Event) -> Profile:
    """The profile as a run wants it."""
    return profiles.written(profile, event, merged(update.merge, update.profile, profile.profile if profile else {}))
