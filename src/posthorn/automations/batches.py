"""What the two spellings of a batch step share. Source: courier.md 4.6, 5.3."""

from typing import Any

from msgspec import Struct

from posthorn.automations.batching import BATCH_ADDED, BatchAdded, result
from posthorn.automations.fields import check_duration, is_reference
from posthorn.automations.model import Tell
from posthorn.automations.outcomes import Answer, Ask, Exit, Gain, Next, StepContext, StepOutcome
from posthorn.automations.retaining import Item, Retain
from posthorn.automations.scope import text_or_none
from posthorn.errors import Invalid
from posthorn.expressions.durations import parse_duration
from posthorn.expressions.references import resolve

LONGEST_MS = 60 * 86_400_000
MOST_ITEMS = 1_000_000
DEFAULT_CATEGORY = "batch"


class Waits(Struct, frozen=True, kw_only=True):
    """`wait_period`: how long nothing new may come; `max_wait_period`: how long it may last in all, 60 days at most.

    `max_items`: closes it at once. `retain`: which items are kept. `category_key`: text, or a reference that sorts the items.
    """

    wait_period: str
    max_wait_period: str
    retain: Retain = Retain()
    max_items: int | None = None
    category_key: str = DEFAULT_CATEGORY

    def check(self) -> None:
        """Raises ValueError for periods that make no sense."""
        check_duration(self.wait_period)
        check_duration(self.max_wait_period)
        if self.max_items is not None and not 1 <= self.max_items <= MOST_ITEMS:
            raise ValueError(f"`max_items`: Expected a number from 1 to {MOST_ITEMS:,}")
        if not is_reference(self.wait_period) and not is_reference(self.max_wait_period):
            wait_ms, max_wait_ms = parse_duration(self.wait_period), parse_duration(self.max_wait_period)
            if wait_ms >= max_wait_ms:
                raise ValueError("`wait_period`: Expected less than `max_wait_period`")
            if max_wait_ms > LONGEST_MS:
                raise ValueError("`max_wait_period`: Expected 60 days at most")


def ask(config: Waits, context: StepContext, name: str, owner: str) -> StepOutcome:
    """Bring the run's data to the batch of that name in the owner's place."""
    data = context.run.context.get("data")
    category = text_or_none(config.category_key, context.scope) if is_reference(config.category_key) else ""
    sort_key = config.retain.sort_key
    item = Item(
        by=context.run.user_key,
        data=data if isinstance(data, dict) else {},
        rank=_rank(resolve({"$ref": sort_key}, context.scope)) if sort_key else None,
        category=category or "",
    )
    max_wait_ms = min(_period(config.max_wait_period, context), LONGEST_MS)
    added = BatchAdded(
        run_id=context.run.run_id,
        user_key=context.run.user_key,
        ask_id=context.ask_id,
        name=name,
        item=item,
        wait_ms=min(_period(config.wait_period, context), max_wait_ms),
        max_wait_ms=max_wait_ms,
        max_items=config.max_items or 0,
        retain=config.retain,
    )
    return Ask(question=Tell(event_type=BATCH_ADDED, user_key=owner, payload=added), reason="Collecting.")


def batched(config: Waits, context: StepContext, answer: Answer) -> StepOutcome:
    """What an answer of the batch means to the run: everything collected, or that another run has it."""
    if "joined" in answer.value:
        return Exit(reason=f"Joined the batch of run {answer.value['joined']}.")
    by_category = is_reference(config.category_key)
    gained = result(answer.value, DEFAULT_CATEGORY if by_category else config.category_key, by_category=by_category)
    data = {**(context.run.context.get("data") or {}), **gained}
    count = sum(answer.value["collection"]["counts"].values())
    return Next(reason=f"Closed with {count} items.", gain=Gain(data=data, left=gained))


def _period(written: Any, context: StepContext) -> int:
    found = text_or_none(written, context.scope)
    if found is None:
        raise Invalid("A period leads to nothing.")
    return parse_duration(found)


def _rank(value: Any) -> Any:
    return value if isinstance(value, str | int | float) else None
