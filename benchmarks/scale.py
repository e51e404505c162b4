"""How long a run takes."""

from msgspec import Struct


class Scale(Struct, frozen=True, kw_only=True):
    """pairs: how often limit and product are measured in turns. seconds: of one such measurement.

    messages: through the whole pipeline. repeats: of a micro-benchmark, of which the median is told.
    """

    pairs: int
    seconds: float
    messages: int
    repeats: int


FULL = Scale(pairs=7, seconds=2.0, messages=6_000, repeats=15)
QUICK = Scale(pairs=3, seconds=0.6, messages=1_000, repeats=5)
