"""The history of a message as the API shows it: stored lines, and what the contents add to them. Source: courier.md 6.8."""

from collections.abc import Iterable
from typing import Any

from posthorn.errors import Invalid
from posthorn.messages.model import Contents, HistoryItem, Message
from posthorn.messages.recipients import given_profile
from posthorn.messages.render import data_of

FILTER_TYPES = frozenset(
    {
        "CLICKED",
        "DELIVERED",
        "OPENED",
        "SENT",
        "UNDELIVERABLE",
        "ENQUEUED",
        "UNMAPPED",
        "FILTERED",
        "MAPPED",
        "PROFILE_LOADED",
        "RENDERED",
        "UNROUTABLE",
    }
)
"""What a caller may ask for, and the lines beside them that only occur."""

OTHER_TYPES = frozenset({"DELIVERING", "DELAYED", "CANCELED", "SIMULATED", "THROTTLED", "DIGESTED"})

_OUTPUTS = ("html", "title", "body", "subject", "blocks", "text")


def check_type(wanted: str | None) -> str | None:
    """The type to narrow a history to, in upper case; None for all. Raises Invalid for one that does not exist."""
    if not wanted:
        return None
    if wanted.upper() not in FILTER_TYPES | OTHER_TYPES:
        raise Invalid(f"type: Expected one of {', '.join(sorted(FILTER_TYPES))}.")
    return wanted.upper()


def wire_items(
    items: Iterable[HistoryItem], message: Message, contents: Contents | None, wanted: str | None = None
) -> list[dict[str, Any]]:
    """Lines with all their fields, oldest first; those of one type if `wanted`. Contents that were pruned show as empty."""
    return [
        {"type": item.type, "ts": item.ts, **_added(item, message, contents), **item.fields}
        for item in items
        if wanted is None or item.type == wanted
    ]


def _added(item: HistoryItem, message: Message, contents: Contents | None) -> dict[str, Any]:
    if item.type == "ENQUEUED":
        return {
            "data": data_of(contents) if contents else {},
            "event": message.event,
            "profile": given_profile(contents.to) if contents else {},
            "override": _overrides(contents),
            "recipient": message.recipient,
        }
    if item.type == "PROFILE_LOADED":
        return {
            "merged_profile": contents.profile if contents else {},
            "received_profile": given_profile(contents.to) if contents else {},
            "stored_profile": contents.stored_profile if contents else {},
        }
    if item.type == "RENDERED":
        path = f"/messages/{message.message_id}/output"
        return {"output": dict.fromkeys(_OUTPUTS, path)}
    return {}


def _overrides(contents: Contents | None) -> dict[str, Any]:
    providers = contents.request.get("providers") if contents else None
    if not isinstance(providers, dict):
        return {}
    return {key: config["override"] for key, config in providers.items() if isinstance(config, dict) and config.get("override")}
