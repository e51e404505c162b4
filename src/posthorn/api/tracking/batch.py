"""POST /v1/batch and /v1/import: many events, of which the bad ones never sink the good (segment.md 3.7)."""

from typing import Any

from posthorn.api.tracking.answers import SUCCESS, Answer, answer
from posthorn.api.tracking.body import read_body
from posthorn.api.tracking.intake import Intake, arrival_of, note_other_key, source_of_body, source_of_header
from posthorn.api.tracking.request import Request
from posthorn.errors import Invalid
from posthorn.events.batches import Batch, Envelope, Rejection, admit_all, examine_element, open_envelope
from posthorn.events.faults import MESSAGES

_MOST_REJECTIONS = 50


async def take_batch(intake: Intake, request: Request) -> Answer:
    """Stores the good events of an envelope. Raises Refusal."""
    source = source_of_header(intake, request)
    raw = await read_body(request, intake.limits.batch_body, "payload_too_large")
    envelope = open_envelope(raw)
    if envelope.fault == "invalid_json":
        raise Invalid(envelope.detail, code="invalid_json")
    if source is None:
        source = source_of_body(intake, request, envelope.write_key or _first_write_key(envelope, request))
    else:
        note_other_key(intake, request, source, envelope.write_key)
    if envelope.fault:
        raise Invalid(MESSAGES[envelope.fault], code=envelope.fault)
    batch = admit_all(envelope, arrival_of(intake, request, source), intake.limits.event)
    await store(intake, batch, source.source_id)
    if not batch.rejected:
        return SUCCESS
    return answer(200, {"success": True, "accepted": batch.accepted_count, "rejected": rejections(batch)})


async def store(intake: Intake, batch: Batch, source_id: str) -> None:
    """Appends what is to be stored and tells of the rest. Raises TooMany, Unavailable."""
    if batch.entries:
        await intake.append(batch.entries)
    for rejection in batch.rejected:
        intake.notice(rejection.fault.code, source_id)
    for _ in range(batch.own_count):
        intake.notice("own_event", source_id)


def rejections(batch: Batch) -> list[dict[str, Any]]:
    """The first 50 rejected elements for the answer."""
    return [_rejection(rejected) for rejected in batch.rejected[:_MOST_REJECTIONS]]


def _rejection(rejected: Rejection) -> dict[str, Any]:
    shown: dict[str, Any] = {"index": rejected.index}
    if rejected.fault.message_id:
        shown["messageId"] = rejected.fault.message_id
    return {**shown, "code": rejected.fault.code, "message": rejected.fault.message}


def _first_write_key(envelope: Envelope, request: Request) -> str:
    if b"writeKey=" in request.query or not envelope.elements:
        return ""
    return examine_element(envelope.elements[0]).head.write_key or ""
