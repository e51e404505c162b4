"""A run may ask for anything, and nobody has checked it before it is decided: it becomes a status, never a poison event."""

from contextlib import suppress
from typing import Any

from hypothesis import example, given, settings
from hypothesis import strategies as st

from messages.message_cases import ADA, CONTENT, NOW, SMTP, TWILIO, config, event, report
from posthorn.errors import Invalid
from posthorn.messages.decide import request
from posthorn.messages.history import wire_items
from posthorn.messages.model import Known, Membership, MessageRequested
from posthorn.messages.render import Attempt, Links, Sheet, outgoing
from posthorn.secrets import Vault

VAULT = Vault(b"0123456789abcdef0123456789abcdef")
KEYS = (
    *("content", "template", "data", "channels", "providers", "routing", "context", "delay", "metadata", "preferences"),
    *("timeout", "timeouts", "profile", "override", "method", "if", "email", "sms", "smtp", "twilio", "until", "duration"),
    *("timezone", "tags", "utm", "event", "trace_id", "source", "criteria", "escalation", "message", "provider"),
    *("subscription_topic_id", "tenant_id", "user_id", "phone_number", "webhook", "url", "title", "body", "elements"),
    *("type", "text", "href", "locale", "headers"),
)

words = st.sampled_from([*KEYS, "single", "all", "viewed", "mailbox", "{{x}}", "data.x > 1", "Mo-Fr 09:00-17:00", "\0", "\r\n"])
json_values = st.recursive(
    st.none() | st.booleans() | st.integers(-(2**62), 2**62) | st.floats(allow_nan=False) | words | st.text(max_size=5),
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(st.sampled_from(KEYS), inner, max_size=4),
    max_leaves=12,
)
objects = st.dictionaries(st.sampled_from(KEYS), json_values, max_size=6)


@settings(max_examples=300)
@example({"timeout": {"criteria": ["viewed"], "escalation": True, "message": True}}, {}, {}, True)
@example({"timeout": {"escalation": -5, "message": 2**62, "criteria": "viewed"}}, {}, {}, True)
@example({"delay": {"duration": 2**62}}, {}, {}, True)
@example({"delay": {"until": "9999-12-31T23:59:59Z"}}, {}, {}, True)
@example({"metadata": {"tags": [[]], "utm": {"source": {}}, "trace_id": []}}, {}, {}, True)
@example({"channels": {"email": {"providers": [{}], "timeouts": []}}, "providers": {"smtp": {"timeouts": 2**62}}}, {}, {}, True)
@example({"routing": {"method": [], "channels": [[], {}, {"channels": [{}]}, "sms", None]}}, {}, {}, True)
@example({"override": {"smtp": []}, "data": []}, {"data": [], "webhook": []}, {"locale": [], "email": {}}, True)
@given(objects, objects, objects, st.booleans())
def test_any_request_becomes_a_message_that_can_be_shown_and_sent_or_is_stopped(
    message: dict[str, Any], to: dict[str, Any], profile: dict[str, Any], has_content: bool
) -> None:
    body = {**message, **({"content": CONTENT} if has_content else {})}
    requested = MessageRequested(message_id="1-a-b", request_id="1-a-b", to=to, message=body)
    known = Known(profile={**ADA, **profile}, memberships=(Membership(tenant_id="acme", profile=profile),))
    outcome = request(event("message.requested"), requested, known=known, config=config(SMTP, TWILIO), now=NOW)

    assert outcome.contents is not None
    assert wire_items(outcome.history, outcome.message, outcome.contents)
    assert bool(outcome.commands) == (outcome.message.status == "ROUTED")
    assert report(outcome.message, "sent").message.status in ("SENT", outcome.message.status)
    links = Links(settings=config().settings, signer=VAULT)
    for hop in outcome.message.hops:
        with suppress(Invalid):
            sheet = Sheet(message=outcome.message, contents=outcome.contents)
            made = outgoing(sheet, hop, Attempt(installed=SMTP, number=1, now=NOW), links)
            assert not set(made.subject) & set("\r\n\0")
