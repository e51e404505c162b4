"""Answers about messages: lists, histories and outputs (courier.md 6.8)."""

from typing import Any

from msgspec import Struct

from posthorn.api.paging import Paging
from posthorn.messages.model import Hop
from posthorn.messages.record import MessageDetails
from posthorn.templates.render import Rendered


class MessageList(Struct, frozen=True, kw_only=True):
    """One page of messages, newest first."""

    paging: Paging
    results: list[MessageDetails]


class Results(Struct, frozen=True, kw_only=True):
    """The lines of a history, or the outputs of each channel."""

    results: list[dict[str, Any]]


class Resent(Struct, frozen=True, kw_only=True, rename="camel"):
    """The copy."""

    message_id: str


def output(hop: Hop, rendered: Rendered) -> dict[str, Any]:
    """What one channel carried; every text is there, "" when it has no use for it."""
    return {
        "channel": hop.channel,
        "channel_id": hop.channel,
        "content": {
            "html": rendered.html,
            "title": rendered.title,
            "body": rendered.body,
            "subject": rendered.subject,
            "text": rendered.text,
            "blocks": [{"type": kind, "text": text} for kind, text in rendered.blocks],
        },
    }
