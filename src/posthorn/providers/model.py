"""What goes to a provider, what comes back, and what is known of a provider that is installed."""

from collections.abc import Callable, Mapping
from typing import Any, Literal

from msgspec import Struct

ReceiptKind = Literal["sent", "delivered", "opened", "clicked", "bounced", "failed"]


class Outgoing(Struct, frozen=True, kw_only=True):
    """One message on one channel, rendered, for one call of one provider. Times are UTC milliseconds.

    recipient: the user's id, "" for none. user_key: whose partition it belongs to.
    to: profile and addresses merged, such as {"email": …} or {"webhook": {…}}. given: the part of it that the send call
    itself gave. blocks: [{"type", "text"}, …].
    headers: for mail, such as List-Unsubscribe. override: as in courier.md 6.5: body, headers, url, method, config.
    idempotency_key: one for this message and channel, the same in every attempt. attempt: the first is 1.
    routed_at: when it was handed to delivery, the same in every attempt. attempted_at: the moment of this one.
    """

    message_id: str
    environment: str
    channel: str
    recipient: str
    user_key: str
    to: dict[str, Any]
    given: dict[str, Any] = {}
    subject: str = ""
    title: str = ""
    text: str = ""
    html: str = ""
    body: str = ""
    blocks: list[dict[str, Any]] = []
    data: dict[str, Any] = {}
    template: str = ""
    headers: dict[str, str] = {}
    override: dict[str, Any] = {}
    idempotency_key: str
    attempt: int = 1
    routed_at: int
    attempted_at: int


class Kept(Struct, frozen=True, kw_only=True):
    """A mail for the built-in mailbox, to be stored in the transaction that stores its receipt. raw: all of it."""

    environment: str
    mail_id: str
    user_key: str
    sender: str
    recipient: str
    subject: str
    text: str
    html: str
    raw: bytes
    received_at: int


class Accepted(Struct, frozen=True, kw_only=True):
    """The provider took it. reference: what it calls it. is_delivered: it has arrived. kept: a mail to be stored."""

    reference: dict[str, Any] = {}
    is_delivered: bool = False
    kept: Kept | None = None


class Deferred(Struct, frozen=True, kw_only=True):
    """Not now, and certainly not taken: worth another try, not before `retry_after_ms` if it is given."""

    reason: str
    retry_after_ms: int | None = None


class Rejected(Struct, frozen=True, kw_only=True):
    """This provider will not take it. code: its own word. is_recipient_fault: no other provider would; it is a bounce.

    Without that (wrong credentials, a policy of the provider) the next provider may be tried (courier.md 6.5).
    """

    reason: str
    code: str = ""
    is_recipient_fault: bool = False


class Unknown(Struct, frozen=True, kw_only=True):
    """It may have been taken or not. What follows depends on the provider's idempotency class."""

    reason: str


Result = Accepted | Deferred | Rejected | Unknown


class ProviderReceipt(Struct, frozen=True, kw_only=True):
    """What a provider reports later. Known by our message_id and channel, or by the reference it gave at first.

    at: UTC milliseconds, None if it says nothing. url: of a click.
    """

    kind: ReceiptKind
    message_id: str = ""
    channel: str = ""
    reference: dict[str, Any] = {}
    at: int | None = None
    reason: str = ""
    url: str = ""


class InstalledProvider(Struct, frozen=True, kw_only=True):
    """A provider that is set up in one environment, as it lies in memory.

    settings: the provider's own struct, secrets open. has_address: whether a profile has what this provider needs.
    receiver_of: who answers at that address; None where the provider itself does.
    """

    provider_id: str
    environment: str
    key: str
    channel: str
    settings: Any
    title: str
    alias: str | None
    has_address: Callable[[Mapping[str, Any]], bool]
    receiver_of: Callable[[Mapping[str, Any]], str] | None = None
