"""How fast a source, or somebody with unknown keys, may call (segment.md 3.8 and 10)."""

_MOST_BUCKETS = 10_000


class Buckets:
    """Token buckets by name, kept in this process; the longest unused are forgotten when there are too many."""

    def __init__(self) -> None:
        self._buckets: dict[str, tuple[float, int]] = {}

    def take(self, name: str, *, per_second: int, burst: int, now_ms: int) -> int:
        """Takes one token; 0 if there was one, else the milliseconds until there will be one."""
        tokens, at_ms = self._buckets.pop(name, (float(burst), now_ms))
        tokens = min(float(burst), tokens + max(0, now_ms - at_ms) * per_second / 1000)
        is_free = tokens >= 1
        self._buckets[name] = (tokens - 1 if is_free else tokens, now_ms)
        if len(self._buckets) > _MOST_BUCKETS:
            del self._buckets[next(iter(self._buckets))]
        return 0 if is_free else max(1, round((1 - tokens) * 1000 / per_second))
