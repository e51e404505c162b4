"""Segment: events go as track calls to its Tracking API, in batches. Source: segment.md 7."""

import base64
import gzip
from collections.abc import Sequence
from datetime import UTC
from email.utils import parsedate_to_datetime
from typing import Annotated
from urllib.parse import quote, urlsplit

import msgspec
from msgspec import Meta, Struct

from posthorn import __version__
from posthorn.clock import iso
from posthorn.destinations.model import Dead, Delivered, Destination, Halve, Misconfigured, Outcome, Pause, Retry
from posthorn.errors import Invalid
from posthorn.events.vocabulary import OUTBOUND_EVENTS, PRODUCT
from posthorn.outbound import HttpRequest, HttpResponse

US_ENDPOINT = "https://api.segment.io/v1"
_CHECK_BASE = "https://cdn.segment.com/v1"
_SEGMENT_DOMAINS = ("segment.io", "segment.com", "segmentapis.com")
_TIMEOUT_MS = 10_000
_CHECK_TIMEOUT_MS = 5_000  # somebody is waiting for it
_LONGEST_RETRY_AFTER_MS = 300_000
_PASSING = frozenset({408, 410, 429, 460})
_LASTING_5XX = frozenset({501, 505, 511})


class Settings(Struct, frozen=True, kw_only=True):
    """How our events go back to Segment (courier.md 2.1). events: switches by name; one that is not named is on."""

    write_key: Annotated[str, Meta(title="Write key", extra_json_schema={"secret": True}, max_length=200)] = ""
    endpoint: Annotated[
        str, Meta(title="Endpoint", description="EU: https://events.eu1.segmentapis.com/v1", max_length=500)
    ] = US_ENDPOINT
    enabled: Annotated[bool, Meta(title="Send events")] = True
    events: Annotated[dict[str, bool], Meta(title="Which events")] = {}
    include_traits: Annotated[bool, Meta(title="Add the recipient's e-mail address as a trait")] = False
    semantic_email_events: Annotated[bool, Meta(title="Also send Segment's own e-mail events")] = False


def checked(settings: Settings) -> Settings:
    """The settings with key and endpoint trimmed; raises Invalid for what cannot work."""
    write_key = settings.write_key.strip()
    if not write_key or not write_key.isascii() or not write_key.isprintable():
        raise Invalid("The Segment write key must be printable ASCII and not empty.")
    unknown = sorted(set(settings.events) - set(OUTBOUND_EVENTS))
    if unknown:
        raise Invalid(f"There is no event named {unknown[0][:100]!r}; known are: {', '.join(OUTBOUND_EVENTS)}.")
    return msgspec.structs.replace(settings, write_key=write_key, endpoint=_base(settings.endpoint))


def sends(settings: Settings, event: str) -> bool:
    """Whether an event of that name is to be forwarded at all."""
    return settings.enabled and settings.events.get(event, True)


def request(events: Sequence[bytes], settings: Settings, now: int) -> HttpRequest:
    """One call for all the events, with `sentAt` of now, which Segment corrects their times by.

    Source: segment.md 7.3.
    """
    closing = f'],"sentAt":"{iso(now)}","writeKey":'.encode()
    body = b'{"batch":[' + b",".join(events) + closing + msgspec.json.encode(settings.write_key) + b"}"
    return HttpRequest(
        method="POST",
        url=f"{settings.endpoint}/batch",
        headers={
            "Authorization": "Basic " + base64.b64encode(f"{settings.write_key}:".encode()).decode(),
            "Content-Type": "application/json",
            "Content-Encoding": "gzip",
            "User-Agent": f"{PRODUCT}/{__version__}",
        },
        body=gzip.compress(body, compresslevel=4, mtime=0),
        timeout_ms=_TIMEOUT_MS,
    )


def outcome(response: HttpResponse, event_count: int, now: int) -> Outcome:
    """What an answer means for the events of its request. Source: segment.md 7.4."""
    status = response.status
    if 200 <= status < 300:
        return Delivered()
    reason = _reason(response)
    if 300 <= status < 400:
        return Misconfigured(reason=reason)
    if status == 400:
        return Halve(reason=reason) if event_count > 1 else Dead(reason=reason)
    if status in _LASTING_5XX or (400 <= status < 500 and status not in _PASSING):
        return Pause(reason=reason)
    return Retry(reason=reason, retry_after_ms=_retry_after_ms(response.headers.get("retry-after", ""), now))


def key_check(settings: Settings) -> HttpRequest:
    """A call that Segment answers with 200 for a write key that exists. Source: segment.md 7.5."""
    host = urlsplit(settings.endpoint).hostname or ""
    is_segment = any(host == domain or host.endswith("." + domain) for domain in _SEGMENT_DOMAINS)
    base = _CHECK_BASE if is_segment else settings.endpoint
    return HttpRequest(
        method="GET",
        url=f"{base}/projects/{quote(settings.write_key, safe='')}/settings",
        headers={"User-Agent": f"{PRODUCT}/{__version__}"},
        timeout_ms=_CHECK_TIMEOUT_MS,
    )


destination = Destination(
    key="segment",
    title="Segment",
    settings=Settings,
    secret="write_key",
    most_events=100,
    most_bytes=475_000 - 1_000,  # the rest is for what stands around the events
    checked=checked,
    request=request,
    outcome=outcome,
    key_check=key_check,
)


def _base(endpoint: str) -> str:
    base = endpoint.strip().rstrip("/")
    try:
        parts = urlsplit(base)
        port_is_valid = parts.port != 0
    except ValueError:
        raise Invalid("The endpoint is not a URL.") from None
    if parts.scheme not in {"http", "https"} or not parts.hostname or not port_is_valid:
        raise Invalid(f"The endpoint must be a base such as {US_ENDPOINT}.")
    if (
        parts.query
        or parts.fragment
        or parts.username is not None
        or not base.isascii()
        or not base.isprintable()
        or " " in base
    ):
        raise Invalid(f"The endpoint must be a plain base such as {US_ENDPOINT}, without query, user name or blanks.")
    return base


def _reason(response: HttpResponse) -> str:
    text = response.body[:300].decode("utf-8", "replace").replace("\0", "")
    return f"Segment answered {response.status}: {text}" if text else f"Segment answered {response.status}."


def _retry_after_ms(text: str, now: int) -> int | None:
    value = text.strip()
    if value.isascii() and value.isdigit():
        return min(int(value[:9]) * 1_000, _LONGEST_RETRY_AFTER_MS)
    try:
        until = parsedate_to_datetime(value)
        at = (until if until.tzinfo else until.replace(tzinfo=UTC)).timestamp()
    except (ValueError, OverflowError):
        return None
    return max(0, min(int(at * 1_000) - now, _LONGEST_RETRY_AFTER_MS))
