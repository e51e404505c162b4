"""Lists: read, write, delete, restore (courier.md 7.5)."""

from typing import Any

from litestar import delete, get, put
from litestar.params import FromPath, FromQuery, JSONBody
from msgspec import Struct

from posthorn.api.caller import GivenCaller
from posthorn.api.context import GivenContext
from posthorn.api.paging import Paging, decode_cursor, page
from posthorn.clock import iso
from posthorn.errors import Invalid, NotFound
from posthorn.lists import editing, store
from posthorn.lists.model import ListRecord
from posthorn.lists.patterns import check_list_id, check_pattern, fixed_start, matches
from posthorn.storage.database import Transaction

_PAGE = 100
_SCANNED = 500
_LONGEST_NAME = 512


class ListBody(Struct, frozen=True, kw_only=True):
    """A list as it shall be. preferences: what its subscribers get unless they chose otherwise, in the legacy structure."""

    name: str
    preferences: dict[str, Any] | None = None


class ListAnswer(Struct, frozen=True, kw_only=True):
    """A list as it is. Times are ISO 8601."""

    id: str
    name: str
    created: str
    updated: str


class ListsAnswer(Struct, frozen=True, kw_only=True):
    """A page of lists."""

    items: list[ListAnswer]
    paging: Paging


@get("/lists")
async def list_lists(
    context: GivenContext,
    caller: GivenCaller,
    cursor: FromQuery[str | None] = None,
    pattern: FromQuery[str | None] = None,
) -> ListsAnswer:
    """Lists in order of their ids; with `pattern` only those that it covers."""
    after = decode_cursor(cursor, str) or ""
    wanted = check_pattern(pattern) if pattern else None
    async with context.database.snapshot() as tx:
        if wanted is None:
            rows = await store.lists_after(tx, caller.environment, after=after, limit=_PAGE + 1)
        else:
            rows = await _matching(tx, caller.environment, wanted, after)
    shown, paging = page(rows, _PAGE, lambda row: row.list_id)
    return ListsAnswer(items=[_answer(row) for row in shown], paging=paging)


@get("/lists/{list_id:str}")
async def read_list(list_id: FromPath[str], context: GivenContext, caller: GivenCaller) -> ListAnswer:
    """One list."""
    async with context.database.snapshot() as tx:
        found = await store.list_record(tx, caller.environment, check_list_id(list_id))
    if found is None:
        raise NotFound("List not found")
    return _answer(found)


@put("/lists/{list_id:str}", status_code=204)
async def write_list(list_id: FromPath[str], data: JSONBody[ListBody], context: GivenContext, caller: GivenCaller) -> None:
    """Creates the list or replaces its name and preferences; its subscribers stay."""
    if not 0 < len(data.name) <= _LONGEST_NAME:
        raise Invalid(f"name: Expected 1 to {_LONGEST_NAME} characters")
    async with context.database.transaction() as tx:
        await editing.write_list(
            tx,
            caller.environment,
            check_list_id(list_id),
            name=data.name,
            preferences=data.preferences,
            now=context.clock.now_ms(),
        )


@delete("/lists/{list_id:str}")
async def delete_list(list_id: FromPath[str], context: GivenContext, caller: GivenCaller) -> None:
    """Deletes a list so that it can be restored, subscribers and all."""
    async with context.database.transaction() as tx:
        await editing.delete_list(tx, caller.environment, check_list_id(list_id), context.clock.now_ms())


@put("/lists/{list_id:str}/restore", status_code=204)
async def restore_list(list_id: FromPath[str], context: GivenContext, caller: GivenCaller) -> None:
    """Brings a deleted list back with its subscribers. The body is ignored."""
    async with context.database.transaction() as tx:
        await editing.restore_list(tx, caller.environment, check_list_id(list_id), context.clock.now_ms())


async def _matching(tx: Transaction, environment: str, pattern: str, after: str) -> list[ListRecord]:
    """Up to a page and one more of the lists that the pattern covers."""
    found: list[ListRecord] = []
    start = fixed_start(pattern)
    while len(found) <= _PAGE:
        rows = await store.lists_after(tx, environment, after=after, limit=_SCANNED, start=start)
        found += [row for row in rows if matches(pattern, row.list_id)]
        if len(rows) < _SCANNED:
            break
        after = rows[-1].list_id
    return found


def _answer(record: ListRecord) -> ListAnswer:
    return ListAnswer(id=record.list_id, name=record.name, created=iso(record.created_at), updated=iso(record.updated_at))


handlers = [list_lists, read_list, write_list, delete_list, restore_list]
