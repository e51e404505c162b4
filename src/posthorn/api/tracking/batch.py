"""POST /v1/batch and /v1/import: many events, of which the bad ones never sink the good (segment.md 3.7)."""

from functools import partial
from typing import Any

from posthorn.access.model import Source
from posthorn.api.tracking.answers import SUCCESS, Reply, answer
from posthorn.api.tracking.body import Wanted
from posthorn.api.tracking.intake import Intake, arrival_of, note_other_key, source_of_body, source_of_header
from posthorn.api.tracking.request import Request
from posthorn.errors import Invalid
from posthorn.events.batches import Batch, Envelope, Rejection, admit_all, examine_element, open_envelope
from posthorn.events.faults import MESSAGES

_MOST_REJECTIONS = 50


def take_batch(intake: Intake, request: Request) -> Wanted:
    """Wants an envelope, of which it takes the good events. Raises Refusal, also later."""
    source = source_of_header(intake, request)
    return Wanted(partial(_take, intake, request, source), intake.limits.batch_body, "payload_too_large")


def _take(intake: Intake, request: Request, source: Source | None, raw: bytes) -> Reply:
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
    note_rest(intake, batch, source.source_id)
    if not batch.rejected:
        return Reply(SUCCESS, batch.entries)
    content = {"success": True, "accepted": batch.accepted_count, "rejected": rejections(batch)}
    return Reply(answer(200, content), batch.entries)


def note_rest(intake: Intake, batch: Batch, source_id: str) -> None:
    """Tells of the events that are not stored."""
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
