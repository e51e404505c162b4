"""Once: a vendor that cannot tell a second attempt from a second message, for the fault tests alone."""

from collections.abc import Mapping
from typing import Annotated, Any

import msgspec
from msgspec import Meta, Struct

from posthorn.outbound import HttpRequest, HttpResponse
from posthorn.providers.model import Accepted, Outgoing, Rejected, Result
from posthorn.providers.seam import Provider


class Settings(Struct, frozen=True, kw_only=True):
    """Where it listens."""

    url: Annotated[str, Meta(title="Address", description="Takes a POST for each message.")]


def has_phone(to: Mapping[str, Any]) -> bool:
    return bool(to.get("phone_number"))


def request(outgoing: Outgoing, settings: Settings) -> HttpRequest:
    body = msgspec.json.encode({"message": {"data": outgoing.data}})
    return HttpRequest(method="POST", url=settings.url, headers={"content-type": "application/json"}, body=body)


def receipt(response: HttpResponse, outgoing: Outgoing, settings: Settings) -> Result:
    return Accepted() if response.status == 200 else Rejected(reason=str(response.status))


provider = Provider(
    key="once",
    title="Once",
    description="Knows no idempotency key.",
    channel="sms",
    settings=Settings,
    idempotency="none",
    has_address=has_phone,
    request=request,
    receipt=receipt,
)
