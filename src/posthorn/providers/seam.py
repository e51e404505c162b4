"""The seam: what a vendor's file declares under the name `provider`."""

from collections.abc import Awaitable, Callable, Mapping
from typing import Any, Literal

from msgspec import Struct

from posthorn.outbound import HttpRequest, HttpResponse
from posthorn.providers.model import Outgoing, ProviderReceipt, Result
from posthorn.providers.wires import Wires

SECRET: dict[str, Any] = {"writeOnly": True, "format": "password"}
"""Marks a field of Settings as a secret: `Annotated[str, Meta(title=…, extra_json_schema=SECRET)]`."""


class Provider(Struct, frozen=True, kw_only=True):
    """A vendor. Either `request` and `receipt`, which are pure, or `send` for one that is not HTTP.

    key: as in routing and /providers. settings: a frozen struct whose fields carry a title and a description
    (msgspec.Meta); what no type can say it refuses with ValueError("<field>: <why>") in __post_init__.
    idempotency: what keeps a second attempt from being a second message, when the outcome of the first is not known.
    "key": the vendor knows our idempotency key; "message-id": the same Message-ID again, so mail programs can tell;
    "none": nothing does, it must not be sent again (architecture 3).
    has_address: whether a profile holds what this vendor needs to reach somebody.
    receiver_of: for a vendor that calls each recipient at an address of his own: who answers there, such as the host.
    channel_of: for a vendor of several channels, the channel of its settings; `channel` is then the usual one.
    request: raises errors.Permanent for what cannot be sent at all. receipt: takes any status.
    callbacks: the receipts in a call of the vendor; raises errors.Invalid for a body it does not understand.
    """

    key: str
    title: str
    description: str
    channel: str
    settings: type[Struct]
    idempotency: Literal["key", "message-id", "none"]
    has_address: Callable[[Mapping[str, Any]], bool]
    receiver_of: Callable[[Mapping[str, Any]], str] | None = None
    channel_of: Callable[[Any], str] | None = None
    request: Callable[[Outgoing, Any], HttpRequest] | None = None
    receipt: Callable[[HttpResponse, Outgoing, Any], Result] | None = None
    send: Callable[[Outgoing, Any, Wires], Awaitable[Result]] | None = None
    callbacks: Callable[[bytes, Mapping[str, str]], list[ProviderReceipt]] | None = None
