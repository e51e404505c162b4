"""Sends events to a destination and tells what became of each.

It never waits and never tries again: the outbox does.
"""

from collections.abc import Iterator, Sequence
from typing import Protocol

from posthorn.clock import Clock
from posthorn.destinations.model import (
    Destination,
    Fate,
    Halve,
    Misconfigured,
    Outcome,
    Pause,
    Retry,
    SettingsT,
)
from posthorn.errors import DeliveryFailure, Permanent, Temporary
from posthorn.outbound import HttpRequest, HttpResponse


class Outbound(Protocol):
    """Something that makes a call; raises Permanent if it may not be made, another DeliveryFailure for no answer."""

    async def request(self, request: HttpRequest) -> HttpResponse:
        """The answer, whatever its status."""
        ...


async def send_batch(
    events: Sequence[bytes],
    destination: Destination[SettingsT],
    settings: SettingsT,
    outbound: Outbound,
    clock: Clock,
) -> list[Fate]:
    """What became of each event, in their order; one after the other, so that the order is kept as far as it can be.

    1. as many events in one request as the destination takes; 2. a refused request is halved until the bad events are
    found; 3. an answer that is not about the events (not now, not us) holds for all that have not been sent yet.
    """
    fates: list[Fate] = []
    pending = list(reversed(list(_requests(events, destination))))
    while pending:
        group = pending.pop()
        outcome = await _send(group, destination, settings, outbound, clock)
        if isinstance(outcome, Halve):
            middle = len(group) // 2
            pending += [group[middle:], group[:middle]]
            continue
        fates += [outcome] * len(group)
        if isinstance(outcome, Retry | Pause | Misconfigured):
            return fates + [outcome] * (len(events) - len(fates))
    return fates


async def _send(
    group: Sequence[bytes], destination: Destination[SettingsT], settings: SettingsT, outbound: Outbound, clock: Clock
) -> Outcome:
    try:
        response = await outbound.request(destination.request(group, settings, clock.now_ms()))
    except Permanent as failure:
        return Misconfigured(reason=failure.message)
    except DeliveryFailure as failure:  # also if it may have arrived: the same messageId is dropped there
        return Retry(reason=failure.message, retry_after_ms=failure.retry_after_ms if isinstance(failure, Temporary) else None)
    return destination.outcome(response, len(group), clock.now_ms())


def _requests(events: Sequence[bytes], destination: Destination[SettingsT]) -> Iterator[Sequence[bytes]]:
    start, size = 0, 0
    for index, event in enumerate(events):
        is_full = index - start == destination.most_events or size + len(event) + 1 > destination.most_bytes
        if is_full and index > start:
            yield events[start:index]
            start, size = index, 0
        size += len(event) + 1
    if events:
        yield events[start:]
