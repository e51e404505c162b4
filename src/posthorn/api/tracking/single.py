"""POST /v1/track and its five sisters: one event in the body (segment.md 3.7)."""

from functools import partial

from posthorn.access.model import Source
from posthorn.api.tracking.answers import DONE, SUCCESS, Reply
from posthorn.api.tracking.body import Wanted
from posthorn.api.tracking.intake import Intake, arrival_of, note_other_key, source_of_body, source_of_header
from posthorn.api.tracking.request import Request
from posthorn.errors import Invalid
from posthorn.events.clean import OwnEvent, admit, examine
from posthorn.events.faults import Fault, fault


def take_single(intake: Intake, request: Request, kind: str) -> Wanted:
    """Wants one event of that type. Raises Refusal, also later."""
    source = source_of_header(intake, request)
    return Wanted(partial(_take, intake, request, kind, source), intake.limits.single_body, "event_too_large")


def _take(intake: Intake, request: Request, kind: str, source: Source | None, raw: bytes) -> Reply:
    examined = examine(raw, event_limit=intake.limits.event, path_type=kind)
    if examined.fault == "invalid_json":
        raise Invalid(examined.detail, code="invalid_json")
    if source is None:
        source = source_of_body(intake, request, examined.head.write_key or "")
    else:
        note_other_key(intake, request, source, examined.head.write_key or "")
    outcome = admit(examined, arrival_of(intake, request, source), kind)
    if isinstance(outcome, Fault):
        if source.always_200 and outcome.code != "event_not_object":
            intake.notice(outcome.code, source.source_id)
            return DONE
        raise refusal_of(outcome)
    if isinstance(outcome, OwnEvent):
        intake.notice("own_event", source.source_id)
        return DONE
    return Reply(SUCCESS, [outcome])


def refusal_of(refused: Fault) -> Invalid:
    """The refusal of a call whose only event is at fault."""
    if refused.code == "event_not_object":
        refused = fault("invalid_body")
    return Invalid(refused.message, code=refused.code)
