"""What the words `data`, `profile`, `refs` and the like mean to a run, and whether a condition holds over them."""

from collections.abc import Mapping
from typing import Any

from posthorn.automations.merging import overlaid
from posthorn.expressions import conditions
from posthorn.expressions.conditions import Verdict
from posthorn.expressions.evaluate import evaluate
from posthorn.expressions.references import resolve
from posthorn.expressions.values import text, truth

RESERVED = frozenset({"brand", "data", "profile", "template", "recipient", "refs"})
"""Names that a step's `ref` or a node's id may not take. Source: courier.md 4.4."""


def scope_of(context: dict[str, Any], refs: dict[str, Any], stored_profile: dict[str, Any]) -> dict[str, Any]:
    """A run's values by name: those of its context, of its steps, and both again under `refs`. Source: courier.md 4.4."""
    own = {name: context.get(name) for name in ("brand", "data", "template", "recipient")}
    own["profile"] = overlaid(stored_profile, context.get("profile") or {})
    named = {**refs, **own}
    return {**named, "refs": named}


def zone_name(profile: Mapping[str, Any]) -> str:
    """The user's time zone as it was given; `zoneinfo` wins over `timezone`; "UTC" if there is none."""
    for key in ("zoneinfo", "timezone"):
        zone = profile.get(key)
        if isinstance(zone, str) and zone:
            return zone
    return "UTC"


def holds(condition: Any, scope: Mapping[str, Any], now: int) -> Verdict:
    """Whether a condition holds: an expression (text, courier.md 4.4), conditions (list or object, 5.4), or None for always.

    Raises Invalid for an expression that cannot be evaluated.
    """
    if condition is None:
        return Verdict(holds=True, reason="")
    if not isinstance(condition, str):
        return conditions.holds(condition, scope)
    value = evaluate(condition, scope, now=now)
    return Verdict(holds=truth(value), reason=f"{condition[:120]} is {text(value)[:60] or 'undefined'}")


def text_or_none(value: Any, scope: Mapping[str, Any]) -> str | None:
    """The value a field points at as text; None where there is nothing to show: null, undefined, an empty text."""
    return text(resolve(value, scope)) or None
