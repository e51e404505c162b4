"""Finds the template that a message asks for. Source: courier.md 6.1, 6.7, 10.1."""

from typing import Any

from msgspec import Struct

from posthorn.templates.catalogue import TemplateCatalogue
from posthorn.templates.model import tenant_alias


class Mapped(Struct, frozen=True, kw_only=True):
    """What will be rendered; template_id "" for inline content. status: "" or why it stops here.

    delivery: what it says of routing, channels and providers.
    topic_id: the message's own, else the template's (courier.md 8.4).
    """

    template_id: str = ""
    name: str = ""
    version: int = 0
    topic_id: str = ""
    delivery: dict[str, Any] = {}
    status: str = ""
    reason: str | None = None
    error: str | None = None


def map_template(
    templates: TemplateCatalogue,
    environment: str,
    body: dict[str, Any],
    *,
    draft: bool,
    journey_id: str = "",
    tenant_id: str = "",
) -> Mapped:
    """The template in its published version, or in its draft for a draft key; inline content wins over a template.

    tenant_id: in whose context it is sent; its own template of that id comes first (courier.md 9.5).
    journey_id: the automation or journey that asks; a template of another journey is not there for it (courier.md 5.7).
    """
    preferences = body.get("preferences")
    own_topic = preferences.get("subscription_topic_id") if isinstance(preferences, dict) else None
    topic_id = own_topic if isinstance(own_topic, str) else ""
    wanted = body.get("template")
    if body.get("content") is not None or not isinstance(wanted, str) or not wanted:
        return _inline(body, topic_id)
    found = templates.find(environment, wanted, draft=draft)
    if tenant_id:
        own = tenant_alias(tenant_id, found.template_id if found is not None else wanted)
        found = templates.find(environment, own, draft=False) or found
    if found is not None and found.journey_id in ("", journey_id):
        return Mapped(
            template_id=found.template_id,
            name=found.name,
            version=found.version,
            topic_id=topic_id or found.topic_id or "",
            delivery=found.delivery,
        )
    if found is None and templates.standing(environment, wanted) == "unpublished":
        error = f"Notification template {wanted} was never published."
        return Mapped(template_id=wanted, status="UNMAPPED", reason="UNPUBLISHED", error=error)
    return Mapped(status="UNMAPPED", error=f"Notification template {wanted} not found")


def _inline(body: dict[str, Any], topic_id: str) -> Mapped:
    if body.get("content") is not None:
        return Mapped(topic_id=topic_id)
    return Mapped(status="UNMAPPED", error="Invalid Request. Either 'content' or 'template' must be defined.")
