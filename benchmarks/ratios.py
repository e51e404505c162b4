"""What a benchmark finds, and the arithmetic of paired ratios."""

from collections.abc import Sequence
from statistics import median

from msgspec import Struct


class Pair(Struct, frozen=True):
    """One measurement of the limit and one of the product, taken one after the other, in the same unit."""

    limit: float
    product: float

    @property
    def ratio(self) -> float:
        """The product's share of the limit."""
        return self.product / self.limit


class Finding(Struct, frozen=True, kw_only=True):
    """One line of the table.

    measured: the values that floor and aim are compared with, one for each trial: ratios, or `product` values where there
    is no limit. is_better_low: memory and microseconds. remark: what a reader must know, such as how busy the load was.
    """

    name: str
    unit: str
    measured: tuple[float, ...]
    product: float
    limit: float | None = None
    floor: float | None = None
    aim: float | None = None
    is_better_low: bool = False
    remark: str = ""

    @property
    def middle(self) -> float:
        """The median of what was measured."""
        return median(self.measured)

    @property
    def verdict(self) -> str:
        """ "aim", "floor", "below", or "" where nothing is asked for."""
        if self.aim is not None and self._reaches(self.aim):
            return "aim"
        if self.floor is None:
            return ""
        return "floor" if self._reaches(self.floor) else "below"

    def _reaches(self, wanted: float) -> bool:
        return self.middle <= wanted if self.is_better_low else self.middle >= wanted


def ratio_finding(name: str, unit: str, pairs: Sequence[Pair], *, floor: float, aim: float, remark: str = "") -> Finding:
    """The finding of paired runs: medians of each side, and the ratios pair by pair."""
    return Finding(
        name=name,
        unit=unit,
        measured=tuple(pair.ratio for pair in pairs),
        limit=median(pair.limit for pair in pairs),
        product=median(pair.product for pair in pairs),
        floor=floor,
        aim=aim,
        remark=remark,
    )


def plain_finding(
    name: str, unit: str, values: Sequence[float], *, floor: float | None = None, aim: float | None = None, **more: object
) -> Finding:
    """The finding of runs that have no limit beside them. more: is_better_low, remark."""
    is_low, remark = bool(more.get("is_better_low", False)), str(more.get("remark", ""))
    return Finding(
        name=name,
        unit=unit,
        measured=tuple(values),
        product=median(values),
        floor=floor,
        aim=aim,
        is_better_low=is_low,
        remark=remark,
    )
