"""Deep merge, as overrides use it (courier.md 3.2 and 6.5), and JSON Merge Patch (RFC 7396)."""

from typing import Any, cast


def deep_merge(stored: Any, given: Any) -> Any:
    """Objects merge key by key; anything else is replaced by what is given."""
    if not (isinstance(stored, dict) and isinstance(given, dict)):
        return given
    return stored | {key: deep_merge(stored[key], value) if key in stored else value for key, value in given.items()}


def merge_patch(stored: dict[str, Any], given: dict[str, Any]) -> dict[str, Any]:
    """Objects merge key by key, null removes a key, anything else is replaced by what is given."""
    kept = {key: value for key, value in stored.items() if key not in given}
    return kept | {key: _patched(stored.get(key), value) for key, value in given.items() if value is not None}


def _patched(stored: Any, given: Any) -> Any:
    if not isinstance(given, dict):
        return given
    return merge_patch(cast("dict[str, Any]", stored) if isinstance(stored, dict) else {}, cast("dict[str, Any]", given))
