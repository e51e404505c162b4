"""Send: one request, one message for each recipient (courier.md 6.1)."""

from typing import Any

from litestar import post
from litestar.params import JSONBody
from msgspec import Struct

from posthorn.api.caller import Caller, GivenCaller
from posthorn.api.commands import accept, command_entry
from posthorn.api.context import Context, GivenContext
from posthorn.events.model import Entry
from posthorn.messages.many import payloads
from posthorn.messages.model import MessageRequested, SendRequested
from posthorn.messages.recipients import Recipients
from posthorn.messages.requests import check_request


class SendBody(Struct, frozen=True, kw_only=True):
    """The message with its recipients: courier.md 6.2 and 6.3."""

    message: dict[str, Any]


class SendAnswer(Struct, frozen=True, kw_only=True, rename="camel"):
    """The request; for one recipient it is also the message's id."""

    request_id: str


@post("/send", status_code=202)
async def send(data: JSONBody[SendBody], context: GivenContext, caller: GivenCaller) -> SendAnswer:
    """Accepts a message. What depends on stored state (template, profile, provider) becomes the message's status.

    A list, pattern, audience or tenant is written to in the background; `GET /jobs/{requestId}` tells how far that is.
    """
    message, found = check_request({"message": data.message}, now=context.clock.now_ms())
    await accept(context, _entries(caller, context, message, found))
    return SendAnswer(request_id=caller.request_id)


def _entries(caller: Caller, context: Context, message: dict[str, Any], found: Recipients) -> list[Entry]:
    request = SendRequested(request_id=caller.request_id, groups=found.groups, message=message, draft=caller.renders_drafts)
    return [
        command_entry(caller, type, user_key, payload, context, part=_part(caller, payload))
        for type, user_key, payload in payloads(request, found)
    ]


def _part(caller: Caller, payload: MessageRequested | SendRequested) -> str:
    if isinstance(payload, SendRequested) or payload.message_id == caller.request_id:
        return ""
    return payload.message_id[payload.message_id.rindex("-") :]


handlers = [send]
