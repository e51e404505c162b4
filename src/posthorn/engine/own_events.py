"""Events of our own that one user's turn causes for another: appended to the log like everything else."""

from msgspec import Struct, json

from posthorn.automations.model import RUN_INVOKED, Outcome, Run, Send
from posthorn.events.model import Entry, Event
from posthorn.ids import digest
from posthorn.messages.many import payloads
from posthorn.messages.model import MessageRequested, Origin, SendRequested
from posthorn.messages.recipients import Recipients

PROFILE_UPDATE_REQUESTED = "profile.update_requested"
"""Payload: automations.model.ProfileUpdate. A run wants another user's profile changed."""


def engine_entry(environment: str, event_type: str, user_key: str, message_id: str, body: bytes, now: int) -> Entry:
    """An event that the engine says. body: JSON. message_id: derived, so that saying it twice is saying it once."""
    return Entry(
        environment=environment,
        source_id="",
        origin="engine",
        type=event_type,
        user_key=user_key,
        message_id=message_id,
        received_at=now,
        body=body,
    )


def own_entry(event_type: str, user_key: str, payload: Struct, cause: Event, now: int) -> Entry:
    """An event that follows from another one: its messageId derives from cause and payload, so causing it twice is causing
    it once.
    """
    body = json.encode(payload)
    message_id = f"{event_type}-{digest(cause.id, event_type, user_key, body.decode()).hex()}"
    return engine_entry(cause.environment, event_type, user_key, message_id, body, now)


def told_entries(outcome: Outcome, cause: Event, now: int) -> list[Entry]:
    """What the runs of one user have to tell others: questions, answers, runs to be started."""
    tells = [own_entry(one.event_type, one.user_key, one.payload, cause, now) for one in outcome.tells]
    return tells + [own_entry(RUN_INVOKED, one.recipient or one.run_id, one, cause, now) for one in outcome.invokes]


def request_entries(requested: MessageRequested, found: Recipients, cause: Event, now: int) -> list[Entry]:
    """The requests for everybody else that a step of a run wants to write to."""
    message = requested.message
    if found.groups:  # the profile given to a run is its own user's, and nobody's on a list
        message = {key: value for key, value in message.items() if key != "profile"}
    request = SendRequested(request_id=requested.request_id, groups=found.groups, message=message, run=requested.run)
    return [own_entry(type, key, payload, cause, now) for type, key, payload in payloads(request, found)]


def requested_message(send: Send, runs: tuple[Run, ...]) -> MessageRequested:
    """The request for the message that a step of a run wants sent."""
    run = next((one for one in runs if one.run_id == send.run_id), None)
    message = {key: value for key, value in send.message.items() if key != "to"}
    to = send.message.get("to") or {}
    recipient = {"user_id": send.recipient} if send.recipient is not None else {}
    return MessageRequested(
        message_id=send.message_id,
        request_id=send.message_id,
        to={**to, **recipient, **send.user} if isinstance(to, dict) else to,
        message=message,
        run=_origin(send, run),
    )


def _origin(send: Send, run: Run | None) -> Origin:
    if run is None:
        return Origin(run_id=send.run_id, automation_id=send.automation_id)
    return Origin(
        run_id=run.run_id,
        automation_id=run.automation_id,
        kind=run.kind,
        trigger_event=run.trigger_event,
        trigger_message_id=run.trigger_message_id,
        source=run.source,
    )
