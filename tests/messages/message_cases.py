"""Messages and what happens to them, as short as a test wants to say it."""

from collections.abc import Mapping
from typing import Any

from posthorn.events.model import Event
from posthorn.messages.config import MessageConfig, MessageSettings
from posthorn.messages.decide import request
from posthorn.messages.model import Known, Message, MessageRequested, Outcome, Receipt
from posthorn.messages.receipts import receive
from posthorn.preferences.model import Topic
from posthorn.providers.installed import built_in_mailbox
from posthorn.providers.model import InstalledProvider
from posthorn.templates.catalogue import TemplateCatalogue
from posthorn.templates.model import Template

NOW = 1_788_257_701_000
MESSAGE_ID = "1-66d43ca1-0a1b2c3d4e5f607182930a1b"
ADA = {"email": "ada@example.test", "phone_number": "+4915112345678"}
CONTENT = {"title": "Hello", "body": "World"}


def event(kind: str, *, user: str = "u-1042", environment: str = "production", at: int = NOW) -> Event:
    return Event(
        id="evt_0_1_0",
        environment=environment,
        source_id="",
        origin="api",
        type=kind,
        user_key=user,
        message_id="e-" + kind,
        timestamp=at,
        received_at=at,
    )


def installed(key: str, channel: str, field: str, environment: str = "production") -> InstalledProvider:
    return InstalledProvider(
        provider_id="pv_" + key,
        environment=environment,
        key=key,
        channel=channel,
        settings=None,
        title=key,
        alias=None,
        has_address=lambda profile: bool(profile.get(field)),
    )


SMTP = installed("smtp", "email", "email")
SES = installed("ses", "email", "email")
TWILIO = installed("twilio", "sms", "phone_number")


def config(
    *providers: InstalledProvider,
    templates: TemplateCatalogue | None = None,
    topics: Mapping[str, Topic] | None = None,
    **switches: Any,
) -> MessageConfig:
    return MessageConfig(
        templates=templates or TemplateCatalogue([]),
        installed=providers or (built_in_mailbox("production"),),
        settings=MessageSettings(public_url="https://post.example.test", **switches),
        topics=topics or {},
    )


def ask(body: dict[str, Any] | None = None, *, to: dict[str, Any] | None = None, **fields: Any) -> MessageRequested:
    return MessageRequested(
        message_id=MESSAGE_ID,
        request_id=MESSAGE_ID,
        to={"user_id": "u-1042"} if to is None else to,
        message={"content": CONTENT, **(body or {})},
        **fields,
    )


def sent_request(body: dict[str, Any] | None = None, *providers: InstalledProvider, **known: Any) -> Outcome:
    """A message to Ada, by SMTP unless other providers are given."""
    return request(
        event("message.requested"),
        ask(body),
        known=Known(**{"profile": ADA, **known}),
        config=config(*(providers or (SMTP,))),
        now=NOW,
    )


def report(message: Message, kind: str, provider: str = "smtp", *, at: int = NOW + 1_000, **fields: Any) -> Outcome:
    """What a receipt of that kind does ("sent", "bounced", ...)."""
    hop = next((hop for hop in message.hops if hop.provider == provider), None)
    receipt = Receipt(
        message_id=message.message_id,
        channel=hop.channel if hop else "email",
        provider_id=hop.provider_id if hop else "pv_" + provider,
        provider=provider,
        at=at,
        **fields,
    )
    return receive(event("message." + kind), message, receipt, now=at)


def template(template_id: str, *, version: int, published: int, topic_id: str | None = None) -> Template:
    return Template(
        environment="production",
        template_id=template_id,
        alias="welcome",
        version=version,
        published_version=published,
        name="Welcome",
        tags=(),
        brand_id=None,
        topic_id=topic_id,
        strategy_id=None,
        content={"version": "2022-01-01", "elements": [{"type": "text", "content": f"version {version}"}]},
        created_at=NOW,
        created_by="k",
        updated_at=NOW,
        updated_by="k",
        archived_at=None,
    )
