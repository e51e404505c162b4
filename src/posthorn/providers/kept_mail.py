"""Mail that the built-in mailbox keeps: stored, listed, erased."""

from email import message_from_bytes
from email.header import decode_header, make_header

from msgspec import Struct

from posthorn.errors import NotFound
from posthorn.providers import store
from posthorn.providers.model import Kept
from posthorn.storage.database import Transaction

_LATEST = 2**62


class KeptMail(Struct, frozen=True, kw_only=True):
    """One mail of the mailbox. headers: of the mail, decoded. raw: all of it. Times are UTC milliseconds."""

    mail_id: str
    user_key: str
    sender: str
    recipient: str
    subject: str
    text: str
    html: str
    headers: dict[str, str]
    raw: bytes
    received_at: int


async def keep(tx: Transaction, partition: int, kept: Kept) -> None:
    """Stores a mail that a provider gave back with its result; storing it twice is storing it once."""
    await store.insert_mail(tx, partition, kept)


async def get(tx: Transaction, environment: str, mail_id: str) -> KeptMail:
    """One mail. Raises NotFound."""
    row = await store.mail(tx, environment, mail_id)
    if row is None:
        raise NotFound("Mail not found")
    return _mail(row)


async def newest(
    tx: Transaction, environment: str, *, before: tuple[int, str] | None = None, limit: int = 20
) -> list[KeptMail]:
    """Mails newest first. before: (received_at, mail_id) of the last one seen."""
    received_at, mail_id = before or (_LATEST, "")
    return [_mail(row) for row in await store.mails_before(tx, environment, received_at, mail_id, limit)]


async def erase(tx: Transaction, partition: int, environment: str, user_key: str) -> int:
    """Deletes all mail of one user; how many."""
    return await store.delete_mails_of(tx, partition, environment, user_key)


async def prune_mails(tx: Transaction, partition: int, environment: str, before: int, limit: int) -> int:
    """Deletes up to `limit` mails received before that moment, oldest first; how many."""
    return await store.delete_mails_before(tx, partition, environment, before, limit)


def _mail(row: store.MailRow) -> KeptMail:
    return KeptMail(
        mail_id=row.mail_id,
        user_key=row.user_key,
        sender=row.sender,
        recipient=row.recipient,
        subject=row.subject,
        text=row.text_part,
        html=row.html_part,
        headers=_headers(row.raw),
        raw=row.raw,
        received_at=row.received_at,
    )


def _headers(raw: bytes) -> dict[str, str]:
    parsed = message_from_bytes(raw)
    return {name: _decoded(value) for name, value in parsed.items()}


def _decoded(value: str) -> str:
    try:
        return str(make_header(decode_header(value.replace("\n", ""))))
    except (ValueError, LookupError):
        return value
