"""How two JSON objects become one. Source: courier.md 4.7."""

from typing import Any, Literal

Strategy = Literal["replace", "overwrite", "soft-merge", "none"]


def merged(strategy: str, new: dict[str, Any], existing: dict[str, Any]) -> dict[str, Any]:
    """The result of one of the four strategies; neither argument is changed."""
    if strategy == "overwrite":
        return overlaid(existing, new)
    if strategy == "soft-merge":
        return overlaid(new, existing)
    if strategy == "none" and existing:
        return existing
    return new


def overlaid(below: dict[str, Any], above: dict[str, Any]) -> dict[str, Any]:
    """`above` written over `below`, objects key by key to any depth; everything else is replaced, null too."""
    if not below:
        return above
    result = dict(below)
    for key, value in above.items():
        old = result.get(key)
        result[key] = overlaid(old, value) if isinstance(old, dict) and isinstance(value, dict) else value
    return result
