"""What a message is: the request, the plan of its attempts, what became of it, and what one pass over an event gives back."""

from typing import Any, Literal

from msgspec import Struct

from posthorn.events.model import Fact
from posthorn.messages.groups import Group
from posthorn.outbox.model import Command
from posthorn.preferences.effective import Line
from posthorn.preferences.model import Preference
from posthorn.timers.model import Timer

REQUESTED = "message.requested"
SEND_REQUESTED = "send.requested"
CANCEL_REQUESTED = "message.cancel_requested"
RESEND_REQUESTED = "message.resend_requested"
SENT = "message.sent"
DELIVERED = "message.delivered"
OPENED = "message.opened"
CLICKED = "message.clicked"
BOUNCED = "message.bounced"
FAILED = "message.failed"
UNKNOWN = "message.unknown"
RECEIPT_TYPES = frozenset({SENT, DELIVERED, OPENED, CLICKED, BOUNCED, FAILED, UNKNOWN})

TIMER_KIND = "message"
COMMAND_KIND = "deliver"
MOST_TOLD = 50

Method = Literal["single", "all"]
HopState = Literal["waiting", "pending", "sent", "failed", "unknown", "skipped", "escalated"]


class Origin(Struct, frozen=True, kw_only=True, omit_defaults=True):
    """The run a message comes from. kind: "automation" or "journey". trigger_*: the event that started the run."""

    run_id: str
    automation_id: str = ""
    kind: str = "automation"
    trigger_event: str = ""
    trigger_message_id: str = ""
    source: list[str] = []


class MessageRequested(Struct, frozen=True, kw_only=True, omit_defaults=True):
    """Payload of "message.requested": one message to one recipient. Its event's user_key is `Target.user_key`.

    request_id: the API call; the same as message_id when it had one recipient. to: one recipient object (courier.md 6.3).
    message: the message object of courier.md 6.2 without `to`; a step of a run may add `profile` and `override`.
    draft: render the draft of the template. simulated: go all the way but call no provider.
    """

    message_id: str
    request_id: str
    to: dict[str, Any]
    message: dict[str, Any]
    run: Origin | None = None
    job_id: str = ""
    list_id: str = ""
    list_message_id: str = ""
    audience_id: str = ""
    draft: bool = False
    simulated: bool = False


class SendRequested(Struct, frozen=True, kw_only=True, omit_defaults=True):
    """Payload of "send.requested": one message to everybody in these groups. Its event belongs to the request.

    The other fields are those that each message will have, see MessageRequested. due_at: not begun before (UTC milliseconds).
    """

    request_id: str
    groups: tuple[Group, ...]
    message: dict[str, Any]
    run: Origin | None = None
    job_id: str = ""
    draft: bool = False
    due_at: int = 0


class MessageReference(Struct, frozen=True, kw_only=True, omit_defaults=True):
    """Payload of "message.cancel_requested" and "message.resend_requested". new_message_id: of the copy, for a resend."""

    message_id: str
    new_message_id: str = ""


class Receipt(Struct, frozen=True, kw_only=True, omit_defaults=True):
    """Payload of what a provider, a reader or the dispatcher reported; the event's type says what.

    provider_id: the installed provider; provider: its key. attempt: the outbox attempt it belongs to, 0 if unknown.
    at: when it happened, UTC milliseconds; 0: at the event's time. code: a stable word ("expired", "ambiguous", "render",
    "smtp 550"). is_recipient_fault: another provider would be refused, too. link: the address that was clicked.
    """

    message_id: str
    channel: str = ""
    provider_id: str = ""
    provider: str = ""
    attempt: int = 0
    at: int = 0
    reference: dict[str, Any] = {}
    error: str = ""
    code: str = ""
    is_recipient_fault: bool = False
    link: str = ""


class DeliverCommand(Struct, frozen=True, kw_only=True):
    """Body of a "deliver" command: make attempt number `hop` of the message's plan."""

    message_id: str
    channel: str
    provider_id: str
    hop: int


class Hop(Struct, frozen=True, kw_only=True, omit_defaults=True):
    """One channel by one provider, tried or still to be tried (courier.md 6.9). Times are UTC milliseconds, None until then.

    state: "waiting" (its turn has not come), "pending" (handed to the dispatcher), "sent", "failed", "unknown" (nobody knows
    whether the provider took it), "skipped" (would fail as its sibling did), "escalated" (sent, but the reader did not react).
    timeout_ms: how long the provider is tried before the next one. started_at: when it was handed to delivery.
    failure: a reason of courier.md 6.7. receiver: one of a few numbers for who answers at the recipient's address, -1 where the
    provider itself does.
    """

    channel: str
    provider_id: str
    provider: str
    receiver: int = -1
    timeout_ms: int = 300_000
    state: HopState = "waiting"
    attempt: int = 0
    started_at: int = 0
    sent_at: int | None = None
    delivered_at: int | None = None
    opened_at: int | None = None
    clicked_at: int | None = None
    failed_at: int | None = None
    reference: dict[str, Any] = {}
    error: str = ""
    code: str = ""
    failure: str = ""


class Branch(Struct, frozen=True, kw_only=True):
    """How attempts belong together: indexes into `Message.hops`, and branches of them.

    single: one after the other until one succeeds. all: each by itself.
    """

    method: Method
    nodes: tuple["int | Branch", ...]


class Message(Struct, frozen=True, kw_only=True, omit_defaults=True):
    """The state of one message, everything but its contents. Times are UTC milliseconds.

    recipient: user id or address, as `MessageDetails` shows it. status, reason: wire strings of courier.md 6.7.
    template_id, template_version: what will be rendered, pinned when it is routed; "" for inline content.
    event: what the request called `template` or `metadata.event`; "" for neither.
    hops, plan: the attempts and their order; none before it is routed. links: hashes of the links clicked so far.
    held_until: how long it waits for an address of its recipient; 0 if it does not (segment.md 6.5).
    told: the events that Segment is told of it, by their messageId, the first MOST_TOLD.
    criteria, escalation_ms: when a chain goes on to its next channel although the provider accepted (courier.md 6.5).
    """

    message_id: str
    request_id: str
    environment: str
    user_key: str
    recipient: str
    status: str
    user_id: str | None = None
    reason: str | None = None
    error: str | None = None
    template_id: str = ""
    template_name: str = ""
    template_version: int = 0
    event: str = ""
    hops: tuple[Hop, ...] = ()
    plan: Branch | None = None
    criteria: str = ""
    escalation_ms: int | None = None
    enqueued_at: int
    due_at: int | None = None
    held_until: int = 0
    expires_at: int = 0
    sent_at: int | None = None
    delivered_at: int | None = None
    opened_at: int | None = None
    clicked_at: int | None = None
    canceled_at: int | None = None
    archived_at: int | None = None
    tags: tuple[str, ...] = ()
    trace_id: str = ""
    utm: dict[str, str] = {}
    tenant_id: str = ""
    topic_id: str = ""
    run: Origin | None = None
    job_id: str = ""
    list_id: str = ""
    list_message_id: str = ""
    audience_id: str = ""
    is_draft: bool = False
    is_simulated: bool = False
    links: tuple[str, ...] = ()
    told: tuple[str, ...] = ()


class Contents(Struct, frozen=True, kw_only=True, omit_defaults=True):
    """What a message is made from; kept apart from its state because only rendering needs it.

    request: the message object without `to`. to: the recipient object. stored_profile: as it was when the message was
    routed. profile: what it is rendered with (courier.md 3.4). tenant: properties of the tenant in whose context it is sent.
    brand_id: of that tenant.
    """

    message_id: str
    request: dict[str, Any]
    to: dict[str, Any]
    stored_profile: dict[str, Any] = {}
    profile: dict[str, Any] = {}
    tenant: dict[str, Any] = {}
    brand_id: str = ""


class HistoryItem(Struct, frozen=True, kw_only=True, omit_defaults=True):
    """One line of a message's history: `type` and `ts` (UTC milliseconds) as courier.md 6.8 has them, and the further fields.

    Fields that repeat the contents (`data`, `profile`, ...) are left out here; `history.wire_items` puts them in.
    """

    type: str
    ts: int
    fields: dict[str, Any] = {}


class Membership(Struct, frozen=True, kw_only=True):
    """A tenant as one user sees it, its ancestors merged in (courier.md 6.4).

    properties: the template's `tenant.*`. user_profile: under the stored profile. profile: of the membership, over it.
    is_member: False for a tenant that only the request names. defaults: its members' of each topic, and of its ancestors.
    brand_id: its own or its nearest ancestor's, "" for none.
    """

    tenant_id: str
    properties: dict[str, Any] = {}
    user_profile: dict[str, Any] = {}
    profile: dict[str, Any] = {}
    is_member: bool = True
    defaults: Line = ()
    brand_id: str = ""


class Gate(Struct, frozen=True, kw_only=True):
    """Why a message must stop before it is routed, as preferences, limits and digests say (courier.md 8.4, 6.7)."""

    status: str
    reason: str | None = None
    error: str | None = None


class Known(Struct, frozen=True, kw_only=True):
    """What is known of a recipient when a decision is made. profile: the stored one, {} if there is none.

    preferences: what he chose of topics. sent_at: when messages to him were taken, for the send limit (UTC milliseconds).
    """

    profile: dict[str, Any] = {}
    memberships: tuple[Membership, ...] = ()
    preferences: tuple[Preference, ...] = ()
    sent_at: tuple[int, ...] = ()


class Transition(Struct, frozen=True, kw_only=True, omit_defaults=True):
    """Something that happened to a message for the first time: what others (Segment) are told, once.

    status: the wire status; CLICKED once for each distinct link. at: when it happened, UTC milliseconds.
    """

    status: str
    at: int
    channel: str = ""
    provider: str = ""
    provider_id: str = ""
    link: str = ""
    error: str | None = None
    reason: str | None = None
    code: str = ""


class Outcome(Struct, frozen=True, kw_only=True):
    """What one event did to one message. contents: to be saved, None if they stay as they are."""

    message: Message
    contents: Contents | None = None
    history: tuple[HistoryItem, ...] = ()
    commands: tuple[Command, ...] = ()
    timers: tuple[Timer, ...] = ()
    transitions: tuple[Transition, ...] = ()
    facts: tuple[Fact, ...] = ()
