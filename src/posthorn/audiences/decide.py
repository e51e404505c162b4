"""Who enters and who leaves an audience. Pure: the same arguments give the same outcome."""

from collections.abc import Mapping
from typing import Any

import msgspec
from msgspec import Struct
from msgspec.structs import replace

from posthorn.audiences.index import AudienceIndex, Compiled
from posthorn.audiences.model import (
    EVALUATION_REQUESTED,
    TIMER_KIND,
    EvaluationRequested,
    Outcome,
    Seen,
    Standing,
    State,
    Transition,
)
from posthorn.audiences.occurrences import Occurrence, latest, occurrence
from posthorn.audiences.rule import Subject
from posthorn.events.model import Event
from posthorn.ids import digest
from posthorn.timers.model import DUE, Timer

_encode = msgspec.json.Encoder().encode
_requested = msgspec.json.Decoder(EvaluationRequested).decode

NOTHING = Outcome()


class Evaluation(Struct, frozen=True, kw_only=True):
    """What looking at one audience came to: each None if there is nothing of it."""

    standing: Standing | None = None
    timer: Timer | None = None
    transition: Transition | None = None


class Change(Struct, frozen=True, kw_only=True):
    """A user before and after an event."""

    user_key: str
    before: Seen
    after: Seen
    now: int

    def subject(self, seen: Seen, times: Mapping[str, tuple[Occurrence, ...]]) -> Subject:
        """The user as a rule is asked about him."""
        return Subject(profile=seen.profile or {}, tenant_ids=seen.tenant_ids, times=times, now=self.now)


def decide(event: Event, state: State, change: Change, index: AudienceIndex) -> Outcome:
    """Evaluates the audiences that look at what the event has changed, and notes when it happened if they watch it."""
    times = state.times
    is_watched = event.type == "track" and event.name in index.events
    if is_watched:
        known = times.get(event.name, ())
        times = {**times, event.name: latest(known, [occurrence(event)], index.events[event.name])}
    touched = _touched(event, change, index, is_watched=is_watched)
    if not touched and not is_watched:
        return NOTHING
    after, before = change.subject(change.after, times), change.subject(change.before, state.times)
    found = [
        evaluate(one, state.standings.get(one.audience.audience_id), change.user_key, after, before)
        for one in touched
        if not _stays_out(one, state, after)
    ]
    return Outcome(
        standings=tuple(one.standing for one in found if one.standing is not None),
        times={event.name: times[event.name]} if is_watched else {},
        timers=tuple(one.timer for one in found if one.timer is not None),
        transitions=tuple(one.transition for one in found if one.transition is not None),
    )


def evaluate(one: Compiled, old: Standing | None, user_key: str, after: Subject, before: Subject | None) -> Evaluation:
    """How a user stands to an audience now. before: as he was before the event; None where everybody is evaluated."""
    audience, rule = one.audience, one.rule
    was_member = old is not None and old.is_member and old.version >= audience.since_version
    is_member = rule is not None and rule.holds(after)
    if not is_member and not was_member:
        return Evaluation(timer=_timer(one, user_key, after))
    if is_member == was_member and old is not None:
        return Evaluation(standing=_refreshed(old, one, after), timer=_timer(one, user_key, after))
    standing = Standing(
        user_key=user_key,
        audience_id=audience.audience_id,
        version=audience.version,
        is_member=is_member,
        changed_at=after.now,
        number=max(after.now, old.number + 1 if old is not None else 0),
        reason=rule.reason(after, holds=is_member) if rule is not None else "There is no rule.",
    )
    transition = Transition(audience=audience, standing=standing, is_first=_is_first(one, old, is_member, before))
    return Evaluation(standing=standing, timer=_timer(one, user_key, after), transition=transition)


def erased(state: State, index: AudienceIndex, now: int) -> tuple[Transition, ...]:
    """What a user leaves who is deleted."""
    return tuple(
        Transition(
            audience=one.audience,
            standing=replace(
                standing,
                is_member=False,
                changed_at=now,
                number=max(now, standing.number + 1),
                reason="The profile was deleted.",
            ),
        )
        for standing in state.standings.values()
        if standing.is_member and (one := index.by_id.get(standing.audience_id)) is not None
        if standing.version >= one.audience.since_version
    )


def changed_keys(before: Mapping[str, Any], after: Mapping[str, Any]) -> tuple[str, ...]:
    """The top-level keys that two profiles do not have alike."""
    gone = (key for key in before if key not in after)
    return (*gone, *(key for key, value in after.items() if key not in before or not _is_same(before[key], value)))


def _is_same(old: Any, new: Any) -> bool:
    """Whether no rule can tell them apart: to Python 1 and True are equal, also deep inside."""
    if old is new:
        return True
    if type(old) is not type(new) or old != new:
        return False
    return not isinstance(old, (dict, list)) or _encode(old) == _encode(new)


def _touched(event: Event, change: Change, index: AudienceIndex, *, is_watched: bool) -> list[Compiled]:
    before, after = change.before, change.after
    name = event.name if is_watched else ""
    if event.type == DUE:
        found = index.by_id.get(str(event.fields.get("subject_id"))) if event.name == TIMER_KIND else None
        return [found] if found is not None else []
    if event.type == EVALUATION_REQUESTED:
        asked = _requested(event.body)
        return index.all() if asked.is_everything else index.reading(asked.keys)
    if before.profile is None and after.profile is not None:
        return index.all()
    joined_or_left = before.tenant_ids != after.tenant_ids
    if before.profile is after.profile:
        return index.reading((), tenants=joined_or_left, event=name) if name or joined_or_left else []
    return index.reading(changed_keys(before.profile or {}, after.profile or {}), tenants=joined_or_left, event=name)


def _stays_out(one: Compiled, state: State, after: Subject) -> bool:
    """Whether there is nothing to do, which is so of most audiences and most users, and so comes first."""
    rule = one.rule
    if rule is None or rule.events or one.audience.audience_id in state.standings:
        return False
    return not rule.holds(after)


def _is_first(one: Compiled, old: Standing | None, is_member: bool, before: Subject | None) -> bool:
    """Whether the user would have moved without the event, only because nobody had looked at him by this version yet."""
    audience = one.audience
    if before is None:
        return True
    if not audience.is_settling or (old is not None and old.version == audience.version):
        return False
    return (one.rule is not None and one.rule.holds(before)) == is_member


def _refreshed(old: Standing, one: Compiled, after: Subject) -> Standing | None:
    """A member stays one; his reason may be another. None if nothing is."""
    rule, version = one.rule, one.audience.version
    is_same = old.version == version
    if rule is None or (is_same and not rule.has_choice):
        return None
    reason = rule.reason(after, holds=True)
    return None if is_same and reason == old.reason else replace(old, version=version, reason=reason)


def _timer(one: Compiled, user_key: str, subject: Subject) -> Timer | None:
    due_at = one.rule.flips_at(subject) if one.rule is not None and one.rule.events else None
    if due_at is None:
        return None
    audience = one.audience
    return Timer(
        timer_id="aud-" + digest(audience.environment, user_key, audience.audience_id).hex(),
        due_at=due_at,
        environment=audience.environment,
        user_key=user_key,
        kind=TIMER_KIND,
        subject_id=audience.audience_id,
    )
