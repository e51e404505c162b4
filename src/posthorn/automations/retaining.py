"""Which of many collected things are kept, and how they are shown. Source: courier.md 4.6."""

from typing import Any, Literal

from msgspec import Struct

from posthorn.expressions.values import text

MOST_KEPT = 100
DEFAULT_KEPT = 10


class Retain(Struct, frozen=True, kw_only=True):
    """`count` of them: the first, the last, or those with the highest or lowest value at `sort_key`; none are only counted."""

    type: Literal["first", "last", "highest", "lowest", "none"] = "first"
    count: int = DEFAULT_KEPT
    sort_key: str | None = None

    def __post_init__(self) -> None:
        if not 1 <= self.count <= MOST_KEPT:
            raise ValueError(f"`count`: Expected a number from 1 to {MOST_KEPT}")
        if self.type in ("highest", "lowest") and not self.sort_key:
            raise ValueError("`sort_key`: Required")


class Item(Struct, frozen=True, kw_only=True):
    """One thing that was collected. by: the user it is of. rank: its value at the sort key. category: "" for the only one."""

    by: str
    data: dict[str, Any]
    rank: Any = None
    category: str = ""


class Collection(Struct, frozen=True, kw_only=True):
    """Things collected so far. counts: of all, by category; items: those that are kept, in the order they came."""

    counts: dict[str, int] = {}
    items: list[Item] = []

    @property
    def count(self) -> int:
        """How many there were."""
        return sum(self.counts.values())


def added(collection: Collection, item: Item, retain: Retain) -> Collection:
    """The collection with one thing more; in each category only what is to be kept is kept."""
    counts = {**collection.counts, item.category: collection.counts.get(item.category, 0) + 1}
    same = [one for one in collection.items if one.category == item.category]
    kept = _kept([*same, item], retain)
    others = [one for one in collection.items if one.category != item.category]
    return Collection(counts=counts, items=others + kept)


def shown(collection: Collection, category_key: str, *, by_category: bool) -> dict[str, Any]:
    """`{category_key: {count, items}}`, or `{"batch": {category: {count, items}}}` if the category of each is its own."""
    parts = {
        category: {"count": count, "items": [one.data for one in collection.items if one.category == category]}
        for category, count in collection.counts.items()
    }
    return {category_key: parts} if by_category else {category_key: parts.get("", {"count": 0, "items": []})}


def _kept(items: list[Item], retain: Retain) -> list[Item]:
    match retain.type:
        case "none":
            return []
        case "first":
            return items[: retain.count]
        case "last":
            return items[-retain.count :]
        case "highest" | "lowest":
            ranked = sorted(items, key=_rank, reverse=retain.type == "highest")
            return ranked[: retain.count]


def _rank(item: Item) -> tuple[bool, float, str]:
    """Numbers by size, before texts by letter; what has no value comes before both."""
    if isinstance(item.rank, int | float) and not isinstance(item.rank, bool):
        return (True, float(item.rank), "")
    try:
        return (True, float(text(item.rank)), "")
    except ValueError:
        return (item.rank is not None, float("-inf"), text(item.rank))
