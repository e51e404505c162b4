"""Micro-benchmarks of what a message costs on its way out: the template rendered, the mail built."""

from collections.abc import Iterator
from pathlib import Path

from benchmarks.contents import ELEMENTS
from benchmarks.ratios import Finding
from benchmarks.scale import Scale
from benchmarks.timing import timed
from posthorn.providers.mail import mail
from posthorn.providers.model import Outgoing
from posthorn.templates.render import render

_NOW = 1_788_264_904_001


def measure(scale: Scale, folder: Path) -> Iterator[Finding]:
    """Microseconds a message."""
    del folder
    content = {"version": "2022-01-01", "elements": ELEMENTS}
    scope = {"data": {"order_id": "o-1", "total": 129.95, "currency": "EUR"}, "profile": {"first_name": "Ada"}}
    rendered = render(content, channel="email", scope=scope, now=_NOW)
    outgoing = Outgoing(
        message_id="1-66d43ca1-0a1b2c3d4e5f607182930a1b",
        environment="production",
        channel="email",
        recipient="user-1",
        user_key="user-1",
        to={"email": "ada@example.test"},
        subject=rendered.subject,
        text=rendered.text,
        html=rendered.html,
        idempotency_key="k",
        routed_at=_NOW,
        attempted_at=_NOW,
    )
    yield timed(
        "render a template", lambda: render(content, channel="email", scope=scope, now=_NOW), scale, "e-mail, 3 elements"
    )
    yield timed("build a mail", lambda: mail(outgoing, from_address="shop@example.test", from_name=""), scale)
