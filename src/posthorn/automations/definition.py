"""Reads what was written about an automation or a journey: its triggers, its token, its nodes."""

from collections.abc import Callable
from functools import partial
from typing import Any, cast

import msgspec
from msgspec import Struct

from posthorn.automations.compile import compile_program, converted, path_id
from posthorn.automations.fields import check_condition
from posthorn.automations.model import DigestRules, Trigger
from posthorn.automations.nesting import with_inner_lists
from posthorn.automations.rules import NO_RULES, Rules
from posthorn.automations.schedule import Schedule
from posthorn.automations.triggers import ANY_EVENT, ENTERED, LEFT, WEBHOOK
from posthorn.errors import Invalid
from posthorn.ids import digest

TYPES = ("identify", "group", "track", "page")
ORIGINS = ("segment", "rudderstack", "courier")
_API = ("api", "api-invoke", "none")
_TRANSITIONS = {"entered": ENTERED, "matched": ENTERED, "left": LEFT, "unmatched": LEFT}
_TOKEN_SPELLINGS = ("cancelation_token", "cancelationToken", "cancellation_token")


class Definition(Struct, frozen=True, kw_only=True):
    """The parts that run: checked, with ids where they are needed."""

    nodes: list[Any]
    triggers: tuple[Trigger, ...]
    cancelation_token: str | None
    rules: Rules = NO_RULES


def read_automation(body: dict[str, Any]) -> Definition:
    """The definition in `{trigger?, sources?, cancelation_token?, steps}`. Raises Invalid. Source: courier.md 4.1."""
    nodes = body.get("steps")
    compile_program("automation", nodes)
    raw = body.get("trigger")
    single: list[Any] = cast("list[Any]", raw) if isinstance(raw, list) else [] if raw is None else [raw]
    triggers = [read_trigger(trigger, "trigger") for trigger in single]
    triggers += [_source(source, f"sources[{index}]") for index, source in enumerate(_list(body, "sources"))]
    return Definition(
        nodes=cast("list[Any]", nodes), triggers=tuple(triggers), cancelation_token=read_token(body), rules=read_rules(body)
    )


def read_journey(body: dict[str, Any], *, seed: str) -> Definition:
    """The definition in `{nodes, cancelation_token?}`; nodes without an id get one derived from the seed. Raises Invalid."""
    nodes = with_ids(body.get("nodes"), seed)
    compile_program("journey", nodes)
    triggers = [read_trigger(node, f"nodes[{index}]") for index, node in enumerate(nodes) if node.get("type") == "trigger"]
    return Definition(nodes=nodes, triggers=tuple(triggers), cancelation_token=read_token(body), rules=read_rules(body))


def read_rules(body: dict[str, Any]) -> Rules:
    """The rules in `rules`; those that are left out do not apply. Raises Invalid."""
    return converted(body.get("rules") or {}, Rules, "rules")


def read_token(body: dict[str, Any]) -> str | None:
    """The cancelation token as one text, whichever of three spellings and two forms it has. Raises Invalid."""
    for spelling in _TOKEN_SPELLINGS:
        token = body.get(spelling)
        if isinstance(token, dict) and isinstance(token.get("$ref"), str):
            return "refs." + str(token["$ref"]).removeprefix("refs.")
        if isinstance(token, str) and token:
            return token
        if token:
            raise Invalid(f'{spelling}: Expected a text or {{"$ref": path}}')
    return None


def read_trigger(raw: Any, path: str) -> Trigger:
    """A trigger: a catalogue key, a journey's trigger node, or `{type, request_type, event}`. Raises Invalid. Source: 5.3."""
    if isinstance(raw, str):
        return _source(raw, path)
    if not isinstance(raw, dict):
        raise Invalid(f"{path}: Expected an object")
    fields = cast("dict[str, Any]", raw)
    origin = fields.get("trigger_type") or fields.get("type")
    conditions = fields.get("conditions")
    try:
        check_condition(conditions)
    except ValueError as error:
        raise Invalid(f"{path}.{error}") from None
    node_id = str(fields.get("id") or "")
    if origin in _API:
        schema = fields.get("schema")
        if schema is not None and not isinstance(schema, dict):
            raise Invalid(f"{path}.schema: Expected a JSON Schema")
        return Trigger(origin="api", conditions=conditions, node_id=node_id, schema=cast("dict[str, Any] | None", schema))
    if origin == "audience":
        return _audience(fields, path)
    if isinstance(origin, str) and origin in _READERS:
        return msgspec.structs.replace(_READERS[origin](fields, path), conditions=conditions, node_id=node_id)
    if origin not in ORIGINS:
        known = ", ".join(("audience", *ORIGINS, *_READERS))
        raise Invalid(f"{path}: Unknown trigger type; expected one of api-invoke, {known}")
    type_, name = _called(fields, path)
    return Trigger(origin=str(origin), type=type_, name=name, conditions=conditions, node_id=node_id)


def _audience(fields: dict[str, Any], path: str) -> Trigger:
    """`{audience_id, event?}`: one audience, in an automation also "*" for any; entered (matched) or left (unmatched)."""
    audience_id, event = fields.get("audience_id"), fields.get("event", "entered")
    if not isinstance(audience_id, str) or not audience_id:
        raise Invalid(f"{path}.audience_id: Required")
    if event not in _TRANSITIONS:
        raise Invalid(f"{path}.event: Expected one of {', '.join(_TRANSITIONS)}")
    is_any = audience_id == "*"
    if is_any and fields.get("trigger_type"):
        raise Invalid(f"{path}.audience_id: A journey waits for one audience")
    return Trigger(
        origin="audience",
        type=_TRANSITIONS[event],
        name=None if is_any else audience_id,
        conditions=fields.get("conditions"),
        node_id=str(fields.get("id") or ""),
    )


def _called(fields: dict[str, Any], path: str) -> tuple[str, str | None]:
    name = fields.get("event_id") or fields.get("event")
    type_ = fields.get("request_type") or ("track" if name else None)
    if type_ not in TYPES:
        raise Invalid(f"{path}.request_type: Expected one of {', '.join(TYPES)}")
    if name is not None and not isinstance(name, str):
        raise Invalid(f"{path}.event_id: Expected a text")
    if name is not None and type_ in {"identify", "group"}:
        raise Invalid(f"{path}.event_id: {type_} has no event name")
    return str(type_), name


def _schedule(fields: dict[str, Any], path: str) -> Trigger:
    known = {name: fields[name] for name in ("cron", "at", "timezone") if fields.get(name)}
    return Trigger(origin="schedule", schedule=converted(known, Schedule, path))


def _digest(fields: dict[str, Any], path: str) -> Trigger:
    topic_id = fields.get("subscription_topic_id")
    if not isinstance(topic_id, str) or not topic_id:
        raise Invalid(f"{path}.subscription_topic_id: Required")
    known = {name: fields[name] for name in ("schedule", "retain", "category_key", "max_items") if fields.get(name)}
    return Trigger(origin="digest", name=topic_id, digest=converted(known, DigestRules, path))


def _webhook(fields: dict[str, Any], path: str) -> Trigger:
    source, event = fields.get("event_source"), fields.get("event_id") or fields.get("event")
    if not isinstance(source, str) or not source or "/" in source:
        raise Invalid(f"{path}.event_source: Expected the name of a source, without a slash")
    if event is not None and (not isinstance(event, str) or "/" in event):
        raise Invalid(f"{path}.event_id: Expected a text without a slash")
    return Trigger(origin=WEBHOOK, type="track", name=f"{source}/{event or ANY_EVENT}")


_READERS: dict[str, Callable[[dict[str, Any], str], Trigger]] = {
    "schedule": _schedule,
    "digest": _digest,
    WEBHOOK: _webhook,
}


def _source(source: Any, path: str) -> Trigger:
    """A catalogue key such as `track/Order Completed`, with or without an origin before it; a bare name is a track event."""
    if not isinstance(source, str) or not source:
        raise Invalid(f"{path}: Expected a text")
    first, slash, rest = source.partition("/")
    origin, key = (first, rest) if slash and first in ORIGINS and rest else ("segment", source)
    type_, slash, name = key.partition("/")
    if type_ in TYPES and not slash:
        return Trigger(origin=origin, type=type_)
    if type_ in {"track", "page"} and name:
        return Trigger(origin=origin, type=type_, name=name)
    return Trigger(origin=origin, type="track", name=key)


def with_ids(nodes: Any, seed: str, path: str = "nodes", depth: int = 0) -> list[dict[str, Any]]:
    """The nodes, each with an id; those inside branches too. Raises Invalid for what is no list of objects."""
    if not isinstance(nodes, list) or (not nodes and depth == 0):
        raise Invalid(f"{path}: Expected a list with at least one node")
    if depth > 100:
        raise Invalid(f"{path}: Nodes are nested too deeply")
    result: list[dict[str, Any]] = []
    for index, raw in enumerate(cast("list[Any]", nodes)):
        place = f"{path}[{index}]"
        if not isinstance(raw, dict):
            raise Invalid(f"{place}: Expected an object")
        node = cast("dict[str, Any]", raw)
        named = node if node.get("id") else {"id": "n_" + digest(seed, path_id(place)).hex()[:12], **node}
        result.append(with_inner_lists(named, place, partial(_inner_ids, seed, depth + 1)))
    return result


def _inner_ids(seed: str, depth: int, nodes: list[Any], path: str) -> list[Any]:
    return with_ids(nodes, seed, path, depth)


def _list(body: dict[str, Any], name: str) -> list[Any]:
    value = body.get(name)
    if value is None:
        return []
    if not isinstance(value, list):
        raise Invalid(f"{name}: Expected a list")
    return cast("list[Any]", value)
