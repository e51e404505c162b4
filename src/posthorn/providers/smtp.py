"""SMTP: e-mail by any mail server.

| their word                                          | ours |
|---|---|
| 250 after the mail                                  | Accepted; Delivered too if `delivered_on_accept` |
| 4xx anywhere, no connection, lost before the mail    | Deferred |
| 5.1.x and 5.2.x; 550, 551, 553 to RCPT without such  | Rejected by the recipient's fault: a bounce |
| any other 5xx: credentials, policy, size             | Rejected |
| connection or time lost once the mail is on its way  | Unknown; the same Message-ID makes a second one known |
"""

import re
from typing import Annotated, Literal

import aiosmtplib
from msgspec import Meta, Struct

from posthorn.errors import NotSent
from posthorn.providers.callbacks import read_receipts
from posthorn.providers.mail import Mail, has_email, mail, plain_address
from posthorn.providers.model import Accepted, Deferred, Outgoing, Rejected, Result, Unknown
from posthorn.providers.seam import SECRET, Provider
from posthorn.providers.smtp_conversation import content
from posthorn.providers.smtp_pool import Connection, SmtpServer
from posthorn.providers.wires import Wires

_ENHANCED = re.compile(r"[245]\.\d{1,3}\.\d{1,3}\b")
_SENDER_FAULTS = ("5.1.7", "5.1.8")
_RECIPIENT_CODES = (550, 551, 553)
_LONGEST_REASON = 500
_WANTED = (2, 2, 3)
"""The first digits of the replies to MAIL, RCPT and DATA that let a mail begin."""
_AT_RECIPIENT = 1
_GO_ON = 354


class Settings(Struct, frozen=True, kw_only=True):
    """Where the mail server is and in whose name to send."""

    host: Annotated[str, Meta(title="Host", description="Name of the mail server.", min_length=1, max_length=253)]
    port: Annotated[int, Meta(title="Port", description="587, 465 for implicit TLS, 25.", ge=1, le=65535)] = 587
    username: Annotated[str, Meta(title="User name", description="Empty: no sign-in.")] = ""
    password: Annotated[str, Meta(title="Password", extra_json_schema=SECRET)] = ""
    from_address: Annotated[str, Meta(title="From address", description="The sender, and where bounces go.")]
    from_name: Annotated[str, Meta(title="From name", description="Shown beside the address.", max_length=200)] = ""
    tls: Annotated[
        Literal["none", "starttls", "implicit"],
        Meta(title="Encryption", description="starttls on port 587, implicit on 465, none only in a trusted network."),
    ] = "starttls"
    delivered_on_accept: Annotated[
        bool,
        Meta(
            title="Delivered on accept",
            description="Count a mail as delivered when the server accepts it. Off: as sent, until a receipt comes.",
        ),
    ] = False
    hello_name: Annotated[
        str, Meta(title="Hello name", description="What we call ourselves (EHLO). Empty: the sender's domain.")
    ] = ""
    connections: Annotated[int, Meta(title="Connections", description="Open at once, at most.", ge=1, le=50)] = 4

    def __post_init__(self) -> None:
        if plain_address(self.from_address) is None:
            raise ValueError("from_address: Not an e-mail address")
        if not re.fullmatch(r"[A-Za-z0-9.:_\[\]-]*", self.hello_name):
            raise ValueError("hello_name: Not a host name")


async def send(outgoing: Outgoing, settings: Settings, wires: Wires) -> Result:
    """Gives the mail to the server by a pooled connection. Raises NotSent or outbound.Blocked where there is none."""
    letter = mail(outgoing, from_address=settings.from_address, from_name=settings.from_name)
    try:
        async with wires.smtp.connection(_server(settings, letter)) as connection:
            return await _transact(connection, letter, settings)
    except aiosmtplib.SMTPResponseException as error:
        return refusal(error.code, error.message, is_at_recipient=False)
    except ConnectionError as error:
        raise NotSent(f"{settings.host}:{settings.port}: {error}.") from error
    except aiosmtplib.SMTPException as error:  # the server has no STARTTLS, no AUTH, or none we know
        return Rejected(reason=str(error), code="not_supported")


def refusal(code: int, message: str, *, is_at_recipient: bool) -> Deferred | Rejected:
    """What a 4xx or 5xx answer means. is_at_recipient: it was the answer to RCPT."""
    reason = f"{code} {message}"[:_LONGEST_REASON]
    if code < 500:
        return Deferred(reason=reason)
    found = _ENHANCED.match(message)
    enhanced = found.group() if found else ""
    is_named = enhanced.startswith(("5.1.", "5.2.")) and enhanced not in _SENDER_FAULTS
    is_recipient_fault = is_named or (not enhanced and is_at_recipient and code in _RECIPIENT_CODES)
    return Rejected(reason=reason, code=enhanced or str(code), is_recipient_fault=is_recipient_fault)


async def _transact(connection: Connection, letter: Mail, settings: Settings) -> Result:
    conversation = connection.conversation
    connection.is_clean = False
    sender, recipient = f"MAIL FROM:<{letter.sender}>\r\n", f"RCPT TO:<{letter.recipient}>\r\n"
    replies = await conversation.ask(sender.encode("ascii"), recipient.encode("ascii"), b"DATA\r\n")
    refused = next((place for place, reply in enumerate(replies) if reply.code // 100 != _WANTED[place]), None)
    if refused is not None:
        if replies[-1].code == _GO_ON:  # it waits for a mail, although nobody is to get one
            conversation.close()
        return refusal(replies[refused].code, replies[refused].text, is_at_recipient=refused == _AT_RECIPIENT)
    try:
        (answer,) = await conversation.ask(content(letter.raw))
    except ConnectionError as error:
        return Unknown(reason=f"The connection broke while the mail was on its way: {error}.")
    if answer.is_refusal:
        return refusal(answer.code, answer.text, is_at_recipient=False)
    connection.is_clean = True
    reference = {"messageId": letter.message_id, "response": f"{answer.code} {answer.text}"[:_LONGEST_REASON]}
    return Accepted(reference=reference, is_delivered=settings.delivered_on_accept)


def _server(settings: Settings, letter: Mail) -> SmtpServer:
    return SmtpServer(
        host=settings.host,
        port=settings.port,
        tls=settings.tls,
        username=settings.username,
        password=settings.password,
        hello_name=settings.hello_name or letter.sender.rpartition("@")[2],
        connections=settings.connections,
    )


provider = Provider(
    key="smtp",
    title="SMTP",
    description="Sends e-mail by any mail server.",
    channel="email",
    settings=Settings,
    idempotency="message-id",
    has_address=has_email,
    send=send,
    callbacks=read_receipts,
)
