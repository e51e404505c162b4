"""Batches: the first run that arrives waits and owns the batch, later ones leave their data there and end (courier.md 4.6).

Runs come to the batch's own place in the log, one after the other, whichever users and partitions they are of.
"""

from typing import Any

from msgspec import Struct, convert, json, structs, to_builtins

from posthorn.automations.marks import SHARED, Mark
from posthorn.automations.model import RUN_ANSWERED, Outcome, RunAnswered, Tell, View
from posthorn.automations.retaining import Collection, Item, Retain, added, shown
from posthorn.events.model import Event, Fact
from posthorn.ids import digest
from posthorn.timers.model import Timer

BATCH_ADDED = "batch.added"
KIND = "batch"
SHARED_KIND = "shared_batch"
"""Of the marks that may hold things of several users."""


class BatchAdded(Struct, frozen=True, kw_only=True):
    """Payload of "batch.added": what one run brings. name: of the batch. Durations are milliseconds, from the latest and the
    first item on. max_items: 0 for any number.
    """

    run_id: str
    user_key: str
    ask_id: str
    name: str
    item: Item
    wait_ms: int
    max_wait_ms: int
    max_items: int = 0
    retain: Retain = Retain()


class Batch(Struct, frozen=True, kw_only=True):
    """An open batch: the run that waits for it, and what it holds. Times are UTC milliseconds."""

    run_id: str
    user_key: str
    ask_id: str
    opened_at: int
    closes_at: int
    collection: Collection = Collection()


def decide(event: Event, view: View, now: int) -> Outcome:
    """Opens the batch or adds to it; closes it when it is full."""
    brought = json.decode(event.body, type=BatchAdded)
    kind = _kind(event.user_key)
    batch = read_batch(view.marks.get((kind, brought.name)))
    is_first = batch is None
    if batch is None:
        batch = Batch(run_id=brought.run_id, user_key=brought.user_key, ask_id=brought.ask_id, opened_at=now, closes_at=now)
    batch = structs.replace(
        batch,
        collection=added(batch.collection, brought.item, brought.retain),
        closes_at=min(now + brought.wait_ms, batch.opened_at + brought.max_wait_ms),
    )
    joined = () if is_first else (_answer(brought, {"joined": batch.run_id}),)
    if brought.max_items and batch.collection.count >= brought.max_items:
        closed = _closed(batch, kind, brought.name, event.user_key)
        return structs.replace(closed, tells=(*joined, *closed.tells))
    mark = Mark(user_key=event.user_key, kind=kind, name=brought.name, body=to_builtins(batch))
    fact = Fact(about=brought.name, verdict="opened" if is_first else "joined", reason=f"Batch of run {batch.run_id}.")
    return Outcome(marks=(mark,), timers=(_timer(event, brought.name, batch),), tells=joined, facts=(fact,))


def due(event: Event, view: View, now: int) -> Outcome:
    """Closes the batch whose time has come; one that was closed or prolonged meanwhile is left alone."""
    name, kind = str(event.fields["subject_id"]), _kind(event.user_key)
    batch = read_batch(view.marks.get((kind, name)))
    if batch is None or batch.closes_at > now or _timer(event, name, batch).timer_id != event.message_id:
        return Outcome()
    return _closed(batch, kind, name, event.user_key)


def read_batch(mark: Mark | None) -> Batch | None:
    """The batch that a mark holds."""
    return convert(mark.body, Batch) if mark is not None and mark.body is not None else None


def without_user(batch: Batch, user_key: str) -> Batch:
    """The batch without what this user has brought; if its run is his, it is nobody's and closes in silence."""
    items = [item for item in batch.collection.items if item.by != user_key]
    owner = "erased" if batch.user_key == user_key else batch.user_key
    return structs.replace(batch, user_key=owner, collection=structs.replace(batch.collection, items=items))


def result(value: Any, category_key: str, *, by_category: bool) -> dict[str, Any]:
    """What the owner's data gains from the answer it gets."""
    return shown(convert(value["collection"], Collection), category_key, by_category=by_category)


def _closed(batch: Batch, kind: str, name: str, owner: str) -> Outcome:
    value = {"collection": to_builtins(batch.collection)}
    return Outcome(
        marks=(Mark(user_key=owner, kind=kind, name=name, body=None),),
        tells=(_answer(batch, value),),
        facts=(Fact(about=name, verdict="closed", reason=f"Batch of run {batch.run_id} with {batch.collection.count} items."),),
    )


def _answer(to: BatchAdded | Batch, value: dict[str, Any]) -> Tell:
    answer = RunAnswered(run_id=to.run_id, ask_id=to.ask_id, value=value)
    return Tell(event_type=RUN_ANSWERED, user_key=to.user_key, payload=answer)


def _timer(event: Event, name: str, batch: Batch) -> Timer:
    return Timer(
        timer_id=digest(KIND, event.user_key, name, batch.ask_id).hex(),
        due_at=batch.closes_at,
        environment=event.environment,
        user_key=event.user_key,
        kind=KIND,
        subject_id=name,
    )


def _kind(user_key: str) -> str:
    return SHARED_KIND if user_key.startswith(SHARED) else KIND
