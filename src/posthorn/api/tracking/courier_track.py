"""POST /inbound/courier, also known as /inbound/track: an event in Courier's own form (courier.md 1.10)."""

from functools import partial
from typing import Any

from posthorn.access.model import ApiKey
from posthorn.api.tracking.answers import Reply, answer
from posthorn.api.tracking.body import Wanted
from posthorn.api.tracking.destination import api_key_or_refuse
from posthorn.api.tracking.intake import Intake
from posthorn.api.tracking.request import Request
from posthorn.api.tracking.single import refusal_of
from posthorn.errors import Invalid
from posthorn.events.clean import Arrival, Examined, OwnEvent, admit, examine
from posthorn.events.faults import Fault
from posthorn.ids import digest, random_uuid, request_id

_TRACK = frozenset({"track"})


def take_courier_track(intake: Intake, request: Request) -> Wanted:
    """Wants the event and answers with an id of ours. Raises Refusal, also later."""
    key = api_key_or_refuse(intake, request)
    return Wanted(partial(_take, intake, key), intake.limits.inbound_body, "payload_too_large")


def _take(intake: Intake, key: ApiKey, raw: bytes) -> Reply:
    examined = examine(raw, event_limit=intake.limits.event)
    if examined.fault == "invalid_json":
        raise Invalid(examined.detail, code="invalid_json")
    now_ms = intake.clock.now_ms()
    message_id = _check_members(examined)
    arrival = Arrival(
        environment=key.environment,
        source_id="courier",
        origin="courier",
        received_at=now_ms,
        fresh_id=random_uuid,
        types=_TRACK,
        # Without a user an event still belongs somewhere: it is ordered with its own repetitions.
        fallback_key="event:" + message_id,
    )
    outcome = admit(examined, arrival)
    if isinstance(outcome, Fault):
        raise refusal_of(outcome)
    seed = digest("inbound/courier", key.environment, outcome.message_id)
    told = answer(202, {"messageId": request_id(now_ms, seed)})
    if isinstance(outcome, OwnEvent):
        intake.notice("own_event", "courier")
        return Reply(told)
    return Reply(told, [outcome], unless_seen=(key.environment, outcome.message_id))


def _check_members(examined: Examined) -> str:
    """The messageId. Raises Invalid if a required member is missing, in Courier's words."""
    if examined.fault:
        return ""
    head = examined.head
    required: dict[str, Any] = {
        "event": head.event,
        "messageId": head.message_id,
        "properties": head.properties,
        "type": head.type,
    }
    missing = [f"{name}: Required" for name, value in required.items() if value is None or not str(value).strip()]
    if missing:
        raise Invalid("; ".join(missing), code="invalid_body")
    if head.type != "track":
        raise Invalid("type: must be track", code="invalid_body")
    return head.message_id or ""
