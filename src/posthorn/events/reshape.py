"""An event of unusual shape, made into a clean one: what segment.md 3.7 cleans, and the codes for what it refuses."""

from typing import Any

from msgspec import UNSET, Raw, UnsetType

from posthorn.events.head import Anything, ContextHead, Head, Named
from posthorn.events.lenient import Scrubber, encode

_PRESENT = Raw(b"null")
_IDS = ("userId", "anonymousId", "groupId", "previousId")
_TEXTS = {"page": ("name", "category"), "screen": ("name", "category")}
_FREE_FORM = {
    "track": "properties",
    "page": "properties",
    "screen": "properties",
    "identify": "traits",
    "group": "traits",
}


def reshape(value: dict[str, Any], path_type: str) -> tuple[Head, bytes, tuple[str, ...], str]:
    """(head, body, warnings, code of what is wrong or "") of a parsed event; the write key is in the head alone.

    Raises NotJson for more than 100 levels.
    """
    scrubber = Scrubber()
    members = {scrubber.text(key): scrubber.clean(item, 2) for key, item in value.items() if key != "writeKey"}
    for name in ("context", "integrations"):
        _make_object(members, name, scrubber)
    code = _coerce_ids(members, value, scrubber)
    kind = path_type or members.get("type")
    code = code or (_shape_fault(kind, members) if isinstance(kind, str) else "")
    head = _head(members, _write_key(value), scrubber)
    return head, encode(members), tuple(scrubber.warnings), code


def as_text(number: float) -> str:
    """A number as an id: 42 is "42" and 7.0 is "7"."""
    return str(int(number)) if isinstance(number, int) or number.is_integer() else repr(number)


def context_head(found: Any) -> ContextHead | None:
    """What ingest must know of a parsed `context`; None if it is no object."""
    if not isinstance(found, dict):
        return None
    return ContextHead(
        library=_named(found.get("library")),
        integration=_named(found.get("integration")),
        direct=found.get("direct") is True,
        consent=found.get("consent"),
    )


def _make_object(members: dict[str, Any], name: str, scrubber: Scrubber) -> None:
    found = members.get(name)
    if found is None or isinstance(found, dict):
        return
    members[name] = {}
    if found != []:
        scrubber.warn(f"{name}_not_object")


def _coerce_ids(members: dict[str, Any], value: dict[str, Any], scrubber: Scrubber) -> str:
    """Numbers as ids become their digits: as they were sent, for two long ones must not be rounded to one person."""
    for name in _IDS:
        found = members.get(name)
        if found is None or isinstance(found, str):
            continue
        if type(found) not in (int, float):
            return "id_not_string"
        members[name] = as_text(value[name])
        scrubber.warn("id_coerced")
    return ""


def _shape_fault(kind: str, members: dict[str, Any]) -> str:
    if kind == "track" and not isinstance(members.get("event"), str | None):
        return "event_not_string"
    for name in _TEXTS.get(kind, ()):
        if not isinstance(members.get(name), str | None):
            return f"{name}_not_string"
    free_form = _FREE_FORM.get(kind)
    if free_form is not None and not isinstance(members.get(free_form), dict | None):
        return f"{free_form}_not_object"
    return ""


def _head(members: dict[str, Any], write_key: str | UnsetType, scrubber: Scrubber) -> Head:
    kind = members.get("type")
    return Head(
        type=kind if kind is None else str(kind)[:100],
        event=_text(members.get("event")),
        user_id=_text(members.get("userId")),
        anonymous_id=_text(members.get("anonymousId")),
        group_id=_text(members.get("groupId")),
        previous_id=_text(members.get("previousId")),
        message_id=_message_id(members.get("messageId"), scrubber),
        properties=Anything() if isinstance(members.get("properties"), dict) else None,
        context=context_head(members.get("context")),
        write_key=write_key,
        email=UNSET if members.get("email") is None else _PRESENT,
    )


def _named(found: Any) -> Named | None:
    return Named(_text(found.get("name"))) if isinstance(found, dict) else None


def _text(found: Any) -> str | None:
    return found if isinstance(found, str) else None


def _message_id(found: Any, scrubber: Scrubber) -> str | None:
    if type(found) in (int, float):
        scrubber.warn("message_id_coerced")
        return as_text(found)
    return _text(found)


def _write_key(value: dict[str, Any]) -> str | UnsetType:
    found = value.get("writeKey")
    return found if isinstance(found, str) else UNSET
