"""What every handler of this folder needs, and how it learns whose events these are."""

from collections.abc import Awaitable, Callable
from typing import NoReturn

from msgspec import Struct

from posthorn.access.model import ApiKey, Keys, Source
from posthorn.api.tracking.credentials import bearer_or_user, query_write_key, user_name
from posthorn.api.tracking.rate import Buckets
from posthorn.api.tracking.request import Request
from posthorn.clock import Clock
from posthorn.errors import Forbidden, Invalid, Refusal, TooMany, Unauthenticated
from posthorn.events.clean import EVENT_LIMIT, Arrival
from posthorn.events.model import Entry
from posthorn.ids import random_uuid

NOT_STORED = "not_stored"
"""What is noted of an event that was lost because its sender takes no refusal."""

_UNKNOWN_KEYS_PER_SECOND = 20


class Limits(Struct, frozen=True, kw_only=True):
    """Sizes in bytes. public_host: of the settings document, with a port if it has one, without a scheme.

    trusted_proxies: addresses or CIDR ranges whose X-Forwarded-For is believed. rate_per_second, burst: of a source that
    has no rate of its own; a rate of 0 is no limit, a burst of 0 twice the rate.
    """

    public_host: str
    event: int = EVENT_LIMIT
    single_body: int = 262_144
    batch_body: int = 512_000
    inbound_body: int = 6 * 2**20
    inbound_array: int = 32 * 2**20
    pixel_query: int = 8_192
    trusted_proxies: tuple[str, ...] = ()
    rate_per_second: int = 0
    burst: int = 0


Stored = Callable[[Refusal | None], None]
"""Told once that entries are durable, or why they could not be stored."""


class Intake(Struct, frozen=True, kw_only=True):
    """append: raises TooMany or Unavailable; else tells later whether the entries are durable.

    seen: whether a messageId was processed in an environment. notice: told (what, about whom) of everything that a
    person looking for lost events wants to count.
    """

    append: Callable[[list[Entry], Stored], None]
    seen: Callable[[str, str], Awaitable[bool]]
    notice: Callable[[str, str], None]
    keys: Keys
    clock: Clock
    limits: Limits
    buckets: Buckets


def source_of_header(intake: Intake, request: Request) -> Source | None:
    """The source that the Authorization header names, its rate charged; None if it names none.

    Raises Unauthenticated, Forbidden, TooMany.
    """
    key = user_name(request.headers.get(b"authorization"))
    if not key:
        return None
    source = intake.keys.source_of_write_key(key)
    if source is None:
        _refuse_unknown_key(intake, request)
        raise Unauthenticated("No source has this write key", code="invalid_write_key")
    if not source.enabled:
        intake.notice("source_disabled", source.source_id)
        raise Forbidden("This source is switched off", code="source_disabled")
    _check_origin(source, request)
    charge(intake, source)
    return source


def source_of_body(intake: Intake, request: Request, write_key: str) -> Source:
    """The source of a key that stands in the body or, failing that, in the query; its rate is charged.

    Refusals are 400, because some SDKs resend for ever after a 401 (segment.md 3.2). Raises Unauthenticated if there is
    no key at all, else Invalid, Forbidden, TooMany.
    """
    key = write_key or query_write_key(request.query)
    if not key:
        intake.notice("missing_write_key", request.peer)
        raise Unauthenticated("No write key in the Authorization header, body or query", code="missing_write_key")
    source = intake.keys.source_of_write_key(key)
    if source is None:
        _refuse_unknown_key(intake, request)
        raise Invalid("No source has this write key", code="invalid_write_key")
    if not source.enabled:
        intake.notice("source_disabled", source.source_id)
        raise Invalid("This source is switched off", code="source_disabled")
    _check_origin(source, request)
    charge(intake, source)
    return source


def note_other_key(intake: Intake, request: Request, source: Source, write_key: str) -> None:
    """Tells when the body names another key than the header, which went before it (segment.md 3.2)."""
    if write_key and write_key != user_name(request.headers.get(b"authorization")):
        intake.notice("write_key_mismatch", source.source_id)


def api_key_of_header(intake: Intake, request: Request) -> ApiKey | None:
    """What the API key in the header opens: a Bearer, or the user name or password of Basic; None without a known one."""
    for key in bearer_or_user(request.headers.get(b"authorization")):
        found = intake.keys.api_key(key)
        if found is not None:
            return found
    return None


def refuse_credentials(intake: Intake, request: Request, message: str) -> NoReturn:
    """Raises Unauthenticated, or TooMany for somebody who keeps on trying."""
    _refuse_unknown_key(intake, request)
    raise Unauthenticated(message, code="invalid_api_key")


def charge(intake: Intake, source: Source) -> None:
    """Takes one request from the source's allowance. Raises TooMany."""
    limits = source if source.rate_per_second > 0 else intake.limits
    rate = limits.rate_per_second
    if rate <= 0:
        return
    wait_ms = intake.buckets.take(
        source.source_id, per_second=rate, burst=limits.burst or 2 * rate, now_ms=intake.clock.now_ms()
    )
    if wait_ms:
        intake.notice("rate_limited", source.source_id)
        raise TooMany("This source sends faster than it may", retry_after_ms=wait_ms, code="rate_limited")


def arrival_of(intake: Intake, request: Request, source: Source) -> Arrival:
    """How events of a Tracking API call come in."""
    return Arrival(
        environment=source.environment,
        source_id=source.source_id,
        origin="tracking",
        received_at=intake.clock.now_ms(),
        fresh_id=random_uuid,
        ip=request.peer,
        user_agent=request.headers.get(b"user-agent", b"").decode("latin-1"),
    )


def _check_origin(source: Source, request: Request) -> None:
    origin = request.headers.get(b"origin")
    if source.allowed_origins and origin is not None and origin.decode("latin-1") not in source.allowed_origins:
        raise Forbidden("Pages of this origin may not send to this source", code="origin_not_allowed")


def _refuse_unknown_key(intake: Intake, request: Request) -> None:
    intake.notice("invalid_key", request.peer)
    wait_ms = intake.buckets.take(
        "peer " + request.peer,
        per_second=_UNKNOWN_KEYS_PER_SECOND,
        burst=_UNKNOWN_KEYS_PER_SECOND,
        now_ms=intake.clock.now_ms(),
    )
    if wait_ms:
        raise TooMany("Too many calls with unknown keys", retry_after_ms=wait_ms, code="rate_limited")
