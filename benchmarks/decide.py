"""Micro-benchmarks of what one event costs on its way in and through the deciders."""

from collections.abc import Iterator
from pathlib import Path

import anyio
import msgspec

from benchmarks.bodies import batches, singles
from benchmarks.contents import EVENT
from benchmarks.pipeline import set_up
from benchmarks.product import product
from benchmarks.ratios import Finding
from benchmarks.scale import Scale
from benchmarks.sinks import Ports
from benchmarks.timing import timed
from posthorn.clock import SystemClock
from posthorn.engine.config import Config, ConfigCache
from posthorn.engine.decide import decide
from posthorn.engine.state import UserState
from posthorn.events.batches import admit_all, open_envelope
from posthorn.events.clean import Arrival, admit, examine
from posthorn.events.model import Entry, Event
from posthorn.events.read import read_event
from posthorn.ids import random_uuid
from posthorn.log.model import pack, unpack
from posthorn.messages.config import MessageSettings
from posthorn.profiles.decide import decide as decide_profile
from posthorn.secrets import Vault, load_or_create_key
from posthorn.storage.sqlite import open_sqlite

_NOW = 1_788_264_904_001
_BATCH = 470
_ARRIVAL = Arrival(environment="production", source_id="src", origin="tracking", received_at=_NOW, fresh_id=random_uuid)


def measure(scale: Scale, folder: Path) -> Iterator[Finding]:
    """Microseconds an event."""
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
    config = anyio.run(_config, folder)
    user = _known_user(read_event(entry, "evt_0_1_0"))
    for verdict, name in (("unmatched", "Product Viewed"), ("matched", EVENT)):
        event = msgspec.structs.replace(read_event(entry, "evt_0_1_0"), name=name)
        yield timed(f"decide, {verdict}", lambda event=event: decide(user, event, config, _NOW), scale)


async def _config(folder: Path) -> Config:
    """The configuration of a server that was set up by its API."""
    with product("serve", folder) as server:
        set_up(server, Ports(smtp=9, segment=9, pid=0))
        database = open_sqlite(server.folder / "data" / "posthorn.db", SystemClock())
        cache = ConfigCache(Vault(load_or_create_key(server.folder / "data" / "secret.key")), MessageSettings(public_url=""))
        async with database.snapshot() as tx:
            config = await cache.current(tx)
        await database.close()
    return config


def _known_user(event: Event) -> UserState:
    identified = msgspec.structs.replace(event, type="identify", traits={"email": "ada@example.test", "first_name": "Ada"})
    nobody = UserState(environment=event.environment, user_key=event.user_key)
    profile = decide_profile(None, identified, may_write_contacts=True)
    return msgspec.structs.replace(nobody, profile=profile)


def _batches() -> Iterator[bytes]:
    return batches("k", run="decide00", groups=1, size=_BATCH)


def _body(request: bytes) -> bytes:
    return request.partition(b"\r\n\r\n")[2]


def _each(finding: Finding) -> Finding:
    """The finding of a whole batch, told for one of its events."""
    return msgspec.structs.replace(
        finding, measured=tuple(value / _BATCH for value in finding.measured), product=finding.product / _BATCH
    )
