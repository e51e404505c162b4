"""Notes what was changed by whom: one entry for each change of the configuration that was answered well."""

import json
from typing import Any

from litestar.types import ASGIApp, Message, Receive, Scope, Send

from posthorn.access.audit import Actor, actor_of, hidden_user, record
from posthorn.api.caller import Caller, caller_in
from posthorn.api.context import context_in

_ID = ("id", "template_id", "provider_id")

TYPES = {
    ("POST", "/keys"): "api-key-created",
    ("DELETE", "/keys/{key_id}"): "api-key-deleted",
    ("POST", "/sources"): "segment-source-created",
    ("PUT", "/sources/{source_id}"): "segment-source-updated",
    ("PUT", "/integrations/segment"): "segment-destination-updated",
    ("POST", "/integrations/segment/resume"): "segment-destination-resumed",
    ("PUT", "/integrations/segment/events/{key_and_template}"): "event-linked",
    ("DELETE", "/integrations/segment/events/{key_and_template}"): "event-unlinked",
    ("POST", "/integrations/webhooks"): "webhook-created",
    ("PUT", "/integrations/webhooks/{endpoint_id}"): "webhook-updated",
    ("DELETE", "/integrations/webhooks/{endpoint_id}"): "webhook-deleted",
    ("PUT", "/automations/{automation_id}"): "automation-template-updated",
    ("POST", "/automations/{automation_id}/publish"): "automation-template-published",
    ("DELETE", "/automations/{automation_id}"): "automation-template-deleted",
    ("POST", "/journeys"): "journey-created",
    ("PUT", "/journeys/{journey_id}"): "journey-updated",
    ("POST", "/journeys/{journey_id}/publish"): "journey-published",
    ("DELETE", "/journeys/{journey_id}"): "journey-deleted",
    ("POST", "/notifications"): "notification-created",
    ("PUT", "/notifications/{template_id}"): "notification-updated",
    ("PUT", "/notifications/{template_id}/content"): "notification-updated",
    ("POST", "/notifications/{template_id}/publish"): "notification-published",
    ("DELETE", "/notifications/{template_id}"): "notification-deleted",
    ("POST", "/brands"): "brand-created",
    ("PUT", "/brands/{brand_id}"): "brand-published",
    ("DELETE", "/brands/{brand_id}"): "brand-deleted",
    ("POST", "/providers"): "provider-created",
    ("PUT", "/providers/{provider_id}"): "provider-updated",
    ("PATCH", "/providers/{provider_id}"): "provider-updated",
    ("DELETE", "/providers/{provider_id}"): "provider-deleted",
    ("PUT", "/audiences/{audience_id}"): "audience-updated",
    ("DELETE", "/audiences/{audience_id}"): "audience-deleted",
    ("POST", "/preferences/publish"): "preference-page-published",
    ("POST", "/preferences/sections"): "preference-section-created",
    ("PUT", "/preferences/sections/{section_id}"): "preference-section-updated",
    ("DELETE", "/preferences/sections/{section_id}"): "preference-section-deleted",
    ("POST", "/preferences/sections/{section_id}/topics"): "preference-topic-created",
    ("PUT", "/preferences/sections/{section_id}/topics/{topic_id}"): "preference-topic-updated",
    ("DELETE", "/preferences/sections/{section_id}/topics/{topic_id}"): "preference-topic-deleted",
    ("POST", "/broadcasts/{broadcast_id}/send"): "broadcast-sent",
    ("POST", "/broadcasts/{broadcast_id}/schedule"): "broadcast-scheduled",
    ("POST", "/broadcasts/{broadcast_id}/cancel"): "broadcast-canceled",
    ("DELETE", "/profiles/{user_id}"): "profile-deleted",
    ("POST", "/log/parked/{user_id}/replay"): "events-replayed",
}
"""What is noted, by method and route. Users are noted where they are changed; what is done to profiles, lists and messages is
in the log.
"""


ABOUT_USERS = frozenset({"profile-deleted", "events-replayed"})
"""What is done to one of the people who are written to. Their ids are not kept here, where nothing is ever forgotten."""


def note_changes(app: ASGIApp) -> ASGIApp:
    """Middleware: an entry is written before the answer leaves, so that who was told of a change finds it noted."""

    async def audited(scope: Scope, receive: Receive, send: Send) -> None:
        type = TYPES.get((scope.get("method", ""), scope.get("path_template", "")))
        caller = caller_in(scope) if type else None
        if type is None or caller is None:
            await app(scope, receive, send)
            return
        start: list[Message] = []

        async def hear(message: Message) -> None:
            if message["type"] == "http.response.start":
                start.append(message)
                return
            if start:
                first = start.pop()
                if first["type"] == "http.response.start" and first["status"] < 400:
                    body = message["body"] if message["type"] == "http.response.body" else b""
                    await _note(scope, caller, type, body)
                await send(first)
            await send(message)

        await app(scope, receive, hear)

    return audited


async def _note(scope: Scope, caller: Caller, type: str, body: bytes) -> None:
    context = context_in(scope)
    actor = actor_of(caller.user) if caller.user else Actor(actor_id=caller.key_id, source="api")
    async with context.database.transaction() as tx:
        target, now = _target(scope, body), context.clock.now_ms()
        if type in ABOUT_USERS:
            target = hidden_user(caller.environment, target)
        await record(tx, actor, type, target=target, at=now, environment=caller.environment)


def _target(scope: Scope, body: bytes) -> str:
    """What the path names, else the id of what was made."""
    named = [str(value) for value in scope.get("path_params", {}).values()]
    if named:
        return "/".join(named).removeprefix("/")
    try:
        answer: Any = json.loads(body)
    except ValueError:
        return ""
    if not isinstance(answer, dict):
        return ""
    return next((answer[name] for name in _ID if isinstance(answer.get(name), str)), "")
