"""One request for many messages: what is asked of whom, under ids that derive from the request. Pure."""

from posthorn.ids import digest
from posthorn.messages.model import REQUESTED, SEND_REQUESTED, MessageRequested, SendRequested
from posthorn.messages.recipients import Recipients, Target


def message_id_for(request_id: str, user_key: str) -> str:
    """The id of the message that a user gets of a request to many: the same however many of its groups he is in."""
    return _begin(request_id) + digest(request_id, user_key).hex()[:24]


Payload = tuple[str, str, MessageRequested | SendRequested]
"""(type, user key, payload) of an event to be appended."""


def payloads(request: SendRequested, found: Recipients) -> list[Payload]:
    """What is to be appended: one event for each named recipient, one for all the groups.

    A request to one recipient is his message. Several that are named get one each, even the same user twice (courier.md 6.3),
    but beside a group a user gets one in all.
    """
    if found.groups:
        ids = [message_id_for(request.request_id, one.user_key) for one in found.targets]
    elif len(found.targets) == 1:
        ids = [request.request_id]
    else:
        ids = [_begin(request.request_id) + digest(request.request_id, str(at)).hex()[:24] for at in range(len(found.targets))]
    named = [_named(request, *each) for each in dict(zip(ids, found.targets, strict=True)).items()]
    return [*named, (SEND_REQUESTED, request.request_id, request)] if found.groups else named


def _named(request: SendRequested, message_id: str, target: Target) -> Payload:
    requested = MessageRequested(
        message_id=message_id,
        request_id=request.request_id,
        to=target.to,
        message=request.message,
        run=request.run,
        job_id=request.job_id,
        draft=request.draft,
    )
    return REQUESTED, target.user_key, requested


def _begin(request_id: str) -> str:
    # Of the same second as the request, so that a request repeated under its Idempotency-Key names the same messages.
    return request_id[: request_id.rfind("-") + 1]
