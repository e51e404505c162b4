"""Deep merge, as overrides use it (courier.md 3.2 and 6.5)."""

from typing import Any


def deep_merge(stored: Any, given: Any) -> Any:
    """Objects merge key by key; anything else is replaced by what is given."""
    if not (isinstance(stored, dict) and isinstance(given, dict)):
        return given
    return stored | {key: deep_merge(stored[key], value) if key in stored else value for key, value in given.items()}
