"""Pages of a listing: opaque cursors, limits, and the two shapes of answer. Source: courier.md 10.7.

A store function reads `limit + 1` rows after the cursor; the row too many says that there is another page.
"""

import base64
import binascii
from collections.abc import Callable
from typing import Any, Generic, Literal, TypeVar
from urllib.parse import urlencode

import msgspec
from msgspec import Struct

from posthorn.errors import Invalid

T = TypeVar("T")


class Paging(Struct, frozen=True, kw_only=True, omit_defaults=True):
    """Whether there is more, and the cursor that leads there."""

    more: bool
    cursor: str | None = None

    def __post_init__(self) -> None:
        if self.more and self.cursor is None:
            raise ValueError("a page that is not the last one needs a cursor")


class ListPage(Struct, Generic[T], frozen=True, kw_only=True, omit_defaults=True):
    """The style of tenants and their users."""

    type: Literal["list"]
    items: list[T]
    has_more: bool
    url: str
    cursor: str | None = None
    next_url: str | None = None


def clamp(limit: int | None, *, default: int, maximum: int = 100) -> int:
    """The page size for what was asked: never an error (courier.md 10.7)."""
    return default if limit is None else max(1, min(limit, maximum))


def encode_cursor(position: Any) -> str:
    """An opaque cursor for a position: a value of JSON, usually the sort key of the last row shown."""
    return base64.urlsafe_b64encode(msgspec.json.encode(position)).rstrip(b"=").decode("ascii")


def decode_cursor(cursor: str | None, position: type[T]) -> T | None:
    """The position in a cursor that a client sent back; None for the first page. Raises Invalid for a damaged one."""
    if not cursor:
        return None
    try:
        raw = base64.b64decode(cursor + "=" * (-len(cursor) % 4), altchars=b"-_", validate=True)
        return msgspec.json.decode(raw, type=position)
    except (binascii.Error, msgspec.DecodeError, UnicodeError, ValueError):
        raise Invalid("Invalid cursor format") from None


def page(rows: list[T], limit: int, position: Callable[[T], Any]) -> tuple[list[T], Paging]:
    """The rows to show and what to say of the rest, from up to `limit + 1` rows."""
    shown = rows[:limit]
    if len(rows) <= limit:
        return shown, Paging(more=False)
    return shown, Paging(more=True, cursor=encode_cursor(position(shown[-1])))


def list_page(
    rows: list[T], limit: int, path: str, position: Callable[[T], Any], filters: dict[str, str | None] | None = None
) -> ListPage[T]:
    """The same in the style of tenants. `path` is what was asked, `filters` the rest of its query, for the next page."""
    shown, paging = page(rows, limit, position)
    query = {"limit": str(limit), **(filters or {}), "cursor": paging.cursor}
    given = urlencode({name: value for name, value in query.items() if value is not None})
    return ListPage(
        type="list",
        items=shown,
        has_more=paging.more,
        url=path,
        cursor=paging.cursor,
        next_url=f"{path}?{given}" if paging.more else None,
    )


def split(values: list[str] | None) -> tuple[str, ...]:
    """The values of a query parameter that may be repeated, hold a comma list, or both; in order, each once."""
    parts = (part.strip() for value in values or () for part in value.split(","))
    return tuple(dict.fromkeys(part for part in parts if part))
