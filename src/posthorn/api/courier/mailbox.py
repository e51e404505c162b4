"""The built-in mailbox: mail that was kept instead of being sent, for scripts and tests."""

from litestar import get
from litestar.params import FromPath, FromQuery
from msgspec import Struct

from posthorn.api.caller import GivenCaller
from posthorn.api.context import GivenContext
from posthorn.api.paging import Paging, clamp, decode_cursor, page
from posthorn.providers import kept_mail
from posthorn.providers.kept_mail import KeptMail


class MailAnswer(Struct, frozen=True, kw_only=True, rename={"sender": "from"}):
    """One mail. headers: by name, decoded. received: epoch milliseconds."""

    id: str
    sender: str
    to: str
    subject: str
    text: str
    html: str
    headers: dict[str, str]
    received: int


class MailPage(Struct, frozen=True, kw_only=True):
    """Mails, newest first."""

    paging: Paging
    results: list[MailAnswer]


@get("/mailbox")
async def list_mails(
    context: GivenContext,
    caller: GivenCaller,
    cursor: FromQuery[str | None] = None,
    limit: FromQuery[int | None] = None,
) -> MailPage:
    """The mails that the built-in mailbox keeps, newest first."""
    size, before = clamp(limit, default=20), decode_cursor(cursor, tuple[int, str])
    async with context.database.snapshot() as tx:
        rows = await kept_mail.newest(tx, caller.environment, before=before, limit=size + 1)
    shown, paging = page(rows, size, lambda mail: (mail.received_at, mail.mail_id))
    return MailPage(paging=paging, results=[_answer(mail) for mail in shown])


@get("/mailbox/{mail_id:str}")
async def read_mail(mail_id: FromPath[str], context: GivenContext, caller: GivenCaller) -> MailAnswer:
    """One mail."""
    async with context.database.snapshot() as tx:
        return _answer(await kept_mail.get(tx, caller.environment, mail_id))


def _answer(mail: KeptMail) -> MailAnswer:
    return MailAnswer(
        id=mail.mail_id,
        sender=mail.sender,
        to=mail.recipient,
        subject=mail.subject,
        text=mail.text,
        html=mail.html,
        headers=mail.headers,
        received=mail.received_at,
    )


handlers = [list_mails, read_mail]
