"""From what happened to a message to what Segment is told of it (courier.md 2.2). Pure."""

from posthorn.destinations.facts import MessageFacts
from posthorn.destinations.forward import forward_command
from posthorn.destinations.segment import Settings
from posthorn.destinations.segment_events import message_events
from posthorn.events.model import Event
from posthorn.messages.model import Contents, Message, Transition
from posthorn.outbox.model import Command

NAMES = {
    "SENT": "Message Sent",
    "DELIVERED": "Message Delivered",
    "OPENED": "Message Opened",
    "CLICKED": "Message Clicked",
    "UNDELIVERABLE": "Message Undeliverable",
    "UNROUTABLE": "Message Unroutable",
}


def forward_commands(
    message: Message, contents: Contents | None, transition: Transition, settings: Settings, event: Event, now: int
) -> list[Command]:
    """The commands that carry a transition to Segment; none for a status that Segment is not told."""
    name = NAMES.get(transition.status)
    if name is None or not settings.enabled:
        return []
    facts = _facts(message, contents, transition, event)
    return [
        forward_command("segment", outbound, message.environment, message.user_key, now)
        for outbound in message_events(name, facts, transition.at, settings)
    ]


def _facts(message: Message, contents: Contents | None, transition: Transition, event: Event) -> MessageFacts:
    run = message.run
    is_journey = run is not None and run.kind == "journey"
    return MessageFacts(
        message_id=message.message_id,
        status=transition.status,
        recipient=message.recipient,
        request_id=message.request_id,
        reason=transition.reason,
        error=transition.error,
        user_id=message.user_id,
        anonymous_id=None if message.user_id else message.user_key,
        notification=message.template_id or None,
        notification_name=message.template_name or None,
        event=message.event or None,
        channel=transition.channel or None,
        provider=transition.provider or None,
        link=transition.link or None,
        tenant_id=message.tenant_id or None,
        list_id=message.list_id or None,
        list_message_id=message.list_message_id or None,
        audience_id=message.audience_id or None,
        job_id=message.job_id or None,
        automation_run_id=run.run_id if run else None,
        journey_id=run.automation_id if run and is_journey else None,
        automation_template_id=run.automation_id if run and not is_journey else None,
        trigger_event=run.trigger_event if run else None,
        trigger_message_id=run.trigger_message_id if run else None,
        topic_id=message.topic_id or None,
        tags=message.tags,
        trace_id=message.trace_id or None,
        utm=message.utm,
        enqueued_at=message.enqueued_at,
        sent_at=message.sent_at,
        delivered_at=message.delivered_at,
        opened_at=message.opened_at,
        clicked_at=message.clicked_at,
        email_subject=None,
        ip=None,
        user_agent=None,
        traits=_traits(contents),
    )


def _traits(contents: Contents | None) -> dict[str, str]:
    email = contents.profile.get("email") if contents else None
    return {"email": email} if isinstance(email, str) else {}
