"""What was changed by whom."""

from litestar import Response, get
from litestar.params import FromQuery

from posthorn.access.audit import audit_events
from posthorn.api.context import GivenContext
from posthorn.api.paging import decode_cursor
from posthorn.api.paging import page as page_of
from posthorn.api.studio.page import page
from posthorn.api.studio.viewer import GivenViewer

_PAGE = 100


@get("/changes")
async def list_changes(context: GivenContext, viewer: GivenViewer, before: FromQuery[str] = "") -> Response[str]:
    """Changes of the environment, and of what concerns both, newest first."""
    place = decode_cursor(before, tuple[int, str]) or (2**62, "")
    async with context.database.snapshot() as tx:
        rows = await audit_events(tx, viewer.environment, before=place, limit=_PAGE + 1)
    shown, paging = page_of(rows, _PAGE, lambda row: (row.at, row.audit_event_id))
    return page(viewer, "changes", {"changes": shown, "older": paging.cursor or ""})


pages = [list_changes]
