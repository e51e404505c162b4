"""Why an event or a body of events is refused: stable codes and a sentence for a person (segment.md 3.5 and 3.7)."""

from msgspec import Struct


class Fault(Struct, frozen=True, kw_only=True):
    """A refused event. `message_id` as the sender gave it, "" if it gave none that can be read."""

    code: str
    message: str
    message_id: str = ""


MESSAGES: dict[str, str] = {
    "invalid_json": "Body is not valid JSON",
    "invalid_body": "Body must be one JSON object",
    "event_not_object": "An event must be a JSON object",
    "type_required": "An event needs a type",
    "unknown_type": "This type of call is not known here",
    "no_user_anon_id": "An event needs a userId or an anonymousId",
    "id_not_string": "userId, anonymousId, groupId and previousId must be strings",
    "id_too_long": "userId, anonymousId, groupId and previousId may have 512 characters",
    "event_not_defined": "track needs an event name",
    "event_not_string": "The event name must be a string",
    "properties_not_object": "properties must be an object",
    "traits_not_object": "traits must be an object",
    "name_not_string": "name must be a string",
    "category_not_string": "category must be a string",
    "group_id_required": "group needs a groupId",
    "previous_id_required": "alias needs a previousId",
    "user_id_required": "This call needs a userId",
    "consent_categorypreferences_should_exist": "context.consent.categoryPreferences is missing",
    "consent_categorypreferences_fields_should_be_object": "context.consent.categoryPreferences must be an object",
    "consent_categorypreferences_fields_should_be_bool": "Each consent preference must be true or false",
    "event_too_large": "Exceed payload limit: one event may have 32,768 bytes",
    "payload_too_large": "Exceed payload limit: the body is too large",
    "batch_not_array": "batch must be an array of events",
    "empty_batch": "batch holds no events",
    "batch_too_many_events": "A batch may hold at most 2,500 events",
}


def fault(code: str, message_id: str = "") -> Fault:
    """The fault of that code with its usual sentence."""
    return Fault(code=code, message=MESSAGES[code], message_id=message_id)
