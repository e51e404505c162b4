"""Mailbox: the built-in e-mail provider. Mail is kept here and shown in Studio, so the first message needs no account.

| their word            | ours |
|---|---|
| stored with its receipt | Accepted, and Delivered |
"""

from msgspec import Struct

from posthorn.providers.mail import has_email, mail
from posthorn.providers.model import Accepted, Kept, Outgoing, Result
from posthorn.providers.seam import Provider
from posthorn.providers.wires import Wires

FROM_ADDRESS = "posthorn@localhost"


class Settings(Struct, frozen=True, kw_only=True):
    """There is nothing to set."""


async def send(outgoing: Outgoing, settings: Settings, wires: Wires) -> Result:
    """Puts the complete mail into the result; whoever stores the receipt stores it with `mailbox_store.keep`."""
    letter = mail(outgoing, from_address=FROM_ADDRESS, from_name="Posthorn")
    kept = Kept(
        environment=outgoing.environment,
        mail_id=f"{outgoing.message_id}.{outgoing.channel}",
        user_key=outgoing.user_key,
        sender=letter.sender,
        recipient=letter.recipient,
        subject=letter.subject,
        text=letter.text,
        html=letter.html,
        raw=letter.raw,
        received_at=outgoing.attempted_at,
    )
    return Accepted(reference={"messageId": letter.message_id}, is_delivered=True, kept=kept)


provider = Provider(
    key="mailbox",
    title="Built-in mailbox",
    description="Keeps mail in Posthorn itself, to be read in Studio. Nothing leaves the house.",
    channel="email",
    settings=Settings,
    idempotency="key",
    has_address=has_email,
    send=send,
)
