"""One event, passed down the deciders: profiles, tenants, lists, automations, messages. Pure: values in, one Decision out."""

import msgspec
from msgspec.structs import replace

from posthorn.automations import decide as automations
from posthorn.automations.merging import merged
from posthorn.automations.model import RUN_INVOKED, Outcome, ProfileUpdate, Run, Send
from posthorn.engine.choosing import choose
from posthorn.engine.config import Config
from posthorn.engine.decision import Decision
from posthorn.engine.fetching import fetch_command
from posthorn.engine.own_events import PROFILE_UPDATE_REQUESTED, own_entry, request_entries, requested_message
from posthorn.engine.state import UserState, message_of
from posthorn.engine.view import may_write_contacts, new_audience, refusal, view_of
from posthorn.engine.way_back import told_of_message, told_of_profile
from posthorn.errors import Invalid
from posthorn.events.model import Event, Fact
from posthorn.lists import decide as lists
from posthorn.messages import decide as messages
from posthorn.messages import receipts
from posthorn.messages.model import (
    CANCEL_REQUESTED,
    RECEIPT_TYPES,
    REQUESTED,
    RESEND_REQUESTED,
    SEND_REQUESTED,
    TIMER_KIND,
    Message,
    MessageReference,
    MessageRequested,
    Receipt,
    SendRequested,
)
from posthorn.messages.model import Outcome as MessageOutcome
from posthorn.messages.recipients import Recipients, recipients, tenant_of
from posthorn.messages.sending import send_job
from posthorn.preferences.model import CHANGED
from posthorn.profiles import decide as profiles
from posthorn.profiles.model import DELETED, Profile
from posthorn.tenants import decide as tenants
from posthorn.timers.model import DUE

_requested = msgspec.json.Decoder(MessageRequested).decode
_send_requested = msgspec.json.Decoder(SendRequested).decode
_reference = msgspec.json.Decoder(MessageReference).decode
_receipt = msgspec.json.Decoder(Receipt).decode
_update = msgspec.json.Decoder(ProfileUpdate).decode


def decide(user: UserState, event: Event, config: Config, now: int) -> Decision:
    """What the event does to its user and brings about beyond him. `now`: UTC milliseconds.

    Order: 1. profile, 2. memberships, 3. lists, 4. preferences, 5. runs, 6. messages.
    Twice the same arguments, twice the same Decision.
    """
    if event.type in ("delete", DELETED):
        return _erased(user, event, config, now)
    refused = refusal(user, event, config)
    if refused:
        return Decision(user=user, facts=(Fact(about="event", verdict=refused),))
    turn = _Turn(user, event, config, now)
    turn.learn()
    turn.choose()
    turn.run()
    turn.message()
    return turn.decision()


def _erased(user: UserState, event: Event, config: Config, now: int) -> Decision:
    source = config.directory.source(event.source_id)
    if event.type == "delete" and source is not None and source.delete_mode == "review":
        return Decision(user=user, facts=(Fact(about="erasure", verdict="review", reason="This source asks for a review."),))
    # what he chose goes only if all of him is to go; a profile may be deleted and come again (courier.md 3.2)
    kept = user.preferences if event.type == DELETED else ()
    empty = UserState(environment=user.environment, user_key=user.user_key, preferences=kept)
    return Decision(
        user=empty,
        commands=tuple(told_of_profile(None, config, event, now)),
        facts=(Fact(about="erasure", verdict="erased"),),
        erases=True,
        suppresses=event.type == "delete",
    )


class _Turn:
    """One user's turn with one event: his state as it becomes, and everything it brings about."""

    def __init__(self, user: UserState, event: Event, config: Config, now: int) -> None:
        self._user = user
        self._before = user
        self._event = event
        self._config = config
        self._now = now
        self._out: dict[str, list[object]] = {name: [] for name in Decision.__struct_fields__}
        self._extra: dict[str, object] = {}

    def learn(self) -> None:
        """Profile, memberships, lists."""
        event, user = self._event, self._user
        may_write = may_write_contacts(event, self._config)
        profile = profiles.decide(user.profile, event, may_write_contacts=may_write)
        if event.type == PROFILE_UPDATE_REQUESTED:
            profile = _updated(profile, _update(event.body), event)
        memberships, noted = tenants.decide(user.memberships, event)
        if profile is not user.profile:
            self._fact("profile", "updated")
        if memberships is not user.memberships:
            self._fact("tenants", "changed")
        if profile is not user.profile or memberships is not user.memberships:
            self._user = replace(user, profile=profile, memberships=memberships)
        audience = new_audience(event, self._config)
        self._extra |= {"noted": noted, "subscription": lists.decide(event), "audience": audience}

    def choose(self) -> None:
        """Preferences: the user is in or out of topics."""
        if self._event.type == CHANGED:
            chosen = choose(self._user, self._event, self._config, self._now)
            self._user = chosen.user
            self._add("commands", *chosen.commands)
            self._add("facts", *chosen.facts)

    def run(self) -> None:
        """Automations: what starts, goes on, ends."""
        view = view_of(self._user, self._event, self._config)
        outcome = automations.decide(self._event, self._user.runs, view, self._config.library, self._now)
        if outcome != Outcome():
            self._take_runs(outcome)

    def message(self) -> None:
        """Messages: requests, receipts, delays."""
        event = self._event
        if event.type == REQUESTED:
            self._request(_requested(event.body))
        elif event.type == SEND_REQUESTED:
            self._begin(_send_requested(event.body))
        elif event.type in RECEIPT_TYPES or event.type in (CANCEL_REQUESTED, RESEND_REQUESTED) or _is_message_timer(event):
            self._about_message(message_of(event))

    def decision(self) -> Decision:
        """Everything together."""
        profile = self._user.profile
        if profile is not self._before.profile:
            self._add("commands", *told_of_profile(profile, self._config, self._event, self._now))
        collected = {name: tuple(values) for name, values in self._out.items() if values}
        return Decision(user=self._user, **collected, **self._extra)  # pyright: ignore[reportArgumentType] - by field names

    def _add(self, field: str, *values: object) -> None:
        self._out[field] += values

    def _fact(self, about: str, verdict: str, reason: str = "") -> None:
        self._add("facts", Fact(about=about, verdict=verdict, reason=reason))

    def _take_runs(self, outcome: Outcome) -> None:
        self._keep_runs(outcome.runs)
        self._add("steps", *outcome.steps)
        self._add("timers", *outcome.timers)
        self._add("facts", *outcome.facts)
        self._add("token_cancels", *outcome.cancelled_tokens)
        for update in outcome.profile_updates:
            self._update_profile(update)
        for send in outcome.sends:
            self._send(send)
        self._add("commands", *(fetch_command(asked, self._event, self._now) for asked in outcome.fetches))
        for invoked in outcome.invokes:
            self._add("entries", own_entry(RUN_INVOKED, invoked.recipient or invoked.run_id, invoked, self._event, self._now))

    def _keep_runs(self, runs: tuple[Run, ...]) -> None:
        kept = {run.run_id: run for run in self._user.runs} | {run.run_id: run for run in runs}
        self._user = replace(self._user, runs=tuple(kept.values()))
        changed = {run.run_id for run in runs}
        self._out["runs"] = [run for run in self._out["runs"] if isinstance(run, Run) and run.run_id not in changed]
        self._add("runs", *runs)

    def _update_profile(self, update: ProfileUpdate) -> None:
        if update.user_id != self._user.user_key:
            self._add("entries", own_entry(PROFILE_UPDATE_REQUESTED, update.user_id, update, self._event, self._now))
            return
        self._user = replace(self._user, profile=_updated(self._user.profile, update, self._event))
        self._fact("profile", "updated", f"by run {update.run_id}")

    def _send(self, send: Send) -> None:
        try:
            requested = requested_message(send, self._user.runs)
            found = recipients(requested.to)
        except Invalid as error:
            self._fact(send.message_id, "not sent", error.message)
            return
        if _is_only_for(self._user, requested, found):
            self._request(requested)
        else:
            self._add("entries", *request_entries(requested, found, self._event, self._now))

    def _begin(self, request: SendRequested) -> None:
        self._add("jobs", send_job(request, self._event.environment, self._now))
        self._fact(request.request_id, "begun", "One message to everybody in its groups.")

    def _request(self, requested: MessageRequested) -> None:
        if requested.message_id in self._user.messages:
            self._fact(requested.message_id, "unchanged", "This message was there already.")
            return
        config = self._config.messages[self._user.environment]
        known = self._user.known(tenant_of(requested.message, requested.to))
        self._take_message(messages.request(self._event, requested, known=known, config=config, now=self._now))

    def _about_message(self, message_id: str) -> None:
        message = self._user.messages.get(message_id)
        if message is None:
            self._fact(message_id, "unknown", "There is no such message (any more).")
            return
        found = _of_message(message, self._user, self._event, self._config, self._now)
        if isinstance(found, MessageRequested):
            self._request(found)
        elif found is not None:
            self._take_message(found)

    def _take_message(self, outcome: MessageOutcome) -> None:
        message, contents = outcome.message, outcome.contents
        self._user = replace(self._user, messages={**self._user.messages, message.message_id: message})
        if contents is not None:
            self._user = replace(self._user, contents={**self._user.contents, message.message_id: contents})
        self._add("messages", outcome)
        self._add("commands", *outcome.commands)
        self._add("timers", *outcome.timers)
        self._add("facts", *outcome.facts)
        self._tell(outcome)

    def _tell(self, outcome: MessageOutcome) -> None:
        """What happened to a message is told to the runs that wait to see it, and to the outside."""
        message = outcome.message
        for transition in outcome.transitions:
            self._add("statuses", transition.status)
            changed = automations.on_message_status(self._user.runs, message.message_id, message.status)
            if changed:
                self._keep_runs(changed)
            contents = self._user.contents.get(message.message_id)
            told = told_of_message(message, contents, transition, self._config, self._event, self._now)
            self._add("commands", *told)


def _of_message(
    message: Message, user: UserState, event: Event, config: Config, now: int
) -> MessageOutcome | MessageRequested | None:
    """What an event does to a message that is there; the request for a copy, if that is what the event wants."""
    contents = user.contents.get(message.message_id)
    if event.type in RECEIPT_TYPES:
        return receipts.receive(event, message, _receipt(event.body), now=now)
    if event.type == CANCEL_REQUESTED:
        return messages.cancel(event, message, now=now)
    if event.type == DUE:
        known = user.known(tenant_of(contents.request, contents.to) if contents else "")
        return messages.due(event, message, contents, known=known, config=config.messages[user.environment], now=now)
    if contents is None:
        return None
    return messages.resend(message, contents, new_message_id=_reference(event.body).new_message_id)


def _is_only_for(user: UserState, requested: MessageRequested, found: Recipients) -> bool:
    named = tenant_of(requested.message, requested.to)
    is_own = not found.groups and [one.user_key for one in found.targets] == [user.user_key]
    return is_own and (not named or named in user.tenants)


def _updated(profile: Profile | None, update: ProfileUpdate, event: Event) -> Profile:
    return profiles.written(profile, event, merged(update.merge, update.profile, profile.profile if profile else {}))


def _is_message_timer(event: Event) -> bool:
    return event.type == DUE and event.name == TIMER_KIND
