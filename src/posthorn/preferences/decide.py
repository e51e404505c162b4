"""What an event does to the choices of its user. Pure. Source: courier.md 8.3."""

from collections.abc import Mapping
from typing import TypeVar

import msgspec
from msgspec import Struct

from posthorn.events.model import Event, Fact
from posthorn.preferences.effective import Effective, Line, effective
from posthorn.preferences.model import Change, Preference, PreferencesChanged, StatusChanged, Topic

read_change = msgspec.json.Decoder(PreferencesChanged).decode
"""The payload of a "preferences.changed"."""

_Choices = dict[tuple[str, str], Preference]
_Value = TypeVar("_Value")


class Outcome(Struct, frozen=True, kw_only=True):
    """preferences: all choices from now on, the same tuple if none changed. changes: where he is in now or out."""

    preferences: tuple[Preference, ...]
    changes: tuple[StatusChanged, ...] = ()
    facts: tuple[Fact, ...] = ()


def decide(
    preferences: tuple[Preference, ...],
    event: Event,
    changed: PreferencesChanged,
    topics: Mapping[str, Topic],
    line: Line,
) -> Outcome:
    """The choices after a "preferences.changed". topics: of the environment, by id. line: of the tenant in whose context.

    An unknown topic changes nothing, and so does opting out of one that is required.
    """
    choices: _Choices = {(one.tenant_id, one.topic_id): one for one in preferences}
    changes: list[StatusChanged] = []
    facts: list[Fact] = []
    for change in _wanted(changed, choices, topics):
        topic = topics.get(change.topic_id)
        if topic is None:
            facts.append(Fact(about=change.topic_id, verdict="unknown", reason="There is no such topic."))
            continue
        before = effective(topic, choices.values(), changed.tenant_id, line)
        if before.status == "REQUIRED" and change.status == "OPTED_OUT":
            facts.append(Fact(about=change.topic_id, verdict="unchanged", reason="This topic is required."))
            continue
        _apply(choices, change, event, changed.tenant_id)
        after = effective(topic, choices.values(), changed.tenant_id, line)
        facts.append(Fact(about=change.topic_id, verdict=after.status, reason=f"Chosen by way of {changed.cause}."))
        if after.is_in != before.is_in:
            changes.append(_status_changed(topic, before, after, changed))
    after_all = tuple(choices.values())
    return Outcome(
        preferences=preferences if after_all == preferences else after_all, changes=tuple(changes), facts=tuple(facts)
    )


def _wanted(changed: PreferencesChanged, choices: _Choices, topics: Mapping[str, Topic]) -> list[Change]:
    """One change for each topic, the last if there are several; with `replaces` also those that are to be forgotten.

    What was chosen for archived topics is not forgotten: nobody can list them any more.
    """
    wanted = {change.topic_id: change for change in changed.changes}
    if changed.replaces:
        for tenant_id, topic_id in choices:
            topic = topics.get(topic_id)
            if tenant_id == changed.tenant_id and topic_id not in wanted and topic and topic.archived_at is None:
                wanted[topic_id] = Change(topic_id=topic_id)
    return list(wanted.values())


def _apply(choices: _Choices, change: Change, event: Event, tenant_id: str) -> None:
    place = tenant_id, change.topic_id
    old = choices.get(place)
    if change.status is None:
        choices.pop(place, None)
        return
    new = Preference(
        user_key=event.user_key,
        tenant_id=tenant_id,
        topic_id=change.topic_id,
        status=change.status,
        has_custom_routing=_or(change.has_custom_routing, old.has_custom_routing if old else False),
        custom_routing=_or(change.custom_routing, old.custom_routing if old else ()),
        digest_schedule=_or(change.digest_schedule, old.digest_schedule if old else ""),
        changed_at=old.changed_at if old else event.received_at,
    )
    if new != old:
        choices[place] = msgspec.structs.replace(new, changed_at=event.received_at)


def _or(given: _Value | None, kept: _Value) -> _Value:
    return kept if given is None else given


def _status_changed(topic: Topic, before: Effective, after: Effective, changed: PreferencesChanged) -> StatusChanged:
    return StatusChanged(
        topic=topic,
        tenant_id=changed.tenant_id,
        status=after.status,
        previous_status=before.status,
        has_custom_routing=after.has_custom_routing,
        custom_routing=after.custom_routing,
        cause=changed.cause,
        is_address=changed.is_address,
    )
