"""What Segment and RudderStack call as a destination: /debug, /inbound/segment, /inbound/rudderstack (segment.md 5)."""

from functools import partial

from msgspec import Struct

from posthorn.access.model import ApiKey, Source
from posthorn.api.tracking.answers import Reply, answer
from posthorn.api.tracking.batch import note_rest, rejections
from posthorn.api.tracking.body import Wanted
from posthorn.api.tracking.intake import Intake, api_key_of_header, charge, refuse_credentials
from posthorn.api.tracking.request import Request
from posthorn.api.tracking.signature import is_signed
from posthorn.api.tracking.single import refusal_of
from posthorn.errors import Forbidden, Invalid, NotFound
from posthorn.events.batches import admit_all, open_array
from posthorn.events.clean import DESTINATION_TYPES, Arrival, OwnEvent, admit, examine
from posthorn.events.faults import MESSAGES, Fault
from posthorn.ids import random_uuid

SOURCE_PREFIX = "/inbound/segment/"

_NO_KEY = "The API key or the signature is missing or wrong"
_UNSIGNED_TAIL = "batch needs a bearer key: only its first event is signed"


class Caller(Struct, frozen=True):
    """Who calls. has_key: by an API key; else nothing but the signature of `source` can vouch for the body."""

    environment: str
    source_id: str
    source: Source | None
    has_key: bool


def check_key(intake: Intake, request: Request) -> Reply:
    """POST /debug: whether the key is good; the body, mostly empty, does not matter."""
    key = api_key_or_refuse(intake, request)
    intake.notice("key_verified", key.key_id)
    return Reply(answer(200, {}))


def take_inbound(intake: Intake, request: Request, origin: str) -> Wanted:
    """Wants one event, or an array of which it takes the good ones. Raises Refusal, also later."""
    caller = _caller(intake, request, origin)
    limits = intake.limits
    take = partial(_take, intake, request, caller, origin)
    return Wanted(take, limits.inbound_body, "payload_too_large", array_limit=limits.inbound_array)


def _take(intake: Intake, request: Request, caller: Caller, origin: str, raw: bytes) -> Reply:
    is_array = raw.lstrip()[:1] == b"["
    _check_signature(intake, request, caller, raw)
    arrival = Arrival(
        environment=caller.environment,
        source_id=caller.source_id,
        origin=origin,
        received_at=intake.clock.now_ms(),
        fresh_id=random_uuid,
        types=DESTINATION_TYPES,
    )
    return _take_array(intake, caller, arrival, raw) if is_array else _take_one(intake, arrival, raw)


def api_key_or_refuse(intake: Intake, request: Request) -> ApiKey:
    """What the caller's API key opens. Raises Unauthenticated, TooMany."""
    key = api_key_of_header(intake, request)
    if key is None:
        refuse_credentials(intake, request, _NO_KEY)
    return key


def _take_one(intake: Intake, arrival: Arrival, raw: bytes) -> Reply:
    examined = examine(raw, event_limit=intake.limits.event)
    if examined.fault == "invalid_json":
        raise Invalid(examined.detail, code="invalid_json")
    outcome = admit(examined, arrival)
    if isinstance(outcome, Fault):
        intake.notice(outcome.code, arrival.source_id)
        raise refusal_of(outcome)
    told = answer(202, {"messageId": outcome.message_id})
    if isinstance(outcome, OwnEvent):
        intake.notice("own_event", arrival.source_id)
        return Reply(told)
    return Reply(told, [outcome])


def _take_array(intake: Intake, caller: Caller, arrival: Arrival, raw: bytes) -> Reply:
    envelope = open_array(raw)
    code = envelope.fault or ("" if envelope.elements else "empty_batch")
    if code:
        raise Invalid(envelope.detail or MESSAGES[code], code=code)
    is_tail_vouched_for = caller.has_key or (caller.source is not None and caller.source.allow_unsigned_batch_tail)
    if len(envelope.elements) > 1 and not is_tail_vouched_for:
        raise Invalid(_UNSIGNED_TAIL, code="invalid_body")
    batch = admit_all(envelope, arrival, intake.limits.event)
    note_rest(intake, batch, arrival.source_id)
    content = {"messageId": batch.first_message_id, "accepted": batch.accepted_count, "rejected": rejections(batch)}
    return Reply(answer(202, content), batch.entries)


def _caller(intake: Intake, request: Request, origin: str) -> Caller:
    if not request.path.startswith(SOURCE_PREFIX):
        return Caller(api_key_or_refuse(intake, request).environment, origin, None, has_key=True)
    key = api_key_of_header(intake, request)
    source = intake.keys.source(request.path[len(SOURCE_PREFIX) :])
    if key is None and (source is None or b"x-signature" not in request.headers):
        refuse_credentials(intake, request, _NO_KEY)
    if source is None or (key is not None and key.environment != source.environment):
        raise NotFound("There is no such source", code="not_found")
    if source.require_signature_and_key and key is None:
        refuse_credentials(intake, request, "This source needs both an API key and a signature")
    return Caller(source.environment, source.source_id, source, has_key=key is not None)


def _check_signature(intake: Intake, request: Request, caller: Caller, raw: bytes) -> None:
    """Looks at the signature where it is needed, then at what the source may do. Raises Refusal."""
    source = caller.source
    if source is None:
        return
    if not caller.has_key or source.require_signature_and_key:
        signature = request.headers.get(b"x-signature", b"").decode("latin-1")
        if not is_signed(raw, signature, source.shared_secrets):
            intake.notice("bad_signature", source.source_id)
            refuse_credentials(intake, request, "The signature does not match the body")
    if not source.enabled:
        raise Forbidden("This source is switched off", code="source_disabled")
    charge(intake, source)
