"""The algebra of attempts: which are to be started next, and how the whole stands. Source: courier.md 6.5."""

from typing import Literal

from msgspec import Struct

from posthorn.messages.model import Branch, Hop

Standing = Literal["open", "succeeded", "failed"]

_REACTIONS = {"delivered": 4, "viewed": 5, "engaged": 6}


class Progress(Struct, frozen=True, kw_only=True):
    """starts: hops whose turn has come, in order. standing: of the whole, with those counted as open."""

    starts: tuple[int, ...]
    standing: Standing


def progress(plan: Branch, hops: tuple[Hop, ...], criteria: str = "") -> Progress:
    """What to start now. A single branch goes on to its next node when one has failed, an all branch starts each.

    With `criteria` (delivered, viewed, engaged) a hop has succeeded only when its reader got that far.
    """
    starts: list[int] = []
    standing = _of_node(plan, hops, criteria, starts)
    return Progress(starts=tuple(starts), standing=standing)


def has_alternative(plan: Branch, hops: tuple[Hop, ...], index: int) -> bool:
    """Whether another hop would be started if this one failed."""
    failed = Hop(channel="", provider_id="", provider="", state="failed")
    before = set(progress(plan, hops).starts)
    after = progress(plan, (*hops[:index], failed, *hops[index + 1 :])).starts
    return any(start not in before for start in after)


def _of_node(node: int | Branch, hops: tuple[Hop, ...], criteria: str, starts: list[int]) -> Standing:
    if isinstance(node, int):
        return _of_hop(node, hops[node], criteria, starts)
    if node.method == "single":
        for child in node.nodes:
            standing = _of_node(child, hops, criteria, starts)
            if standing != "failed":
                return standing
        return "failed"
    standings = [_of_node(child, hops, criteria, starts) for child in node.nodes]
    if "succeeded" in standings:
        return "succeeded"
    return "open" if "open" in standings else "failed"


def _of_hop(index: int, hop: Hop, criteria: str, starts: list[int]) -> Standing:
    if hop.state == "waiting":
        starts.append(index)
        return "open"
    if hop.state == "sent":
        return "succeeded" if _rank(hop) >= _REACTIONS.get(criteria, 0) else "open"
    if hop.state == "unknown":
        # It may have arrived: going on would risk giving it to somebody twice.
        return "succeeded"
    return "open" if hop.state == "pending" else "failed"


def _rank(hop: Hop) -> int:
    reached = ((hop.clicked_at, 6), (hop.opened_at, 5), (hop.delivered_at, 4))
    return next((rank for at, rank in reached if at is not None), 3)
