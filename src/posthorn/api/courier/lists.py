"""Lists: for now the two calls by which Segment keeps an audience in step (courier.md 1.9, 7.6)."""

import re
from typing import Any

from litestar import delete, put
from litestar.params import FromPath, JSONBody
from msgspec import Struct

from posthorn.api.caller import GivenCaller
from posthorn.api.commands import command_entry
from posthorn.api.context import GivenContext
from posthorn.errors import Invalid

_LIST_ID = re.compile(r"[^.*#\s]+(?:\.[^.*#\s]+){0,3}")


class SubscriptionBody(Struct, frozen=True, kw_only=True):
    """What the subscriber wants of this list; in the legacy structure of preferences."""

    preferences: dict[str, Any] | None = None


class ListSubscribed(Struct, frozen=True, kw_only=True, omit_defaults=True):
    """Payload of `list.subscribed` and `list.unsubscribed`."""

    list_id: str
    preferences: dict[str, Any] | None = None


@put("/lists/{list_id:str}/subscriptions/{user_id:str}", status_code=204)
async def subscribe(
    list_id: FromPath[str],
    user_id: FromPath[str],
    context: GivenContext,
    caller: GivenCaller,
    data: JSONBody[SubscriptionBody | None] = None,
) -> None:
    """Puts a user on a list, which is created if need be. The body may be empty."""
    payload = ListSubscribed(list_id=_checked(list_id), preferences=data.preferences if data else None)
    await context.commands.append_and_wait([command_entry(caller, "list.subscribed", user_id, payload, context)])


@delete("/lists/{list_id:str}/subscriptions/{user_id:str}")
async def unsubscribe(list_id: FromPath[str], user_id: FromPath[str], context: GivenContext, caller: GivenCaller) -> None:
    """Takes a user off a list. Not being on it, or a list nobody knows, is no error: Segment repeats removals."""
    payload = ListSubscribed(list_id=_checked(list_id))
    await context.commands.append_and_wait([command_entry(caller, "list.unsubscribed", user_id, payload, context)])


def _checked(list_id: str) -> str:
    if not _LIST_ID.fullmatch(list_id):
        raise Invalid("Invalid list id")
    return list_id


handlers = [subscribe, unsubscribe]
