"""Send: one request, one message for each recipient (courier.md 6.1)."""

from typing import Any

from litestar import post
from litestar.params import JSONBody
from msgspec import Struct

from posthorn.api.caller import Caller, GivenCaller
from posthorn.api.commands import command_entry
from posthorn.api.context import Context, GivenContext
from posthorn.events.model import Entry
from posthorn.ids import digest
from posthorn.messages.model import REQUESTED, MessageRequested
from posthorn.messages.recipients import Target
from posthorn.messages.requests import check_request


class SendBody(Struct, frozen=True, kw_only=True):
    """The message with its recipients: courier.md 6.2 and 6.3."""

    message: dict[str, Any]


class SendAnswer(Struct, frozen=True, kw_only=True, rename="camel"):
    """The request; for one recipient it is also the message's id."""

    request_id: str


@post("/send", status_code=202)
async def send(data: JSONBody[SendBody], context: GivenContext, caller: GivenCaller) -> SendAnswer:
    """Accepts a message. What depends on stored state (template, profile, provider) becomes the message's status."""
    message, targets = check_request({"message": data.message}, now=context.clock.now_ms())
    ids = _message_ids(caller.request_id, len(targets))
    entries = [_entry(caller, context, message, *each) for each in zip(targets, ids, strict=True)]
    await context.commands.append_and_wait(entries)
    return SendAnswer(request_id=caller.request_id)


def _message_ids(request_id: str, count: int) -> list[str]:
    if count == 1:
        return [request_id]
    # Of the same second as the request, so that a request repeated under its Idempotency-Key names the same messages.
    begin = request_id[: request_id.rindex("-") + 1]
    return [begin + digest(request_id, str(index)).hex()[:24] for index in range(count)]


def _entry(caller: Caller, context: Context, message: dict[str, Any], target: Target, message_id: str) -> Entry:
    requested = MessageRequested(
        message_id=message_id,
        request_id=caller.request_id,
        to=target.to,
        message=message,
        draft=caller.renders_drafts,
    )
    part = "" if message_id == caller.request_id else message_id[message_id.rindex("-") :]
    return command_entry(caller, REQUESTED, target.user_key, requested, context, part=part)


handlers = [send]
