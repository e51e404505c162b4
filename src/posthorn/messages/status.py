"""The status machine: one way, never back. Source: courier.md 6.7."""

RANKS = {"ENQUEUED": 0, "DELAYED": 1, "ROUTED": 2, "SENT": 3, "DELIVERED": 4, "OPENED": 5, "CLICKED": 6}
"""Statuses a message climbs through."""

_BEFORE_ROUTING = frozenset({"ENQUEUED", "DELAYED"})

_STOPS = {
    "UNMAPPED": _BEFORE_ROUTING,
    "CANCELED": _BEFORE_ROUTING,
    "FILTERED": _BEFORE_ROUTING,
    "THROTTLED": _BEFORE_ROUTING,
    "DIGESTED": _BEFORE_ROUTING,
    "SIMULATED": _BEFORE_ROUTING,
    "UNROUTABLE": _BEFORE_ROUTING | {"ROUTED"},
    "UNDELIVERABLE": _BEFORE_ROUTING | {"ROUTED", "SENT"},
}
"""Statuses a message stops in, and from where it gets there."""

STATUSES = frozenset(RANKS) | frozenset(_STOPS)
"""All fifteen wire values."""

REASONS = frozenset(
    {
        "FILTERED",
        "NO_CHANNELS",
        "NO_PROVIDERS",
        "PROVIDER_ERROR",
        "UNPUBLISHED",
        "UNSUBSCRIBED",
        "OPT_IN_REQUIRED",
        "BOUNCED",
        "FAILED",
    }
)


def is_stop(status: str) -> bool:
    """Whether nothing moves a message out of it any more."""
    return status in _STOPS


def can_cancel(status: str) -> bool:
    """Whether a message in this status can still be called back."""
    return status in _BEFORE_ROUTING


def moved(current: str, wanted: str) -> str:
    """The status after `wanted` was reported: `wanted` if it lies ahead, else `current`."""
    if wanted in _STOPS:
        return wanted if current in _STOPS[wanted] else current
    if current in _STOPS or RANKS[wanted] <= RANKS[current]:
        return current
    return wanted
