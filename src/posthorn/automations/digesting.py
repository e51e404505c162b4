"""Digests: what is added for a user and a topic waits for the topic's time, then starts one run (courier.md 4.6)."""

from typing import Any

from msgspec import Struct, convert, json, structs, to_builtins

from posthorn.automations.marks import Mark
from posthorn.automations.model import DigestRules, Outcome, View
from posthorn.automations.retaining import Collection, Item, added, shown
from posthorn.automations.schedule import Schedule
from posthorn.automations.scope import zone_name
from posthorn.events.model import Event, Fact
from posthorn.expressions.paths import lookup
from posthorn.ids import digest
from posthorn.timers.model import Timer

DIGEST_ADDED = "digest.added"
DIGEST_RELEASE_REQUESTED = "digest.release_requested"
KIND = "digest"
DEFAULT_RULES = DigestRules(schedule=Schedule(cron="0 9 * * *"))
"""For a topic that no automation waits for: every morning at nine, where the user is."""


class DigestAdded(Struct, frozen=True, kw_only=True):
    """Payload of "digest.added": something for the digest of a topic. Its event belongs to the user."""

    topic_id: str
    run_id: str
    data: dict[str, Any]


class DigestReleaseRequested(Struct, frozen=True, kw_only=True):
    """Payload of "digest.release_requested": let the user's digest of that topic go out now."""

    topic_id: str


class Digest(Struct, frozen=True, kw_only=True):
    """What one user's digest of one topic holds. Times are UTC milliseconds."""

    opened_at: int
    due_at: int
    collection: Collection = Collection()


def topic_in(event: Event) -> str:
    """The topic that a "digest.added" is for."""
    return json.decode(event.body, type=DigestAdded).topic_id


def decide(event: Event, view: View, rules: DigestRules | None, now: int) -> Outcome:
    """Opens the digest or adds to it. It is due at the next time of its schedule, or at once if it is full."""
    brought, rules = json.decode(event.body, type=DigestAdded), rules or DEFAULT_RULES
    held = read_digest(view.marks.get((KIND, brought.topic_id)))
    is_first = held is None
    if held is None:
        due_at = rules.schedule.next_due(after=now, zone=zone_name(view.profile))
        held = Digest(opened_at=now, due_at=now if due_at is None else due_at)
    item = Item(by=event.user_key, data=brought.data, rank=_rank(brought.data, rules.retain.sort_key))
    held = structs.replace(held, collection=added(held.collection, item, rules.retain))
    if rules.max_items and held.collection.count >= rules.max_items:
        held = structs.replace(held, due_at=now)
    mark = Mark(user_key=event.user_key, kind=KIND, name=brought.topic_id, body=to_builtins(held))
    fact = Fact(about=brought.topic_id, verdict="opened" if is_first else "added", reason=f"By run {brought.run_id}.")
    return Outcome(marks=(mark,), timers=(_timer(event, brought.topic_id, held),), facts=(fact,))


def released(event: Event, view: View, rules: DigestRules | None, now: int) -> tuple[Mark, dict[str, Any]] | None:
    """The mark that forgets the digest whose time has come, or that somebody wants released, and the data of the runs it
    starts; None if it is not due.
    """
    topic_id, rules = topic_of(event), rules or DEFAULT_RULES
    held = read_digest(view.marks.get((KIND, topic_id)))
    if held is None:
        return None
    is_due = held.due_at <= now and event.message_id == instance_id(event.user_key, topic_id, held)
    if not is_due and event.type != DIGEST_RELEASE_REQUESTED:
        return None
    gone = Mark(user_key=event.user_key, kind=KIND, name=topic_id, body=None)
    return gone, shown(held.collection, rules.category_key, by_category=False)


def topic_of(event: Event) -> str:
    """The topic whose digest is due, or is to be released."""
    if event.type == DIGEST_RELEASE_REQUESTED:
        return json.decode(event.body, type=DigestReleaseRequested).topic_id
    return str(event.fields["subject_id"])


def instance_id(user_key: str, topic_id: str, held: Digest) -> str:
    """The id of one filling of a user's digest, and of its timer."""
    return digest(KIND, user_key, topic_id, str(held.opened_at)).hex()


def read_digest(mark: Mark | None) -> Digest | None:
    """The digest that a mark holds."""
    return convert(mark.body, Digest) if mark is not None and mark.body is not None else None


def _rank(data: dict[str, Any], sort_key: str | None) -> Any:
    value = lookup(sort_key, {"data": data, **data}) if sort_key else None
    return value if isinstance(value, str | int | float) else None


def _timer(event: Event, topic_id: str, held: Digest) -> Timer:
    return Timer(
        timer_id=instance_id(event.user_key, topic_id, held),
        due_at=held.due_at,
        environment=event.environment,
        user_key=event.user_key,
        kind=KIND,
        subject_id=topic_id,
    )
