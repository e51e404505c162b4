"""The lists that one user is on (courier.md 3.3)."""

from typing import Any

import msgspec
from litestar import delete, get, post
from litestar.params import FromPath, FromQuery, JSONBody
from msgspec import Struct

from posthorn.api.caller import GivenCaller
from posthorn.api.commands import command_entry
from posthorn.api.context import GivenContext
from posthorn.api.courier.profiles import Done
from posthorn.api.paging import Paging, decode_cursor, page
from posthorn.api.people import person
from posthorn.clock import iso
from posthorn.errors import Invalid
from posthorn.lists.model import SUBSCRIBED, UNSUBSCRIBED, ListChanged
from posthorn.lists.patterns import check_list_id
from posthorn.lists.subscriptions import lists_of_user

_PAGE = 100
_MOST_LISTS = 1_000


class WantedList(Struct, frozen=True, kw_only=True):
    """A list to be put on, and what the user wants of it."""

    list_id: str = msgspec.field(name="listId")
    preferences: dict[str, Any] | None = None


class ListsBody(Struct, frozen=True, kw_only=True):
    """Lists to be put on."""

    lists: list[WantedList]


class ListOfUser(Struct, frozen=True, kw_only=True, omit_defaults=True):
    """A list that the user is on. `created`: since when; times are ISO 8601."""

    id: str
    name: str
    created: str
    updated: str
    preferences: dict[str, Any] | None = None


class ListsOfUser(Struct, frozen=True, kw_only=True):
    """A page of them."""

    paging: Paging
    results: list[ListOfUser]


@get("/profiles/{user_id:str}/lists")
async def list_lists_of_user(
    user_id: FromPath[str], context: GivenContext, caller: GivenCaller, cursor: FromQuery[str | None] = None
) -> ListsOfUser:
    """The lists that a user is on, in order of their ids."""
    after = decode_cursor(cursor, str) or ""
    async with context.database.snapshot() as tx:
        partition, user_key = await person(tx, context, caller, user_id)
        rows = await lists_of_user(tx, partition, caller.environment, user_key, after=after, limit=_PAGE + 1)
    shown, paging = page(rows, _PAGE, lambda row: row.list_id)
    results = [
        ListOfUser(
            id=row.list_id,
            name=row.name,
            created=iso(row.created_at),
            updated=iso(row.updated_at),
            preferences=row.preferences,
        )
        for row in shown
    ]
    return ListsOfUser(paging=paging, results=results)


@post("/profiles/{user_id:str}/lists", status_code=200)
async def subscribe_to_lists(
    user_id: FromPath[str], data: JSONBody[ListsBody], context: GivenContext, caller: GivenCaller
) -> Done:
    """Puts a user on lists, which are created if need be."""
    if len(data.lists) > _MOST_LISTS:
        raise Invalid(f"lists: at most {_MOST_LISTS}")
    payloads = [ListChanged(list_id=check_list_id(one.list_id), preferences=one.preferences) for one in data.lists]
    await context.commands.append_and_wait(
        [command_entry(caller, SUBSCRIBED, user_id, one, context, part=f"-{at}") for at, one in enumerate(payloads)]
    )
    return Done(status="SUCCESS")


@delete("/profiles/{user_id:str}/lists", status_code=200)
async def unsubscribe_from_all(user_id: FromPath[str], context: GivenContext, caller: GivenCaller) -> Done:
    """Takes a user off every list."""
    await context.commands.append_and_wait([command_entry(caller, UNSUBSCRIBED, user_id, ListChanged(), context)])
    return Done(status="SUCCESS")


handlers = [list_lists_of_user, subscribe_to_lists, unsubscribe_from_all]
