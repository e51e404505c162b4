"""The mailbox: mail is stored once, listed newest first, and erased with its user."""

from collections.abc import Callable

import pytest

from posthorn.errors import NotFound
from posthorn.providers import kept_mail, mailbox
from posthorn.providers.model import Accepted, Kept, Outgoing
from posthorn.providers.wires import Wires
from posthorn.storage.database import Database

pytestmark = pytest.mark.anyio


async def kept_of(outgoing: Outgoing, wires: Wires) -> Kept:
    result = await mailbox.send(outgoing, mailbox.Settings(), wires)
    assert isinstance(result, Accepted)
    assert result.is_delivered
    assert result.kept is not None
    return result.kept


async def keep(database: Database, *mails: Kept) -> None:
    async with database.transaction() as tx:
        for each in mails:
            await kept_mail.keep(tx, 0, each)


async def test_a_mail_is_kept_complete(database: Database, wires: Wires, letter: Callable[..., Outgoing]) -> None:
    kept = await kept_of(letter(subject="Grüße"), wires)

    await keep(database, kept, kept)

    async with database.snapshot() as tx:
        found = await kept_mail.get(tx, "production", "1-66d43ca1-0a1b2c3d4e5f607182930a1b.email")
        assert len(await kept_mail.newest(tx, "production")) == 1
        assert await kept_mail.newest(tx, "test") == []
    assert (found.recipient, found.subject, found.html) == ("ada@example.test", "Grüße", "<p>Your cart waits.</p>")
    assert (found.headers["Subject"], found.headers["From"]) == ("Grüße", "Posthorn <posthorn@localhost>")
    assert found.raw == kept.raw


async def test_mail_is_listed_newest_first_in_pages(database: Database, wires: Wires, letter: Callable[..., Outgoing]) -> None:
    mails = [await kept_of(letter(message_id=f"m{n}", attempted_at=n // 2), wires) for n in range(5)]
    await keep(database, *mails)

    async with database.snapshot() as tx:
        first = await kept_mail.newest(tx, "production", limit=3)
        last = (first[-1].received_at, first[-1].mail_id)
        second = await kept_mail.newest(tx, "production", before=last, limit=3)
    assert [mail.mail_id for mail in first + second] == ["m4.email", "m3.email", "m2.email", "m1.email", "m0.email"]


async def test_the_mail_of_one_user_is_erased(database: Database, wires: Wires, letter: Callable[..., Outgoing]) -> None:
    await keep(
        database,
        await kept_of(letter(message_id="mine"), wires),
        await kept_of(letter(message_id="other", user_key="u-2"), wires),
    )

    async with database.transaction() as tx:
        assert await kept_mail.erase(tx, 0, "production", "u-1") == 1

    async with database.snapshot() as tx:
        assert [mail.mail_id for mail in await kept_mail.newest(tx, "production")] == ["other.email"]
        with pytest.raises(NotFound):
            await kept_mail.get(tx, "production", "mine.email")
