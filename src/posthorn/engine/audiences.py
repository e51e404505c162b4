"""Audiences in a user's turn: which events concern them, and what follows when somebody enters or leaves. Pure."""

import msgspec
from msgspec import Struct
from msgspec.structs import replace

from posthorn.audiences import decide as audiences
from posthorn.audiences.decide import Change, changed_keys
from posthorn.audiences.model import (
    CHANGED,
    EVALUATION_REQUESTED,
    TIMER_KIND,
    AudienceChange,
    EvaluationRequested,
    Outcome,
    Seen,
    State,
    Transition,
)
from posthorn.automations.model import ProfileUpdate
from posthorn.destinations.facts import AudienceFacts
from posthorn.engine.config import Config
from posthorn.engine.own_events import PROFILE_UPDATE_REQUESTED, engine_entry, own_entry
from posthorn.engine.state import UserState
from posthorn.engine.way_back import told_of_audience
from posthorn.events.model import Entry, Event, Fact
from posthorn.identities.model import HANDED
from posthorn.ids import digest
from posthorn.outbox.model import Command
from posthorn.profiles.model import DELETED
from posthorn.timers.model import DUE

_changed = msgspec.json.Decoder(AudienceChange).decode
_requested = msgspec.json.Decoder(EvaluationRequested).decode
_update = msgspec.json.Decoder(ProfileUpdate).decode


class Moved(Struct, frozen=True, kw_only=True):
    """What audiences made of an event. changes: those that automations may be started by."""

    user: UserState
    outcome: Outcome
    facts: tuple[Fact, ...]
    commands: tuple[Command, ...]
    changes: tuple[AudienceChange, ...]


def concerns_audiences(event: Event, *, config: Config) -> bool:
    """Whether an event may move somebody, so that his standings have to be known; a glance, for most do not."""
    index = config.audience_index(event.environment)
    if not index:
        return False
    if event.type == "track":
        return event.name in index.events or (event.origin == "segment" and "personas" in event.context)
    if event.type == DUE:
        return event.name == TIMER_KIND
    return event.type in ("identify", "group") or event.type.startswith(("profile.", "tenant.", EVALUATION_REQUESTED, HANDED))


def evaluated(before: UserState, user: UserState, event: Event, config: Config, now: int) -> Moved | None:
    """The user with his new standings; None if nothing of his audiences has changed. before: as the event found him."""
    state = user.audiences
    index = config.audience_index(event.environment)
    if state is None or not index or event.type == HANDED:
        return None  # what is inherited is looked at in a turn of its own
    change = Change(user_key=user.user_key, before=_seen(before), after=_seen(user), now=now)
    outcome = audiences.decide(event, state, change, index)
    if outcome is audiences.NOTHING:
        return None
    standings = {**state.standings, **{one.audience_id: one for one in outcome.standings}}
    after = replace(user, audiences=State(standings=standings, times={**state.times, **outcome.times}))
    moved = outcome.transitions
    return Moved(
        user=after,
        outcome=outcome,
        facts=tuple(fact for one in moved for fact in _facts(one)),
        commands=tuple(told_of_transitions(moved, config, now, is_anonymous=_is_anonymous(user, event))),
        changes=tuple(_change(one, _chain(event)) for one in moved if may_start(one)),
    )


def may_start(transition: Transition) -> bool:
    """Whether automations may be started by it: not if only the evaluation of everybody moved the user, unless asked for."""
    return not transition.is_first or transition.audience.starts_automations


def told_of_transitions(transitions: tuple[Transition, ...], config: Config, now: int, *, is_anonymous: bool) -> list[Command]:
    """The commands that tell Segment and webhook endpoints, as far as they are set up.

    is_anonymous: nobody was called by these ids yet, so Segment knows them as anonymous ones.
    """
    return [
        command
        for one in transitions
        for command in told_of_audience(
            _told(one, is_anonymous=is_anonymous),
            config,
            one.audience.environment,
            has_matched=one.standing.is_member,
            now=now,
        )
    ]


def changes_of(event: Event, moved: Moved | None) -> tuple[AudienceChange, ...]:
    """The changes by which this event may start automations: its own, or one that a first evaluation asks for."""
    if event.type == CHANGED:
        return (_changed(event.body),)
    return moved.changes if moved is not None else ()


def change_entry(transition: Transition, now: int) -> Entry:
    """The event by which a first evaluation starts automations; the same transition gives the same messageId."""
    standing = transition.standing
    body = msgspec.json.encode(_change(transition, ()))
    message_id = f"{CHANGED}-{digest(standing.user_key, body.decode()).hex()}"
    return engine_entry(transition.audience.environment, CHANGED, standing.user_key, message_id, body, now)


def evaluation_entries(
    user: UserState, update: ProfileUpdate, after: UserState, event: Event, config: Config, now: int
) -> list[Entry]:
    """A run has changed the profile behind the audiences' back: they look at it in a turn of its own."""
    keys = changed_keys(_seen(user).profile or {}, _seen(after).profile or {})
    if not config.audience_index(event.environment).reading(keys):
        return []
    payload = EvaluationRequested(keys=keys, chain=update.chain)
    return [own_entry(EVALUATION_REQUESTED, user.user_key, payload, event, now)]


def left_by_erasure(user: UserState, event: Event, config: Config, now: int) -> tuple[Command, ...]:
    """Others are told what a user leaves whose profile was deleted (courier.md 7.3); not if Segment itself erases him."""
    if user.audiences is None or event.type != DELETED:
        return ()
    transitions = audiences.erased(user.audiences, config.audience_index(event.environment), now)
    return tuple(told_of_transitions(transitions, config, now, is_anonymous=_is_anonymous(user, event)))


def _told(transition: Transition, *, is_anonymous: bool) -> AudienceFacts:
    standing = transition.standing
    return AudienceFacts(
        audience_id=standing.audience_id,
        audience_version=standing.version,
        user_id=standing.user_key,
        anonymous_id=standing.user_key if is_anonymous else None,
        transition=standing.number,
        audience_name=transition.audience.name or None,
        reason=standing.reason,
    )


def _seen(user: UserState) -> Seen:
    return Seen(
        profile=user.profile.profile if user.profile else None,
        tenant_ids=frozenset(one.tenant_id for one in user.memberships),
    )


def _facts(transition: Transition) -> list[Fact]:
    standing = transition.standing
    about = f"audience {standing.audience_id}"
    facts = [Fact(about=about, verdict="entered" if standing.is_member else "left", reason=standing.reason)]
    if not may_start(transition):
        facts.append(Fact(about=about, verdict="first evaluation", reason="It starts no automations unless that is asked for."))
    return facts


def _change(transition: Transition, chain: tuple[str, ...]) -> AudienceChange:
    standing = transition.standing
    return AudienceChange(
        audience_id=standing.audience_id,
        version=standing.version,
        number=standing.number,
        has_entered=standing.is_member,
        chain=chain,
    )


def _chain(event: Event) -> tuple[str, ...]:
    if event.type == EVALUATION_REQUESTED:
        return _requested(event.body).chain
    return _update(event.body).chain if event.type == PROFILE_UPDATE_REQUESTED else ()


def _is_anonymous(user: UserState, event: Event) -> bool:
    return event.user_id is None and not user.identity.is_known
