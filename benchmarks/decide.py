"""Micro-benchmarks of what one event costs on its way in and through the deciders."""

from collections.abc import Iterator
from pathlib import Path

import msgspec

from benchmarks.bodies import batches, singles
from benchmarks.ratios import Finding
from benchmarks.scale import Scale
from benchmarks.timing import timed
from posthorn.events.batches import admit_all, open_envelope
from posthorn.events.clean import Arrival, admit, examine
from posthorn.events.model import Entry
from posthorn.events.read import read_event
from posthorn.ids import random_uuid
from posthorn.log.model import pack, unpack

_NOW = 1_788_264_904_001
_BATCH = 470
_ARRIVAL = Arrival(environment="production", source_id="src", origin="tracking", received_at=_NOW, fresh_id=random_uuid)


def measure(scale: Scale, folder: Path) -> Iterator[Finding]:
    """Microseconds an event."""
    del folder
    single, batch = (_body(next(requests)) for requests in (singles("k", run="decide00", groups=1), _batches()))
    entry = admit(examine(single), _ARRIVAL)
    assert isinstance(entry, Entry)
    yield timed("clean", lambda: admit(examine(single), _ARRIVAL), scale, "fast path, bytes to Entry")
    yield _each(
        timed("clean in a batch", lambda: admit_all(open_envelope(batch), _ARRIVAL), scale, f"the same, {_BATCH} in a body")
    )
    entries = admit_all(open_envelope(batch), _ARRIVAL).entries
    yield _each(timed("pack and unpack", lambda: unpack(pack(entries)), scale, "a block of the log"))
    yield timed("read_event", lambda: read_event(entry, "evt_0_1_0"), scale, "Entry to Event")


def _batches() -> Iterator[bytes]:
    return batches("k", run="decide00", groups=1, size=_BATCH)


def _body(request: bytes) -> bytes:
    return request.partition(b"\r\n\r\n")[2]


def _each(finding: Finding) -> Finding:
    """The finding of a whole batch, told for one of its events."""
    return msgspec.structs.replace(
        finding, measured=tuple(value / _BATCH for value in finding.measured), product=finding.product / _BATCH
    )
