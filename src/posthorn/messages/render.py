"""Turns a routed message into what its provider is given. Rendering it again gives the same."""

from collections.abc import Mapping
from typing import Any
from urllib.parse import quote

from msgspec import Struct
from msgspec.structs import replace

from posthorn.errors import Invalid
from posthorn.messages.config import MessageSettings
from posthorn.messages.model import Contents, Hop, Message
from posthorn.messages.recipients import given_profile
from posthorn.messages.tracking import Tracked, can_track, click_url, open_url, with_utm
from posthorn.preferences.links import Reader, preferences_url, unsubscribe_url
from posthorn.preferences.model import Topic
from posthorn.profiles.model import deep_merged
from posthorn.providers.model import InstalledProvider, Outgoing
from posthorn.secrets import Signer
from posthorn.templates.brands import DEFAULT
from posthorn.templates.model import Brand, Template
from posthorn.templates.render import Rendered, render

_CLICK_CHANNELS = frozenset({"email", "push", "inbox", "direct_message", "banner"})
"""Where links are tracked. A text message pays by the character, and a webhook's reader is a program."""

_LONGEST_HEADER_ADDRESS = 880
"""In a header, where a line ends after 998 bytes (RFC 5322); reached only by user ids of hundreds of characters."""


class Sheet(Struct, frozen=True, kw_only=True):
    """What is rendered: a message, what it is made from, and its pinned template (None for inline content)."""

    message: Message
    contents: Contents
    template: Template | None = None


class Attempt(Struct, frozen=True, kw_only=True):
    """One call of one provider. number: the first is 1. now: UTC milliseconds."""

    installed: InstalledProvider
    number: int
    now: int


class Links(Struct, frozen=True, kw_only=True):
    """How links are made: the switches, what signs them, and the topics that can be opted out of, by id; the brands, too."""

    settings: MessageSettings
    signer: Signer
    topics: Mapping[str, Topic] = {}
    brands: Mapping[str, Brand] = {}


def outgoing(sheet: Sheet, hop: Hop, attempt: Attempt, links: Links) -> Outgoing:
    """What the provider of this hop is given.

    Raises Invalid when the content cannot be rendered: a "message.failed" with code "render".
    """
    message, contents = sheet.message, sheet.contents
    rendered = rendered_for(sheet, hop, links)
    return Outgoing(
        message_id=message.message_id,
        environment=message.environment,
        channel=hop.channel,
        recipient=message.user_id or "",
        user_key=message.user_key,
        to=contents.profile,
        given=deep_merged(_dict(contents.request.get("profile")), given_profile(contents.to)),
        subject=rendered.subject,
        title=rendered.title,
        text=rendered.text,
        html=rendered.html,
        body=rendered.body,
        blocks=[{"type": kind, "text": text} for kind, text in rendered.blocks],
        data=data_of(contents),
        template=message.template_id,
        headers=_headers(message, hop, links),
        override=_override(contents.request, hop),
        idempotency_key=f"{message.message_id}-{hop.channel}",
        attempt=attempt.number,
        routed_at=hop.started_at or message.enqueued_at,
        attempted_at=attempt.now,
    )


def rendered_for(sheet: Sheet, hop: Hop, links: Links) -> Rendered:
    """The content of one channel, links and pixel included. Raises Invalid when it cannot be rendered."""
    message, contents = sheet.message, sheet.contents
    tracked = Tracked(
        environment=message.environment,
        user_key=message.user_key,
        message_id=message.message_id,
        channel=hop.channel,
    )
    utm = _utm(message, contents.request, hop)
    tracks_clicks = links.settings.tracks_clicks and message.environment == "production" and hop.channel in _CLICK_CHANNELS

    def link(href: str, is_untracked: bool) -> str:
        target = with_utm(href, utm)
        if not tracks_clicks or is_untracked or not can_track(target):
            return target
        return click_url(links.settings.public_url, links.signer, replace(tracked, link=target))

    locale = contents.profile.get("locale")
    scope = _scope(sheet, hop, tracked, links)
    rendered = render(
        _content(sheet),
        channel=hop.channel,
        scope=scope,
        now=hop.started_at or message.enqueued_at,
        locale=locale if isinstance(locale, str) else None,
        link=link,
    )
    if rendered.html and links.settings.tracks_opens and message.environment == "production":
        return replace(rendered, html=_with_pixel(rendered.html, scope["urls"]["opened"]))
    return rendered


def data_of(contents: Contents) -> dict[str, Any]:
    """The template's variables: `message.data` under `to.data`. Source: courier.md 6.3."""
    return {**_dict(contents.request.get("data")), **_dict(contents.to.get("data"))}


def _content(sheet: Sheet) -> dict[str, Any]:
    inline = sheet.contents.request.get("content")
    if isinstance(inline, dict):
        return inline
    if sheet.template is None:
        raise Invalid(f"Version {sheet.message.template_version} of the template {sheet.message.template_id} is gone.")
    return sheet.template.content


def _scope(sheet: Sheet, hop: Hop, tracked: Tracked, links: Links) -> dict[str, Any]:
    message, contents = sheet.message, sheet.contents
    public_url, signer = links.settings.public_url, links.signer
    unsubscribe = _unsubscribe_url(message, links)
    opened = open_url(public_url, signer, tracked)
    return {
        "data": data_of(contents),
        "profile": contents.profile,
        "tenant": contents.tenant,
        "brand": _brand(sheet, hop, links),
        "courier": {"environment": message.environment, "scope": "draft" if message.is_draft else "published"},
        "event": message.event,
        "messageId": message.message_id,
        "recipient": message.recipient,
        "subscriptionTopicId": message.topic_id,
        "template": message.template_id,
        "openTrackingId": _last_part(opened).removesuffix(".gif"),
        "unsubscribeTrackingId": _last_part(unsubscribe),
        "urls": {
            "opened": opened,
            "unsubscribe": unsubscribe,
            "preferences": preferences_url(public_url, signer, _reader(message)),
        },
    }


def _brand(sheet: Sheet, hop: Hop, links: Links) -> dict[str, Any]:
    """The settings of the first brand there is: the channel's, the message's, the tenant's, the template's, the default."""
    request = sheet.contents.request
    of_channel = _dict(_dict(request.get("channels")).get(hop.channel)).get("brand_id")
    of_template = sheet.template.brand_id if sheet.template else None
    names = (of_channel, request.get("brand_id"), sheet.contents.brand_id, of_template, DEFAULT)
    return next((links.brands[name].settings for name in names if isinstance(name, str) and name in links.brands), {})


def _headers(message: Message, hop: Hop, links: Links) -> dict[str, str]:
    topic, url = links.topics.get(message.topic_id), _unsubscribe_url(message, links)
    is_asked_for = hop.channel == "email" and topic is not None and topic.includes_unsubscribe_header
    if not is_asked_for or not url or len(url) > _LONGEST_HEADER_ADDRESS:
        return {}
    ways = f"<{url}>"
    if links.settings.unsubscribe_mailto:
        subject = quote(f"unsubscribe {_last_part(url)}")
        ways += f", <mailto:{links.settings.unsubscribe_mailto}?subject={subject}>"
    return {"List-Unsubscribe": ways, "List-Unsubscribe-Post": "List-Unsubscribe=One-Click"}


def _unsubscribe_url(message: Message, links: Links) -> str:
    """Where the reader opts out of the message's topic; "" if it has none, or one that nobody can opt out of."""
    topic = links.topics.get(message.topic_id)
    if topic is None or topic.default_status == "REQUIRED":
        return ""
    return unsubscribe_url(links.settings.public_url, links.signer, _reader(message))


def _reader(message: Message) -> Reader:
    return Reader(
        environment=message.environment,
        user_key=message.user_key,
        topic_id=message.topic_id,
        tenant_id=message.tenant_id,
        is_address=message.user_id is None,
    )


def _override(request: dict[str, Any], hop: Hop) -> dict[str, Any]:
    of_step = _dict(_dict(request.get("override")).get(hop.provider))
    of_channel = _dict(_dict(_dict(request.get("channels")).get(hop.channel)).get("override"))
    of_provider = _dict(_dict(_dict(request.get("providers")).get(hop.provider)).get("override"))
    return deep_merged(deep_merged(of_step, of_channel), of_provider)


def _utm(message: Message, request: dict[str, Any], hop: Hop) -> dict[str, str]:
    utm = dict(message.utm)
    for config in (_dict(request.get("channels")).get(hop.channel), _dict(request.get("providers")).get(hop.provider)):
        of_config = _dict(_dict(_dict(config).get("metadata")).get("utm"))
        utm.update({key: value for key, value in of_config.items() if isinstance(value, str)})
    return utm


def _with_pixel(html: str, url: str) -> str:
    pixel = f'<img src="{url}" width="1" height="1" alt="" style="border:0;width:1px;height:1px">'
    place = html.lower().rfind("</body>")
    return html + pixel if place < 0 else html[:place] + pixel + html[place:]


def _last_part(url: str) -> str:
    return url.rpartition("/")[2]


def _dict(value: Any) -> dict[str, Any]:
    return value if isinstance(value, dict) else {}
