"""The mailbox over HTTP."""

import httpx
import pytest

from posthorn.providers import kept_mail
from posthorn.providers.mail import mail
from posthorn.providers.model import Kept, Outgoing
from posthorn.storage.database import Database

pytestmark = pytest.mark.anyio


def kept(number: int) -> Kept:
    outgoing = Outgoing(
        message_id=f"m{number}",
        environment="production",
        channel="email",
        recipient="u-1",
        user_key="u-1",
        to={"email": "ada@example.test"},
        subject=f"Grüße {number}",
        text="Hello",
        html="<p>Hello</p>",
        headers={"List-Unsubscribe": "<https://x.test/u>"},
        idempotency_key="k",
        routed_at=0,
        attempted_at=number,
    )
    made = mail(outgoing, from_address="posthorn@localhost", from_name="")
    return Kept(
        environment="production",
        mail_id=f"m{number}.email",
        user_key="u-1",
        sender=made.sender,
        recipient=made.recipient,
        subject=made.subject,
        text=made.text,
        html=made.html,
        raw=made.raw,
        received_at=number,
    )


async def fill(database: Database, count: int) -> None:
    async with database.transaction() as tx:
        for number in range(count):
            await kept_mail.keep(tx, 0, kept(number))


async def test_a_mail_is_shown_with_its_parts_and_headers(client: httpx.AsyncClient, sqlite: Database) -> None:
    await fill(sqlite, 1)

    answer = (await client.get("/mailbox/m0.email")).json()

    headers = answer.pop("headers")
    assert answer == {
        "id": "m0.email",
        "from": "posthorn@localhost",
        "to": "ada@example.test",
        "subject": "Grüße 0",
        "text": "Hello",
        "html": "<p>Hello</p>",
        "received": 0,
    }
    assert (headers["List-Unsubscribe"], headers["Subject"]) == ("<https://x.test/u>", "Grüße 0")


async def test_the_newest_come_first_in_pages(client: httpx.AsyncClient, sqlite: Database) -> None:
    await fill(sqlite, 5)

    first = (await client.get("/mailbox", params={"limit": 3})).json()
    second = (await client.get("/mailbox", params={"limit": 3, "cursor": first["paging"]["cursor"]})).json()

    ids = [one["id"] for one in first["results"] + second["results"]]
    assert ids == ["m4.email", "m3.email", "m2.email", "m1.email", "m0.email"]
    assert second["paging"] == {"more": False}


async def test_another_environment_sees_nothing(client: httpx.AsyncClient, sqlite: Database) -> None:
    await fill(sqlite, 1)
    test_key = {"authorization": "Bearer My API Key"}

    assert (await client.get("/mailbox", headers=test_key)).json()["results"] == []
    assert (await client.get("/mailbox/m0.email", headers=test_key)).status_code == 404


async def test_a_mail_nobody_knows_is_404_and_a_damaged_cursor_400(client: httpx.AsyncClient) -> None:
    assert (await client.get("/mailbox/x")).json() == {"message": "Mail not found", "type": "invalid_request_error"}
    assert (await client.get("/mailbox", params={"cursor": "x"})).status_code == 400
