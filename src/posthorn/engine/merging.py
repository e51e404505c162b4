"""Merging of ids, as it is decided: what becomes of an event under an id that was merged, and who inherits what. Pure.

Two events carry a merge, one for each of the two ids, which may lie in different partitions: "merge.requested" for the old id,
whose state `hand_over` then takes away, and "merge.handed", with that state, for the new one. Decision 0014.
"""

import msgspec
from msgspec.structs import replace

from posthorn.audiences.model import EVALUATION_REQUESTED, EvaluationRequested
from posthorn.automations import batching
from posthorn.automations.decide import on_message_status
from posthorn.automations.digesting import DIGEST_ADDED
from posthorn.engine.decision import Decision, Handing
from posthorn.engine.inheriting import Handed, digested, inherited
from posthorn.engine.own_events import own_entry
from posthorn.engine.state import UserState
from posthorn.events.model import Entry, Event, Fact
from posthorn.identities import decide as identities
from posthorn.identities.model import (
    ERASED,
    HANDED,
    MESSAGE_MOVED,
    QUESTIONED,
    REFUSED,
    REQUESTED,
    MergeErased,
    MergeQuestioned,
    MergeRefused,
    MergeRequested,
    MessageMoved,
)
from posthorn.identities.store import LONGEST_CHAIN
from posthorn.messages.model import (
    CANCEL_REQUESTED,
    RECEIPT_TYPES,
    RESEND_REQUESTED,
    TIMER_KIND,
    Message,
)
from posthorn.timers.model import DUE

_STAYS = frozenset({*RECEIPT_TYPES, CANCEL_REQUESTED, RESEND_REQUESTED, REQUESTED, REFUSED, ERASED})
"""Events that are about the old id itself, or about a message that was sent under it and stays there."""

TIMERS_THAT_STAY = frozenset({TIMER_KIND, batching.KIND})
"""A batch is open under its id until it closes; its run is told wherever that is by then."""

_requested = msgspec.json.Decoder(MergeRequested).decode
_questioned = msgspec.json.Decoder(MergeQuestioned).decode
_moved = msgspec.json.Decoder(MessageMoved).decode
_erased = msgspec.json.Decoder(MergeErased).decode


_handed = msgspec.json.Decoder(Handed).decode


def at_home(user: UserState, entry: Entry) -> UserState:
    """The user, who keeps what has been passed on too often: then his ids were merged in a circle, which this breaks, at the
    least of them, so that it is broken once.
    """
    if entry.passed_on < LONGEST_CHAIN or user.user_key > user.identity.passes_to:
        return user
    return replace(user, identity=replace(user.identity, merged_into=""))


def passed_on(user: UserState, entry: Entry, event: Event) -> Decision | None:
    """What becomes of an event under an id that was merged into another: it is passed on there. None if it belongs here."""
    target = user.handing_to or user.identity.passes_to
    if not target or event.type in _STAYS or (event.type == DUE and event.name in TIMERS_THAT_STAY):
        return None
    if event.type == DUE:
        return Decision(user=user, facts=(Fact(about="timer", verdict="moved", reason=f"It is now one of {target}."),))
    copy = replace(entry, user_key=target, passed_on=entry.passed_on + 1)
    return Decision(user=user, entries=(copy,), facts=(Fact(about="event", verdict="passed on", reason=f"To {target}."),))


def requested(user: UserState, event: Event, now: int) -> Decision:
    """The old id's turn: its state goes to the user, unless it is somebody else's."""
    asked, identity = _requested(event.body), user.identity
    if identity.merged_into == asked.into or user.user_key == asked.into or identity.is_shared:
        return Decision(user=user, facts=(_fact("unchanged", "It was merged before."),))
    if identity.merged_into:
        question = MergeQuestioned(previous_id=user.user_key, into=asked.into)
        entry = own_entry(QUESTIONED, identity.merged_into, question, event, now)
        return Decision(user=user, entries=(entry,), facts=(_fact("asked", f"It was merged into {identity.merged_into}."),))
    if identity.is_known and not asked.is_alias:
        return Decision(user=user, facts=(_fact("refused", "It is the id of a known user."),))
    merged = replace(user, identity=replace(identity, merged_into=asked.into), handing_to=asked.into)
    handing = Handing(into=asked.into, cause_id=event.id)
    return Decision(user=merged, handing=handing, facts=(_fact("merged", f"Into {asked.into}."),))


def questioned(user: UserState, event: Event, now: int) -> Decision:
    """The user's turn whom an id was merged into: a second user carries it. Unless both are one, it is nobody's."""
    question = _questioned(event.body)
    if question.into == user.user_key or question.into in user.identity.merged_ids:
        return Decision(user=user, facts=(_fact("unchanged", f"{question.into} is the same user."),))
    entry = own_entry(REFUSED, question.previous_id, MergeRefused(into=question.into), event, now)
    why = f"{question.previous_id} is carried by {question.into}, too."
    return Decision(user=user, entries=(entry,), facts=(_fact("refused", why),))


def refused(user: UserState) -> Decision:
    """The id's turn that several users carry: what still comes under it is passed on no more."""
    shared = replace(user, identity=replace(user.identity, is_shared=True))
    return Decision(user=shared, facts=(_fact("refused", "Several users carry this id."),))


def erased_with(user: UserState, event: Event) -> MergeErased | None:
    """How the id's turn goes whose user was forgotten; None if it is not (any more) his."""
    asked = _erased(event.body)
    return asked if user.identity.merged_into == asked.by else None


def erasures(user: UserState, event: Event, *, suppresses: bool, now: int) -> tuple[Entry, ...]:
    """With a user go the ids that were merged into him."""
    payload = MergeErased(by=user.user_key, suppresses=suppresses)
    return tuple(own_entry(ERASED, one, payload, event, now) for one in user.identity.merged_ids)


def identified(user: UserState, event: Event, now: int, *, is_trusted: bool) -> Decision | None:
    """What an event says of its user's ids, and what an id that was merged into him leaves him; None if it says nothing."""
    if event.type == HANDED:
        return _inherits(user, event, _handed(event.body), now)
    if event.type == MESSAGE_MOVED:
        moved = _moved(event.body)
        changed = {run.run_id: run for run in on_message_status(user.runs, moved.message_id, moved.status)}
        runs = tuple(changed.get(run.run_id, run) for run in user.runs)
        return Decision(user=replace(user, runs=runs), runs=tuple(changed.values()))
    identity, others = identities.decide(user.identity, event)
    if identity is user.identity:
        return None
    wish = MergeRequested(into=event.user_key, is_alias=event.type == "alias" and is_trusted)
    return Decision(
        user=replace(user, identity=identity),
        entries=tuple(own_entry(REQUESTED, other, wish, event, now) for other in others),
        facts=tuple(_fact("requested", f"{other} is the same user.") for other in others),
    )


def moved_status(user: UserState, message: Message, event: Event, now: int) -> Entry:
    """Tells the runs of the user whom an id was merged into of a message that was sent under that id."""
    payload = MessageMoved(message_id=message.message_id, status=message.status)
    return own_entry(MESSAGE_MOVED, user.identity.passes_to, payload, event, now)


def _inherits(user: UserState, event: Event, handed: Handed, now: int) -> Decision:
    if handed.previous_id in user.identity.merged_ids or event.passed_on:
        rows = inherited(user, handed)
        added = tuple(own_entry(DIGEST_ADDED, user.user_key, one, event, now) for one in digested(handed))
        rows = replace(rows, entries=added)
        if rows.audiences is None and handed.profile is None and not handed.memberships:
            return rows
        # His audiences look at him as he is now in a turn of their own, after which he is in those that hold for him.
        asked = EvaluationRequested(keys=(), is_everything=True)
        look = own_entry(EVALUATION_REQUESTED, user.user_key, asked, event, now)
        return replace(rows, entries=(*added, look))
    # He was forgotten meanwhile, and this with him.
    return Decision(user=user, cleans_log=True, facts=(_fact("forgotten", f"{handed.previous_id} came too late."),))


def _fact(verdict: str, reason: str) -> Fact:
    return Fact(about="merge", verdict=verdict, reason=reason)
