"""What events of a kind look like, for people who write automations and for pages that complete `{{…}}`."""

from typing import Any

import msgspec
from msgspec import Struct

from posthorn.api.payloads import is_secret, masked
from posthorn.clock import iso
from posthorn.errors import NotFound
from posthorn.events.read import read_event
from posthorn.events.schema import FieldSeen, KindSchema, type_names, values_of
from posthorn.events.schema_store import kind_schema
from posthorn.events.store import catalogue_entry
from posthorn.log.read import ProcessedEntry, read_entries
from posthorn.secrets import MASK
from posthorn.storage.database import Transaction

_EXAMPLES = 3
_LONGEST = 120


class SchemaField(Struct, frozen=True, kw_only=True):
    """One path. presence: the share of the events looked at that have it, from 0 to 1. first_seen, last_seen: ISO 8601.

    examples: the latest different values, as JSON text, cut at 120 characters; of what is secret only a mask.
    """

    path: str
    types: list[str]
    presence: float
    examples: list[str]
    first_seen: str
    last_seen: str


class EventSchema(Struct, frozen=True, kw_only=True):
    """What events of a kind look like. looked_at: how many events that is known from. cut: there are more paths than these."""

    key: str
    looked_at: int
    cut: bool
    fields: list[SchemaField]


async def event_schema(tx: Transaction, environment: str, key: str) -> EventSchema:
    """The schema of a kind, by path. Raises NotFound if none was ever received."""
    seen = await catalogue_entry(tx, environment, key)
    if seen is None:
        raise NotFound(f"No event of the kind {key!r} was received.")
    known = await kind_schema(tx, environment, key) or KindSchema(environment=environment, key=key, event_count=0, fields={})
    examples = _examples(await read_entries(tx, (sample.event_id for sample in seen.samples)))
    return EventSchema(
        key=key,
        looked_at=known.event_count,
        cut=known.is_cut,
        fields=[_field(path, known.fields[path], known.event_count, examples) for path in sorted(known.fields)],
    )


def _field(path: str, seen: FieldSeen, event_count: int, examples: dict[str, list[str]]) -> SchemaField:
    return SchemaField(
        path=path,
        types=type_names(seen.types),
        presence=round(seen.count / event_count, 3),
        examples=examples.get(path, []),
        first_seen=iso(seen.first_seen),
        last_seen=iso(seen.last_seen),
    )


def _examples(latest: list[ProcessedEntry]) -> dict[str, list[str]]:
    """By path, newest first. What holds other values is shown by those."""
    found: dict[str, list[str]] = {}
    for one in latest:
        for path, value in values_of(read_event(one.entry, one.event_id)):
            texts = found.setdefault(path, [])
            if len(texts) < _EXAMPLES and not isinstance(value, dict | list):
                text = _shown(path, value)
                texts += [] if text in texts else [text]
    return found


def _shown(path: str, value: Any) -> str:
    if any(is_secret(name.removesuffix("[]")) for name in path.split(".")):
        return MASK
    text = msgspec.json.encode(masked(value)).decode()
    return text if len(text) <= _LONGEST else text[: _LONGEST - 1] + "…"
