"""Troubleshooting as live checks: what keeps events from arriving, or from arriving whole."""

from collections.abc import Mapping
from typing import Literal

from litestar import get
from msgspec import Struct

from posthorn.api.caller import GivenCaller
from posthorn.api.context import Context, GivenContext
from posthorn.api.noticed import Seen
from posthorn.clock import iso
from posthorn.events.model import SEGMENT_TYPES, Event
from posthorn.events.read import read_event
from posthorn.log.filter import EventFilter
from posthorn.log.newest import read_newest
from posthorn.storage.database import Transaction

TOLERATED_SKEW_MS = 5 * 60_000
_LATEST = 200
_KEYS = ("invalid_key", "missing_write_key", "write_key_mismatch")
_CALM = frozenset({"own_event", "key_verified", "bad_signature", "source_disabled", "rate_limited", *_KEYS})


class Check(Struct, frozen=True, kw_only=True):
    """One check. status: "problem", or "ok" for nothing noticed. note: what was seen and what to do, "" for nothing.

    event_id: an event that shows it, null for none.
    """

    check: str
    title: str
    status: Literal["ok", "problem"]
    note: str = ""
    event_id: str | None = None


class Checks(Struct, frozen=True, kw_only=True):
    """Every check, in a fixed order."""

    checks: list[Check]


@get("/integrations/segment/checks")
async def segment_checks(context: GivenContext, caller: GivenCaller) -> Checks:
    """Live checks for whoever misses events: wrong keys and bad signatures within the last hour (as this process saw them, in
    both environments), and an e-mail address in the wrong place or a clock that is wrong among the latest 200 events.
    """
    async with context.database.snapshot() as tx:
        return Checks(checks=await checks_of(tx, context, caller.environment))


async def checks_of(tx: Transaction, context: Context, environment: str) -> list[Check]:
    """Every check, in a fixed order."""
    wanted = EventFilter(environment=environment, types=SEGMENT_TYPES)
    page = await read_newest(tx, context.database.partition_count, wanted, {}, _LATEST)
    events = [read_event(one.entry, one.event_id) for one in page.entries]
    seen = context.noticed.lately()
    return [
        _key(seen),
        _noticed(seen, "bad_signature", "signature", "Signatures match", "The source's shared secret is not Segment's."),
        _noticed(seen, "source_disabled", "source", "Sources are switched on", "The source is switched off here."),
        _noticed(seen, "rate_limited", "rate", "Nobody sends too fast", "Senders were told to wait, and come again."),
        _refused(seen),
        _email(events),
        _clock(events),
    ]


def _key(seen: Mapping[str, Seen]) -> Check:
    found = {word: seen[word] for word in _KEYS if word in seen}
    title = "Keys are known"
    if not found:
        return Check(check="key", title=title, status="ok")
    words = {
        "invalid_key": "with a key that nobody has",
        "missing_write_key": "without a key",
        "write_key_mismatch": "with another key in the body than in the header",
    }
    told = "; ".join(
        f"{_times(one)} {words[word]}, last from {one.about or 'an unknown address'}" for word, one in found.items()
    )
    note = f"Calls came in {told}. Compare the key with the ones on the page Segment, and its environment."
    return Check(check="key", title=title, status="problem", note=note)


def _noticed(seen: Mapping[str, Seen], word: str, check: str, title: str, advice: str) -> Check:
    one = seen.get(word)
    if one is None:
        return Check(check=check, title=title, status="ok")
    return Check(
        check=check,
        title=title,
        status="problem",
        note=f"{advice} Noticed {_times(one)}, last of {one.about} at {iso(one.last_at)}.",
    )


def _refused(seen: Mapping[str, Seen]) -> Check:
    others = {word: one for word, one in seen.items() if word not in _CALM}
    title = "Events are readable"
    if not others:
        return Check(check="refused", title=title, status="ok")
    told = ", ".join(f"{word} {_times(one)}" for word, one in others.items())
    return Check(check="refused", title=title, status="problem", note=f"Events were refused: {told}.")


def _email(events: list[Event]) -> Check:
    title = "E-mail addresses stand in the traits"
    found = next((event for event in events if "top_level_email_ignored" in event.warnings), None)
    if found is None:
        return Check(check="email", title=title, status="ok")
    note = "An event carries an e-mail address at its top level, where nobody reads it. Move it into the traits or properties."
    return Check(check="email", title=title, status="problem", note=note, event_id=found.id)


def _clock(events: list[Event]) -> Check:
    title = "Senders' clocks are right"
    for event in events:
        sent = event.sent_at
        if sent is not None and abs(event.received_at - sent) > TOLERATED_SKEW_MS:
            minutes = abs(event.received_at - sent) // 60_000
            side = "behind" if sent < event.received_at else "ahead"
            note = f"A sender's clock is {minutes} minutes {side} of ours. Times are corrected by sentAt; check both clocks."
            return Check(check="clock", title=title, status="problem", note=note, event_id=event.id)
    return Check(check="clock", title=title, status="ok")


def _times(seen: Seen) -> str:
    return "once" if seen.count == 1 else f"{seen.count} times"


handlers = [segment_checks]
