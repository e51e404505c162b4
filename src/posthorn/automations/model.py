"""What an automation, a trigger, a run and its steps are, and what one pass over an event gives back."""

from typing import Any, Literal

from msgspec import Struct

from posthorn.access.model import Source
from posthorn.automations.marks import NO_MARKS, Mark, Marks
from posthorn.automations.retaining import Retain
from posthorn.automations.rules import NO_RULES, Rules
from posthorn.automations.schedule import Schedule
from posthorn.events.model import Fact
from posthorn.timers.model import Timer

Kind = Literal["automation", "journey"]
State = Literal["DRAFT", "PUBLISHED", "ARCHIVED"]

NOT_PROCESSED = "NOT PROCESSED"
PROCESSING = "PROCESSING"
WAITING = "WAITING"
PROCESSED = "PROCESSED"
CANCELED = "CANCELED"
ERROR = "ERROR"
THROTTLED = "THROTTLED"
SKIPPED = "SKIPPED"
COMPUTING = "COMPUTING"

ACTIVE = frozenset({NOT_PROCESSED, PROCESSING, WAITING})
"""Statuses of a run that may still act or be canceled. Source: courier.md 4.8."""

RUN_INVOKED = "run.invoked"
RUN_CANCEL_REQUESTED = "run.cancel_requested"
RUN_MOVE_REQUESTED = "run.move_requested"
RUN_ANSWERED = "run.answered"


class DigestRules(Struct, frozen=True, kw_only=True, omit_defaults=True):
    """When the digest of a topic goes out, and what of it is kept. max_items: so many let it go at once; 0 for any number."""

    schedule: Schedule
    retain: Retain = Retain()
    category_key: str = "digest"
    max_items: int = 0


class Trigger(Struct, frozen=True, kw_only=True):
    """What starts a run.

    origin: "segment" (its destination calls and the Tracking API alike), "rudderstack", "courier", "audience", "webhook",
    "schedule", "digest" or "api". type: identify, group, track or page; of an audience entered or left; "" for the others.
    name: of the track event or page, exactly, or the id of the audience; of a digest the topic; of a webhook
    "<source>/<event>"; None for any. schedule, digest: of triggers of that origin. schema: of what an invocation brings.
    conditions: as in courier.md 5.4, over the context the run would have; None for always.
    node_id: of a journey's trigger node, else "".
    """

    origin: str
    type: str = ""
    name: str | None = None
    conditions: Any = None
    node_id: str = ""
    schedule: Schedule | None = None
    digest: DigestRules | None = None
    schema: dict[str, Any] | None = None


class Automation(Struct, frozen=True, kw_only=True):
    """One version of an automation (steps) or a journey (nodes).

    version: 0 is the draft, from 1 on immutable. nodes: the list as it was written, journeys' nodes with their ids.
    cancelation_token: as written, to be resolved when a run starts; None if runs cannot be canceled by token.
    state: of the whole, not of this version. Times are UTC milliseconds; published_at is None before the first publish.
    published_version: the one that is live, 0 for none.
    """

    automation_id: str
    environment: str
    kind: Kind
    version: int
    name: str
    alias: str | None = None
    is_enabled: bool = True
    triggers: tuple[Trigger, ...] = ()
    cancelation_token: str | None = None
    nodes: list[Any] = []
    rules: Rules = NO_RULES
    state: State = "DRAFT"
    published_version: int = 0
    created_at: int
    updated_at: int
    published_at: int | None = None


class ReplyTo(Struct, frozen=True, kw_only=True):
    """The run that waits for another one's result, and the visit of the step that asked."""

    run_id: str
    user_key: str
    ask_id: str


class Run(Struct, frozen=True, kw_only=True):
    """One user's walk through one version of an automation.

    automation_id: "" for an ad hoc run, whose steps are then in `inline`. status: a wire string of courier.md 4.8.
    position: index of the next instruction, or of the one that waits. step_count: steps recorded so far.
    context: {brand, data, profile, template, recipient}; `profile` holds only what was given over the stored one.
    refs: what earlier steps left, by `ref` and node id; a send leaves {message_id, status}.
    token: the resolved cancelation token. source: where it came from, outermost first (courier.md 1.8).
    wake_at: when a waiting run goes on. reason: why it ended as it did, "" if there is nothing to say.
    variant: of the last split it came through, or "hold-out". goal_until, converted_at: until when the goal of its automation
    counts, and when it was reached. reply_to: the run that waits for its result.
    """

    run_id: str
    environment: str
    user_key: str
    automation_id: str
    version: int
    kind: Kind
    status: str
    position: int = 0
    step_count: int = 0
    context: dict[str, Any]
    refs: dict[str, Any] = {}
    inline: list[Any] = []
    token: str | None = None
    source: list[str] = []
    trigger_event: str = ""
    trigger_message_id: str = ""
    created_at: int
    updated_at: int
    wake_at: int | None = None
    reason: str = ""
    variant: str = ""
    goal_until: int | None = None
    converted_at: int | None = None
    reply_to: ReplyTo | None = None

    @property
    def is_watched(self) -> bool:
        """Whether events may still change it: it acts, or its goal counts."""
        return self.status in ACTIVE or (self.goal_until is not None and self.converted_at is None)


class RunStep(Struct, frozen=True, kw_only=True):
    """What one step of a run did. sequence counts from 0 in the order of acting; message_id: of a send."""

    run_id: str
    sequence: int
    node_id: str
    action: str
    status: str
    reason: str = ""
    message_id: str | None = None
    created_at: int
    updated_at: int


class Send(Struct, frozen=True, kw_only=True):
    """One message a run asks for.

    recipient: user id, or None if `message["to"]` says it all. user: fields of the recipient that win for this message.
    message: Courier's message object (courier.md 6.2) with `profile` and `override` beside it; references are resolved.
    message_id: derived from the run and the step. idempotency_expiry: as written, None for the default.
    """

    run_id: str
    node_id: str
    automation_id: str
    recipient: str | None
    user: dict[str, Any] = {}
    message: dict[str, Any]
    message_id: str
    ref: str | None = None
    idempotency_key: str | None = None
    idempotency_expiry: str | int | None = None


class ProfileUpdate(Struct, frozen=True, kw_only=True):
    """A change of a stored profile: `merging.merged(merge, profile, stored)` is the new one (courier.md 4.7).

    chain: what led to the run, if it came that far without waiting, so that a circle through audiences is seen.
    """

    run_id: str
    node_id: str
    user_id: str
    profile: dict[str, Any]
    merge: str
    chain: tuple[str, ...] = ()


class RunInvoked(Struct, frozen=True, kw_only=True, omit_defaults=True):
    """Payload of "run.invoked": start this run. Its event belongs to `recipient`, or to the run id if there is none.

    automation_id: id or alias; None for the ad hoc `steps`. version: 0 for the published one.
    profile: given over the stored one. token: as written; None for that of the automation. reply_to: who wants the result.
    """

    run_id: str
    automation_id: str | None = None
    steps: list[Any] = []
    version: int = 0
    recipient: str | None = None
    data: dict[str, Any] = {}
    profile: dict[str, Any] = {}
    brand: str | None = None
    template: str | None = None
    token: str | None = None
    source: list[str] = []
    reply_to: ReplyTo | None = None


class RunCancelRequested(Struct, frozen=True, kw_only=True, omit_defaults=True):
    """Payload of "run.cancel_requested": cancel one run, or this user's runs with that token.

    requested_at: runs created later are left alone (UTC milliseconds; None: all). except_run_id: the run that asked.
    """

    run_id: str | None = None
    token: str | None = None
    requested_at: int | None = None
    except_run_id: str | None = None


class RunMoveRequested(Struct, frozen=True, kw_only=True):
    """Payload of "run.move_requested": let a waiting run go on with another version. nodes: node id → node id there."""

    run_id: str
    version: int
    nodes: dict[str, str]


class RunAnswered(Struct, frozen=True, kw_only=True, omit_defaults=True):
    """Payload of "run.answered": what a waiting run had asked for. ask_id: of the visit of the step that asked.

    value: as the step that asked understands it. error: why there is none, a sentence.
    """

    run_id: str
    ask_id: str
    value: Any = None
    error: str = ""


MODEL_URL = "model:"
"""In place of an address: the language model that the settings name."""


class FetchAsked(Struct, frozen=True, kw_only=True, omit_defaults=True):
    """Body of a "fetch" command: a request whose JSON answer a run waits for.

    timeout_ms: for all of it. key: the same for the same request, sent as Idempotency-Key.
    """

    run_id: str
    ask_id: str
    method: str
    url: str
    headers: dict[str, str] = {}
    body: str = ""
    timeout_ms: int = 10_000
    key: str = ""


class Tell(Struct, frozen=True, kw_only=True):
    """An event of our own for a key: a user, or what users share."""

    event_type: str
    user_key: str
    payload: Struct


class View(Struct, frozen=True, kw_only=True):
    """What a run may see beside itself.

    profile: the stored profile of the event's user. source: settings of where the event came from, None if unknown.
    consent: the category preferences stored for the user, None if there are none.
    audience_seen_at: when the first event of the Engage audience that the event speaks of was seen, None if it is the first.
    marks: what automations remember of this user.
    """

    profile: dict[str, Any] = {}
    source: Source | None = None
    consent: dict[str, Any] | None = None
    audience_seen_at: int | None = None
    marks: Marks = NO_MARKS


class TokenCancel(Struct, frozen=True, kw_only=True):
    """Runs of other users with this token are to be canceled, too, except the run that asked for it."""

    token: str
    run_id: str
    requested_at: int


class Outcome(Struct, frozen=True, kw_only=True):
    """What one event did to one user's runs: rows to save, and what others must do.

    runs: new and changed ones. timers: to be set. cancelled_tokens: for the runs of other users; this user's are done.
    invokes: each becomes a "run.invoked" event. fetches: each becomes a "fetch" command.
    tells: each becomes an event. marks: new, changed and forgotten ones.
    """

    runs: tuple[Run, ...] = ()
    steps: tuple[RunStep, ...] = ()
    timers: tuple[Timer, ...] = ()
    sends: tuple[Send, ...] = ()
    profile_updates: tuple[ProfileUpdate, ...] = ()
    cancelled_tokens: tuple[TokenCancel, ...] = ()
    invokes: tuple[RunInvoked, ...] = ()
    fetches: tuple[FetchAsked, ...] = ()
    tells: tuple[Tell, ...] = ()
    marks: tuple[Mark, ...] = ()
    facts: tuple[Fact, ...] = ()
