"""The built-in mailbox: mail as its reader sees it. Opening one here is an open like any other."""

from litestar import Response, get
from litestar.params import FromPath, FromQuery

from posthorn.api.context import GivenContext
from posthorn.api.paging import decode_cursor
from posthorn.api.paging import page as page_of
from posthorn.api.studio.page import framed, page
from posthorn.api.studio.viewer import GivenViewer
from posthorn.providers import kept_mail

_PAGE = 50


@get("/mailbox")
async def list_mails(context: GivenContext, viewer: GivenViewer, before: FromQuery[str] = "") -> Response[str]:
    """Mails, newest first."""
    place = decode_cursor(before, tuple[int, str])
    async with context.database.snapshot() as tx:
        rows = await kept_mail.newest(tx, viewer.environment, before=place, limit=_PAGE + 1)
    shown, paging = page_of(rows, _PAGE, lambda mail: (mail.received_at, mail.mail_id))
    return page(viewer, "mailbox", {"mails": shown, "older": paging.cursor or ""})


@get("/mailbox/{mail_id:str}")
async def show_mail(mail_id: FromPath[str], context: GivenContext, viewer: GivenViewer) -> Response[str]:
    """One mail: as it looks, its text, its headers, and all of it as it was sent."""
    async with context.database.snapshot() as tx:
        mail = await kept_mail.get(tx, viewer.environment, mail_id)
    raw = mail.raw.decode("utf-8", "replace")
    values = {"mail": mail, "headers": list(mail.headers.items()), "raw": raw, "message_id": mail_id.rpartition(".")[0]}
    return page(viewer, "mail", values)


@get("/mailbox/{mail_id:str}/html")
async def show_html(mail_id: FromPath[str], context: GivenContext, viewer: GivenViewer) -> Response[str]:
    """The mail's HTML, for the frame on its page."""
    async with context.database.snapshot() as tx:
        mail = await kept_mail.get(tx, viewer.environment, mail_id)
    return framed(mail.html)


pages = [list_mails, show_mail, show_html]
