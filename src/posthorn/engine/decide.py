"""One event, passed down the deciders: profiles, tenants, lists, audiences, automations, messages. Pure: values in, one
Decision out.
"""

import msgspec
from msgspec.structs import replace

from posthorn.audiences.model import AudienceChange
from posthorn.automations import decide as automations
from posthorn.automations.audience_runs import started_by_audience
from posthorn.automations.marks import Mark, with_marks
from posthorn.automations.model import Outcome, ProfileUpdate, Run, Send
from posthorn.engine import merging
from posthorn.engine.about_messages import about_message, is_about_message
from posthorn.engine.audiences import changes_of, evaluated, evaluation_entries, left_by_erasure
from posthorn.engine.choosing import choose
from posthorn.engine.config import Config
from posthorn.engine.decision import Collected, Decision
from posthorn.engine.fetching import fetch_commands
from posthorn.engine.learning import learn, updated_profile
from posthorn.engine.limiting import counted
from posthorn.engine.own_events import PROFILE_UPDATE_REQUESTED, own_entry, told_entries
from posthorn.engine.sending import sent
from posthorn.engine.state import UserState, message_of
from posthorn.engine.view import is_trusted, refusal, view_of
from posthorn.engine.way_back import told_of_outcome, told_of_profile, with_told
from posthorn.errors import Invalid
from posthorn.events.model import Event, Fact
from posthorn.identities.model import ERASED, QUESTIONED, REFUSED
from posthorn.identities.model import REQUESTED as MERGE_REQUESTED
from posthorn.messages import decide as messages
from posthorn.messages.model import REQUESTED, SEND_REQUESTED, MessageRequested, SendRequested
from posthorn.messages.model import Outcome as MessageOutcome
from posthorn.messages.recipients import tenant_of
from posthorn.messages.sending import send_job
from posthorn.preferences.model import CHANGED
from posthorn.profiles.model import DELETED

_requested = msgspec.json.Decoder(MessageRequested).decode
_send_requested = msgspec.json.Decoder(SendRequested).decode

_ABOUT_IDS = frozenset({MERGE_REQUESTED, QUESTIONED, REFUSED, ERASED})


def decide(user: UserState, event: Event, config: Config, now: int) -> Decision:
    """What the event does to its user and brings about beyond him. `now`: UTC milliseconds.

    Order: 1. ids, 2. profile, 3. memberships, 4. lists, 5. audiences, 6. preferences, 7. runs, 8. messages.
    Twice the same arguments, twice the same Decision.
    """
    if event.type in ("delete", DELETED):
        return _erased(user, event, config, now)
    if event.type in _ABOUT_IDS:
        return _about_ids(user, event, now)
    refused = refusal(user, event, config)
    if refused:
        return Decision(user=user, facts=(Fact(about="event", verdict=refused),))
    rows = merging.identified(user, event, now, is_trusted=is_trusted(event, config))
    turn = _Turn(user, event, config, now, rows)
    turn.learn()
    turn.belong()
    turn.choose()
    turn.run()
    turn.message()
    return turn.decision()


def _erased(user: UserState, event: Event, config: Config, now: int) -> Decision:
    source = config.directory.source(event.source_id)
    if event.type == "delete" and source is not None and source.delete_mode == "review":
        return Decision(user=user, facts=(Fact(about="erasure", verdict="review", reason="This source asks for a review."),))
    forgotten = _forgotten(user, event, suppresses=event.type == "delete", now=now)
    told = (*left_by_erasure(user, event, config, now), *told_of_profile(None, config, event, now))
    return replace(forgotten, commands=told)


def _forgotten(user: UserState, event: Event, *, suppresses: bool, now: int) -> Decision:
    # what he chose goes only if all of him is to go; a profile may be deleted and come again (courier.md 3.2)
    kept = () if suppresses else user.preferences
    return Decision(
        user=UserState(environment=user.environment, user_key=user.user_key, preferences=kept),
        entries=merging.erasures(user, event, suppresses=suppresses, now=now),
        facts=(Fact(about="erasure", verdict="erased"),),
        erases=True,
        suppresses=suppresses,
    )


def _about_ids(user: UserState, event: Event, now: int) -> Decision:
    """The turn of an id that is, or was, merged into another."""
    if event.type == MERGE_REQUESTED:
        return merging.requested(user, event, now)
    if event.type == QUESTIONED:
        return merging.questioned(user, event, now)
    if event.type == REFUSED:
        return merging.refused(user)
    asked = merging.erased_with(user, event)
    if asked is None:
        return Decision(user=user, facts=(Fact(about="erasure", verdict="unchanged", reason="It is another user's."),))
    return _forgotten(user, event, suppresses=asked.suppresses, now=now)


class _Turn:
    """One user's turn with one event, after `rows` about his ids: his state as it becomes, and all it brings about."""

    def __init__(self, user: UserState, event: Event, config: Config, now: int, rows: Decision | None) -> None:
        self._user, self._before = rows.user if rows else user, user
        self._event = event
        self._config = config
        self._now = now
        self._out = Collected(rows)
        self._changes: tuple[AudienceChange, ...] = ()

    def learn(self) -> None:
        """Profile, memberships, lists."""
        learned = learn(self._user, self._event, self._config)
        self._user = learned.user
        self._out.note(noted=learned.noted, subscription=learned.subscription, audience=learned.audience)
        self._out.add("facts", *learned.facts)

    def belong(self) -> None:
        """Audiences: whom the user enters and leaves."""
        moved = evaluated(self._before, self._user, self._event, self._config, self._now)
        self._changes = changes_of(self._event, moved)
        if moved is None:
            return
        self._user = moved.user
        self._out.stand(moved.outcome)
        self._out.add("timers", *moved.outcome.timers)
        self._out.add("commands", *moved.commands)
        self._out.add("facts", *moved.facts)

    def choose(self) -> None:
        """Preferences: the user is in or out of topics."""
        if self._event.type == CHANGED:
            chosen = choose(self._user, self._event, self._config, self._now)
            self._user = chosen.user
            self._out.add("commands", *chosen.commands)
            self._out.add("facts", *chosen.facts)

    def run(self) -> None:
        """Automations: what starts, goes on, ends; first what waits for an audience."""
        view = view_of(self._user, self._event, self._config)
        library = self._config.library
        for change in self._changes:
            self._take_runs(started_by_audience(self._event, change, self._user.runs, view, library, self._now))
        outcome = automations.decide(self._event, self._user.runs, view, library, self._now)
        if outcome != Outcome():
            self._take_runs(outcome)

    def message(self) -> None:
        """Messages: requests, receipts, delays."""
        event = self._event
        if event.type == REQUESTED:
            self._request(_requested(event.body))
        elif event.type == SEND_REQUESTED:
            request = _send_requested(event.body)
            self._out.add("jobs", send_job(request, event.environment, self._now))
            self._out.fact(request.request_id, "begun", "One message to everybody in its groups.")
        elif is_about_message(event):
            self._about_message(message_of(event))

    def decision(self) -> Decision:
        """Everything together."""
        profile = self._user.profile
        if profile is not self._before.profile:
            self._out.add("commands", *told_of_profile(profile, self._config, self._event, self._now))
        return self._out.decision(self._user)

    def _take_runs(self, outcome: Outcome) -> None:
        self._keep_runs(outcome.runs)
        self._out.add("steps", *outcome.steps)
        self._out.add("timers", *outcome.timers)
        self._out.add("facts", *outcome.facts)
        self._out.add("token_cancels", *outcome.cancelled_tokens)
        for update in outcome.profile_updates:
            self._update_profile(update)
        for send in outcome.sends:
            self._send(send)
        self._remember(outcome.marks)
        self._out.add("commands", *fetch_commands(outcome, self._event, self._now))
        self._out.add("entries", *told_entries(outcome, self._event, self._now))

    def _remember(self, marks: tuple[Mark, ...]) -> None:
        if marks:
            self._user = replace(self._user, marks=with_marks(self._user.marks, marks))
            self._out.add("marks", *marks)

    def _keep_runs(self, runs: tuple[Run, ...]) -> None:
        if not runs:
            return
        kept = {run.run_id: run for run in self._user.runs} | {run.run_id: run for run in runs}
        self._user = replace(self._user, runs=tuple(kept.values()))
        self._out.keep_runs(runs)

    def _update_profile(self, update: ProfileUpdate) -> None:
        if update.user_id != self._user.user_key:
            self._out.add("entries", own_entry(PROFILE_UPDATE_REQUESTED, update.user_id, update, self._event, self._now))
            return
        after = replace(self._user, profile=updated_profile(self._user.profile, update, self._event))
        self._out.add("entries", *evaluation_entries(self._user, update, after, self._event, self._config, self._now))
        self._user = after
        self._out.fact("profile", "updated", f"by run {update.run_id}")

    def _send(self, send: Send) -> None:
        try:
            wanted = sent(send, self._user, self._event, self._now)
        except Invalid as error:
            self._out.fact(send.message_id, "not sent", error.message)
            return
        if isinstance(wanted, MessageRequested):
            self._request(wanted)
        else:
            self._out.add("entries", *wanted)

    def _request(self, requested: MessageRequested) -> None:
        if requested.message_id in self._user.messages:
            self._out.fact(requested.message_id, "unchanged", "This message was there already.")
            return
        config = self._config.messages[self._user.environment]
        known = self._user.known(tenant_of(requested.message, requested.to))
        outcome = messages.request(self._event, requested, known=known, config=config, now=self._now)
        self._remember(counted(outcome.message, self._user.marks, config.settings.send_limit, self._now))
        self._take_message(outcome)

    def _about_message(self, message_id: str) -> None:
        message = self._user.messages.get(message_id)
        if message is None:
            self._out.fact(message_id, "unknown", "There is no such message (any more).")
            return
        found = about_message(self._event, self._user, message, self._config, self._now)
        if isinstance(found, MessageOutcome):
            self._take_message(found)
        elif found is not None:
            self._request(found)

    def _take_message(self, given: MessageOutcome) -> None:
        told = told_of_outcome(given, self._user.contents, self._config, self._event, self._now)
        outcome = with_told(given, told)
        message, contents = outcome.message, outcome.contents
        self._user = replace(self._user, messages={**self._user.messages, message.message_id: message})
        if contents is not None:
            self._user = replace(self._user, contents={**self._user.contents, message.message_id: contents})
        self._out.add("messages", outcome)
        self._out.add("commands", *outcome.commands, *told)
        self._out.add("timers", *outcome.timers)
        self._out.add("facts", *outcome.facts)
        if outcome.transitions and self._user.identity.passes_to:
            self._out.add("entries", merging.moved_status(self._user, message, self._event, self._now))
        for transition in outcome.transitions:
            self._out.add("statuses", transition.status)
            self._keep_runs(automations.on_message_status(self._user.runs, message.message_id, message.status))
