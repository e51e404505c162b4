"""What a user has after an id was merged into him: his own, and beside it what the id had. Pure."""

from typing import Any

from msgspec import Struct
from msgspec.structs import replace

from posthorn.audiences.filters import MOST_TIMES
from posthorn.audiences.model import Outcome, Standing, State
from posthorn.audiences.occurrences import Occurrence, latest
from posthorn.automations import digesting
from posthorn.automations.digesting import DigestAdded
from posthorn.automations.marks import Mark, with_marks
from posthorn.automations.model import Run, RunStep
from posthorn.engine.decision import Decision
from posthorn.engine.state import UserState
from posthorn.events.model import Fact
from posthorn.identities.model import Identity
from posthorn.lists.model import Subscription
from posthorn.messages.model import Contents, HistoryItem, Message
from posthorn.messages.model import Outcome as MessageOutcome
from posthorn.preferences.model import Preference
from posthorn.profiles.model import Profile
from posthorn.tenants.model import Membership
from posthorn.timers.model import Timer


class WaitingMessage(Struct, frozen=True, kw_only=True):
    """A message that had not gone out."""

    message: Message
    contents: Contents | None
    history: tuple[HistoryItem, ...]


class Handed(Struct, frozen=True, kw_only=True, omit_defaults=True):
    """Payload of "merge.handed": everything that the old id had and the new one has from now on."""

    previous_id: str
    merged_ids: tuple[str, ...] = ()
    profile: Profile | None = None
    memberships: tuple[Membership, ...] = ()
    subscriptions: tuple[Subscription, ...] = ()
    preferences: tuple[Preference, ...] = ()
    standings: tuple[Standing, ...] = ()
    times: dict[str, tuple[Occurrence, ...]] = {}
    marks: tuple[Mark, ...] = ()
    runs: tuple[Run, ...] = ()
    steps: tuple[RunStep, ...] = ()
    messages: tuple[WaitingMessage, ...] = ()
    timers: tuple[Timer, ...] = ()


def inherited(user: UserState, handed: Handed) -> Decision:
    """The user with what the old id had, and the rows of it; what he had himself wins (segment.md 6.7).

    A run goes on where it was, and nothing is started by it. What is already here is not taken again.
    """
    here = {run.run_id for run in user.runs}
    runs = tuple(_moved_run(run, user.user_key, handed.previous_id) for run in handed.runs if run.run_id not in here)
    own = {one.tenant_id for one in user.memberships}
    joined = [replace(one, user_key=user.user_key) for one in handed.memberships if one.tenant_id not in own]
    chosen = {(one.tenant_id, one.topic_id) for one in user.preferences}
    preferences = [
        replace(one, user_key=user.user_key) for one in handed.preferences if (one.tenant_id, one.topic_id) not in chosen
    ]
    marks = [
        replace(one, user_key=user.user_key)
        for one in handed.marks
        if one.kind != digesting.KIND and (one.kind, one.name) not in user.marks
    ]
    audiences = _audiences(user.audiences, user.user_key, handed)
    messages = [_moved_message(one, user.user_key, handed.previous_id) for one in handed.messages]
    after = replace(
        user,
        identity=_identity(user, handed.merged_ids),
        profile=_profile(user, handed.profile),
        memberships=(*user.memberships, *joined) if joined else user.memberships,
        preferences=(*user.preferences, *preferences),
        audiences=_standing(user.audiences, audiences),
        marks=with_marks(user.marks, marks),
        runs=(*user.runs, *runs),
        messages=user.messages | {one.message.message_id: one.message for one in messages},
        contents=user.contents | {one.message.message_id: one.contents for one in messages if one.contents},
    )
    return Decision(
        user=after,
        runs=runs,
        steps=handed.steps,
        marks=tuple(marks),
        messages=tuple(messages),
        timers=tuple(replace(timer, user_key=user.user_key) for timer in handed.timers),
        inherited=tuple(replace(one, user_key=user.user_key) for one in handed.subscriptions),
        audiences=audiences,
        facts=(Fact(about="merge", verdict="inherited", reason=f"From {handed.previous_id}."),),
    )


def digested(handed: Handed) -> list[DigestAdded]:
    """What was waiting in the old id's digests, to be added to the user's own."""
    held = [(one.name, digesting.read_digest(one)) for one in handed.marks if one.kind == digesting.KIND]
    return [
        DigestAdded(topic_id=topic_id, run_id=f"{handed.previous_id}/{number}", data=item.data)
        for topic_id, digest in held
        if digest is not None
        for number, item in enumerate(digest.collection.items)
    ]


def _identity(user: UserState, merged_ids: tuple[str, ...]) -> Identity:
    own = user.identity
    ids = [one for one in merged_ids if one not in own.merged_ids and one != user.user_key]
    return replace(own, merged_ids=(*own.merged_ids, *ids)) if ids else own


def _audiences(state: State | None, user_key: str, handed: Handed) -> Outcome | None:
    """Who was in before the merge is in after it, without entering: what follows from entering has followed already."""
    if state is None or not (handed.standings or handed.times):
        return None
    own = state.standings
    standings = [
        replace(one, user_key=user_key, number=max(one.number, own[one.audience_id].number if one.audience_id in own else 0))
        for one in handed.standings
        if one.audience_id not in own or (one.is_member and not own[one.audience_id].is_member)
    ]
    times = {
        event: latest(known, times, MOST_TIMES)
        for event, times in handed.times.items()
        for known in (state.times.get(event, ()),)
    }
    return Outcome(standings=tuple(standings), times=times)


def _standing(state: State | None, audiences: Outcome | None) -> State | None:
    if state is None or audiences is None:
        return state
    standings = {one.audience_id: one for one in audiences.standings}
    return State(standings={**state.standings, **standings}, times={**state.times, **audiences.times})


def _profile(user: UserState, old: Profile | None) -> Profile | None:
    if old is None or user.profile is None:
        return old and replace(old, user_key=user.user_key)
    own = user.profile
    merged = replace(
        own,
        profile={**old.profile, **own.profile},
        trait_times={**old.trait_times, **own.trait_times},
        consent=own.consent or old.consent,
        created_at=min(own.created_at, old.created_at),
        updated_at=max(own.updated_at, old.updated_at),
    )
    return own if merged == own else merged


def _moved_run(run: Run, user_key: str, previous_id: str) -> Run:
    context = dict(run.context)
    if context.get("recipient") == previous_id:
        context["recipient"] = user_key
    data = context.get("data")
    if isinstance(data, dict) and data.get("userId") in (None, previous_id):
        context["data"] = {**data, "userId": user_key, "userid": user_key}
    return replace(run, user_key=user_key, context=context)


def _moved_message(one: WaitingMessage, user_key: str, previous_id: str) -> MessageOutcome:
    message, contents = one.message, one.contents
    recipient = user_key if message.recipient == previous_id else message.recipient
    moved = replace(message, user_key=user_key, user_id=user_key, recipient=recipient)
    if contents is not None:
        contents = replace(contents, to=_moved_to(contents.to, user_key, previous_id))
    return MessageOutcome(message=moved, contents=contents, history=one.history)


def _moved_to(to: dict[str, Any], user_key: str, previous_id: str) -> dict[str, Any]:
    return {**to, "user_id": user_key} if to.get("user_id") == previous_id else to
