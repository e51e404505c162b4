"""Audiences and users as the tests of this folder need them."""

from typing import Any

from posthorn.audiences.filters import normalized
from posthorn.audiences.model import Audience
from posthorn.audiences.occurrences import Occurrence

NOW = 1_788_257_701_000
MINUTE = 60_000
DAY = 86_400_000


def leaf(operator: str, path: str, value: Any) -> dict[str, Any]:
    """A comparison as it comes over the wire."""
    return {"operator": operator, "path": path, "value": value}


def audience(audience_id: str, *filters: dict[str, Any], operator: str = "AND", **more: Any) -> Audience:
    """A first version by which everybody was evaluated."""
    known: dict[str, Any] = {"version": 1, "evaluated_version": 1, **more}
    return Audience(
        environment="production",
        audience_id=audience_id,
        filter=normalized({"operator": operator, "filters": list(filters)}) if filters else None,
        created_at=1,
        updated_at=1,
        **known,
    )


def moments(*at: int) -> tuple[Occurrence, ...]:
    """Something was done at these moments, newest first."""
    return tuple(Occurrence(at=one) for one in at)
