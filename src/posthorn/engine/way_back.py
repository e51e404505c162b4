"""From what happened here to what others are told of it, Segment (courier.md 2.2) and webhook endpoints (10.10). Pure.

The one place where facts become commands: each function tells both of one kind of fact.
"""

from collections.abc import Iterable, Mapping
from typing import Any

from msgspec.structs import replace

from posthorn.destinations.facts import AudienceFacts, MessageFacts, PreferenceFacts
from posthorn.destinations.forward import KIND as FORWARD
from posthorn.destinations.forward import forward_command
from posthorn.destinations.model import OutboundEvent
from posthorn.destinations.segment import sends
from posthorn.destinations.segment_events import audience_event, message_events, outbound, preference_event
from posthorn.engine import notices
from posthorn.engine.config import Config
from posthorn.events.model import Event
from posthorn.messages.model import MOST_TOLD, Contents, Message, Outcome, Transition
from posthorn.outbox.model import Command
from posthorn.preferences.model import StatusChanged
from posthorn.profiles.model import Profile
from posthorn.webhooks.commands import webhook_commands
from posthorn.webhooks.model import MESSAGE_UPDATED, PROFILE_DELETED, PROFILE_UPDATED, Notice

NAMES = {
    "SENT": "Message Sent",
    "DELIVERED": "Message Delivered",
    "OPENED": "Message Opened",
    "CLICKED": "Message Clicked",
    "UNDELIVERABLE": "Message Undeliverable",
    "UNROUTABLE": "Message Unroutable",
}


def told_of_message(
    message: Message, contents: Contents | None, transition: Transition, config: Config, event: Event, now: int
) -> list[Command]:
    """A message reached a status. Segment is not told of every status, endpoints are."""
    commands: list[Command] = []
    name = NAMES.get(transition.status)
    installed = config.segment.get(message.environment)
    if name is not None and installed is not None and installed.settings.enabled:
        facts = _facts(message, contents, transition, event)
        outgoing = message_events(name, facts, transition.at, installed.settings)
        commands += _forwarded(outgoing, message.environment, message.user_key, now)
    if _is_wanted(MESSAGE_UPDATED, config, message.environment):
        notice = notices.message_updated(message, transition)
        commands += _noticed(notice, config, message.environment, message.user_key, now)
    return commands


def told_of_outcome(outcome: Outcome, known: Mapping[str, Contents], config: Config, event: Event, now: int) -> list[Command]:
    """Everything that happened to a message, told to others. known: contents by message id."""
    message = outcome.message
    contents = outcome.contents or known.get(message.message_id)
    return [
        command
        for transition in outcome.transitions
        for command in told_of_message(message, contents, transition, config, event, now)
    ]


def with_told(outcome: Outcome, commands: Iterable[Command]) -> Outcome:
    """The message notes which events Segment is told of it, so that one leads to the other."""
    told = tuple(command.command_id for command in commands if command.kind == FORWARD)
    if not told:
        return outcome
    message = replace(outcome.message, told=(*outcome.message.told, *told)[:MOST_TOLD])
    return replace(outcome, message=message)


def told_of_audience(facts: AudienceFacts, config: Config, environment: str, *, has_matched: bool, now: int) -> list[Command]:
    """A user entered or left an audience."""
    name = "Audience User Matched" if has_matched else "Audience User Unmatched"
    outgoing = audience_event(name, facts, now)
    return [
        *_forwarded_if(name, outgoing, config, (environment, facts.user_id), now),
        *_noticed(notices.audience_user(facts, has_matched=has_matched), config, environment, facts.user_id, now),
    ]


def told_of_preference(changed: StatusChanged, config: Config, event: Event, now: int) -> list[Command]:
    """The event's user is in a topic where he was out, or out where he was in."""
    name = "User Unsubscribed" if changed.status == "OPTED_OUT" else "User Subscribed"
    facts, at = _preference_facts(changed, event), event.received_at
    return [
        *_forwarded_if(name, preference_event(name, facts, at), config, (event.environment, event.user_key), now),
        *_noticed(notices.preference_updated(facts, at), config, event.environment, event.user_key, now),
    ]


def told_of_profile(profile: Profile | None, config: Config, event: Event, now: int) -> list[Command]:
    """The profile of the event's user changed, or with None he was forgotten. Segment has it already."""
    if not _is_wanted(PROFILE_UPDATED if profile else PROFILE_DELETED, config, event.environment):
        return []
    if profile is None:
        notice = notices.profile_deleted(event.user_key, event.id)
    else:
        notice = notices.profile_updated(event.user_key, profile.profile, event.id)
    return _noticed(notice, config, event.environment, event.user_key, now)


def _is_wanted(type: str, config: Config, environment: str) -> bool:
    return any(endpoint.wants(type) for endpoint in config.webhooks.of(environment))


def _noticed(notice: Notice, config: Config, environment: str, user_key: str, now: int) -> list[Command]:
    return webhook_commands(config.webhooks.of(environment), notice, user_key=user_key, now=now)


def _forwarded_if(name: str, outgoing: dict[str, Any], config: Config, user: tuple[str, str], now: int) -> list[Command]:
    """user: (environment, user key)."""
    environment, user_key = user
    installed = config.segment.get(environment)
    if installed is None or not sends(installed.settings, name):
        return []
    return _forwarded([outbound(outgoing)], environment, user_key, now)


def _forwarded(outgoing: Iterable[OutboundEvent], environment: str, user_key: str, now: int) -> list[Command]:
    return [forward_command("segment", one, environment, user_key, now) for one in outgoing]


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


def _preference_facts(changed: StatusChanged, event: Event) -> PreferenceFacts:
    topic = changed.topic
    return PreferenceFacts(
        change_id=event.message_id,
        user_id=None if changed.is_address else event.user_key,
        anonymous_id=event.user_key if changed.is_address else None,
        topic_id=topic.topic_id,
        topic_name=topic.name,
        section_id=topic.section_id,
        section_name=topic.section_name or None,
        status=changed.status,
        previous_status=changed.previous_status,
        has_custom_routing=changed.has_custom_routing,
        custom_routing=changed.custom_routing,
        tenant_id=changed.tenant_id or None,
        source=changed.cause,
    )


def _traits(contents: Contents | None) -> dict[str, str]:
    email = contents.profile.get("email") if contents else None
    return {"email": email} if isinstance(email, str) else {}
