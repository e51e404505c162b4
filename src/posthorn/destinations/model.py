"""The seam: what a destination declares, and what can become of an event on its way there."""

from collections.abc import Callable, Sequence
from typing import Any, Generic, Literal, TypeVar

from msgspec import Struct

from posthorn.errors import Invalid
from posthorn.outbound import HttpRequest, HttpResponse

GIVE_UP_AFTER_MS = 12 * 3_600_000
_LONGEST_WAIT_MS = 300_000

State = Literal["ok", "paused", "misconfigured"]
"""Whether a destination takes events; if not, all of them wait until its settings change."""

SettingsT = TypeVar("SettingsT", bound=Struct)


class Delivered(Struct, frozen=True, kw_only=True):
    """The destination has it."""


class Halve(Struct, frozen=True, kw_only=True):
    """One of several events is bad and nobody says which: send each half by itself."""

    reason: str


class Dead(Struct, frozen=True, kw_only=True):
    """The event itself is refused and would be refused again: to the dead letters."""

    reason: str


class Pause(Struct, frozen=True, kw_only=True):
    """The destination refuses us, not the event: keep all events until its settings change."""

    reason: str


class Misconfigured(Struct, frozen=True, kw_only=True):
    """The address cannot be right: keep all events until its settings change."""

    reason: str


class Retry(Struct, frozen=True, kw_only=True):
    """Not now. retry_after_ms: what the destination asked for, for all its events; None for our own back-off."""

    reason: str
    retry_after_ms: int | None = None


Fate = Delivered | Dead | Pause | Misconfigured | Retry
Outcome = Fate | Halve


class OutboundEvent(Struct, frozen=True, kw_only=True):
    """One event on its way out. message_id: derived, so that a repeat is dropped there.

    Body: its JSON object as it will be sent.
    """

    message_id: str
    body: bytes


class Destination(Struct, Generic[SettingsT], frozen=True, kw_only=True):
    """What one vendor declares.

    secret: the field of the settings that is sealed at rest. most_events, most_bytes: of one request, before
    compression. checked(settings): the settings in their normal form; raises Invalid. request(events' JSON, settings,
    now): one call for all. outcome(response, number of events in the request, now): what the answer means for all of
    them. key_check(settings): a call whose answer is 200 exactly for a key that exists; None if the vendor has none.
    """

    key: str
    title: str
    settings: type[SettingsT]
    secret: str
    most_events: int
    most_bytes: int
    checked: Callable[[SettingsT], SettingsT]
    request: Callable[[Sequence[bytes], SettingsT, int], HttpRequest]
    outcome: Callable[[HttpResponse, int, int], Outcome]
    key_check: Callable[[SettingsT], HttpRequest] | None = None


AnyDestination = Destination[Any]


def backoff_ms(attempt: int, jitter: float) -> int:
    """Milliseconds before the next try after attempt number `attempt` (first = 1): 1, 2, 4, … s, at most 300 s.

    jitter: from -1 to 1, moves it by up to 10 % down or up. Raises Invalid for attempt < 1. Source: segment.md 7.5.
    """
    if attempt < 1:
        raise Invalid("The first attempt is number 1.")
    plain = 1_000 << min(attempt - 1, 20)
    return min(_LONGEST_WAIT_MS, round(plain * (1 + jitter / 10)))
