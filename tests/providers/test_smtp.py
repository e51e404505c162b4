"""SMTP against a real server on this machine."""

import asyncio  # noqa: TID251 - the test server is made for it
import ssl
from collections.abc import AsyncIterator, Callable
from datetime import UTC, datetime, timedelta
from email import message_from_bytes
from pathlib import Path
from typing import Any

import anyio
import pytest
from aiosmtpd.smtp import SMTP, AuthResult, Envelope, Session
from cryptography import x509
from cryptography.hazmat.primitives.asymmetric.ec import SECP256R1, generate_private_key
from cryptography.hazmat.primitives.hashes import SHA256
from cryptography.hazmat.primitives.serialization import Encoding, NoEncryption, PrivateFormat
from cryptography.x509.oid import NameOID

from posthorn.errors import NotSent
from posthorn.outbound import Blocked, Outbound
from posthorn.providers.model import Accepted, Deferred, Outgoing, Rejected, Result, Unknown
from posthorn.providers.smtp import Settings, refusal, send
from posthorn.providers.smtp_pool import SmtpPool
from posthorn.providers.wires import Wires

pytestmark = pytest.mark.anyio


class Sink:
    """Keeps what a mail server is given, and answers as the test says."""

    def __init__(self) -> None:
        self.mails: list[Envelope] = []
        self.sessions: list[Session] = []
        self.senders: list[Session] = []
        self.answers: dict[str, str] = {}
        self.drops_after_data = False
        self.takes_groups = False
        self.port = 0

    async def handle_EHLO(
        self, server: SMTP, session: Session, envelope: Envelope, hostname: str, responses: list[str]
    ) -> list[str]:
        session.host_name = hostname
        self.sessions.append(session)
        return [*responses[:-1], "250-PIPELINING", responses[-1]] if self.takes_groups else responses

    async def handle_MAIL(self, server: SMTP, session: Session, envelope: Envelope, address: str, options: list[str]) -> str:
        self.senders.append(session)
        if "MAIL" in self.answers:
            return self.answers["MAIL"]
        envelope.mail_from = address
        return "250 OK"

    async def handle_RCPT(self, server: SMTP, session: Session, envelope: Envelope, address: str, options: list[str]) -> str:
        if "RCPT" in self.answers:
            return self.answers["RCPT"]
        envelope.rcpt_tos.append(address)
        return "250 OK"

    async def handle_DATA(self, server: SMTP, session: Session, envelope: Envelope) -> str:
        if self.drops_after_data:
            assert server.transport is not None
            server.transport.close()
        elif "DATA" not in self.answers:
            self.mails.append(envelope)
        return self.answers.get("DATA", "250 2.0.0 queued as 77")


def authenticate(server: SMTP, session: Session, envelope: Envelope, mechanism: str, data: Any) -> AuthResult:
    """Ada's password is "right"."""
    return AuthResult(success=(data.login, data.password) == (b"ada", b"right"), handled=False)


async def serve(sink: Sink, tls: ssl.SSLContext | None = None, **options: Any) -> asyncio.Server:
    """Starts a mail server on a free port; tls: from the first byte on."""
    server = await asyncio.get_running_loop().create_server(
        lambda: SMTP(sink, hostname="sink.test", **options), "127.0.0.1", 0, ssl=tls
    )
    sink.port = server.sockets[0].getsockname()[1]
    return server


@pytest.fixture(params=[False, True], ids=["one by one", "in groups"])
async def sink(request: pytest.FixtureRequest) -> AsyncIterator[Sink]:
    sink = Sink()
    sink.takes_groups = request.param
    server = await serve(sink)
    yield sink
    server.close()


@pytest.fixture(scope="session")
def certificate(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A certificate for localhost that signs itself, with its key, in one PEM file."""
    key = generate_private_key(SECP256R1())
    name = x509.Name([x509.NameAttribute(NameOID.COMMON_NAME, "localhost")])
    now = datetime.now(UTC)  # noqa: TID251 - a certificate is valid at the machine's time
    made = (
        x509.CertificateBuilder()
        .subject_name(name)
        .issuer_name(name)
        .public_key(key.public_key())
        .serial_number(1)
        .not_valid_before(now - timedelta(days=1))
        .not_valid_after(now + timedelta(days=1))
        .add_extension(x509.SubjectAlternativeName([x509.DNSName("localhost")]), critical=False)
        .add_extension(x509.BasicConstraints(ca=True, path_length=0), critical=True)
        .sign(key, SHA256())
    )
    path = tmp_path_factory.mktemp("tls") / "localhost.pem"
    pem = key.private_bytes(Encoding.PEM, PrivateFormat.PKCS8, NoEncryption()) + made.public_bytes(Encoding.PEM)
    path.write_bytes(pem)
    return path


def server_tls(certificate: Path) -> ssl.SSLContext:
    context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    context.load_cert_chain(certificate)
    return context


def settings(sink: Sink, **changes: Any) -> Settings:
    fields: dict[str, Any] = {
        "host": "127.0.0.1",
        "port": sink.port,
        "from_address": "shop@example.test",
        "tls": "none",
    }
    return Settings(**(fields | changes))


@pytest.fixture
async def trusting(certificate: Path) -> AsyncIterator[Wires]:
    """Wires that trust the certificate of the test."""
    async with Outbound(allow_private_network=True) as outbound:
        pool = SmtpPool(outbound, tls=ssl.create_default_context(cafile=str(certificate)))
        yield Wires(outbound=outbound, smtp=pool)
        await pool.close()


async def test_a_mail_arrives_with_its_envelope_and_both_parts(
    sink: Sink, wires: Wires, letter: Callable[..., Outgoing]
) -> None:
    result = await send(letter(), settings(sink, from_name="The Shop"), wires)

    assert isinstance(result, Accepted)
    assert result.reference["response"] == "250 2.0.0 queued as 77"
    assert not result.is_delivered
    (mail,) = sink.mails
    assert (mail.mail_from, mail.rcpt_tos) == ("shop@example.test", ["ada@example.test"])
    parsed = message_from_bytes(bytes(mail.original_content or b""))
    assert parsed["Message-ID"] == "<1-66d43ca1-0a1b2c3d4e5f607182930a1b.email@example.test>"
    assert parsed["Message-ID"] == result.reference["messageId"]
    assert [part.get_content_type() for part in parsed.walk()] == ["multipart/alternative", "text/plain", "text/html"]
    assert sink.sessions[0].host_name == "example.test"


async def test_what_counts_as_delivered_is_a_setting(sink: Sink, wires: Wires, letter: Callable[..., Outgoing]) -> None:
    result = await send(letter(), settings(sink, delivered_on_accept=True), wires)

    assert isinstance(result, Accepted)
    assert result.is_delivered


async def test_mails_one_after_another_share_a_connection(sink: Sink, wires: Wires, letter: Callable[..., Outgoing]) -> None:
    for number in range(5):
        await send(letter(message_id=f"m{number}"), settings(sink), wires)

    assert len(sink.mails) == 5
    assert len({id(session.peer) for session in sink.sessions}) == len(sink.sessions) == 1


async def test_many_at_once_use_no_more_connections_than_allowed(
    sink: Sink, wires: Wires, letter: Callable[..., Outgoing]
) -> None:
    async with anyio.create_task_group() as tasks:
        for number in range(20):
            tasks.start_soon(send, letter(message_id=f"m{number}"), settings(sink, connections=3), wires)

    assert len(sink.mails) == 20
    assert len(sink.sessions) == 3


async def test_a_connection_that_the_server_closed_meanwhile_is_replaced(
    sink: Sink, wires: Wires, letter: Callable[..., Outgoing]
) -> None:
    sink.answers["DATA"] = "421 4.3.2 shutting down"
    first = await send(letter(), settings(sink), wires)
    sink.answers.clear()

    second = await send(letter(), settings(sink), wires)

    assert (type(first), type(second)) == (Deferred, Accepted)


async def test_starttls_encrypts_and_checks_the_name(
    trusting: Wires, certificate: Path, letter: Callable[..., Outgoing]
) -> None:
    sink = Sink()
    server = await serve(sink, tls_context=server_tls(certificate), require_starttls=True)

    result = await send(letter(), settings(sink, host="localhost", tls="starttls"), trusting)
    with pytest.raises(NotSent, match="certificate"):
        await send(letter(), settings(sink, tls="starttls"), trusting)

    assert isinstance(result, Accepted)
    assert [session.ssl is not None for session in sink.senders] == [True]
    server.close()


async def test_implicit_tls_encrypts_and_checks_who_signed(
    trusting: Wires, wires: Wires, certificate: Path, letter: Callable[..., Outgoing]
) -> None:
    sink = Sink()
    server = await serve(sink, tls=server_tls(certificate))

    result = await send(letter(), settings(sink, host="localhost", tls="implicit"), trusting)
    with pytest.raises(NotSent, match="certificate"):
        await send(letter(), settings(sink, host="localhost", tls="implicit"), wires)

    assert isinstance(result, Accepted)
    assert len(sink.mails) == 1
    server.close()


async def test_without_starttls_on_the_server_nothing_is_sent_in_the_clear(
    sink: Sink, wires: Wires, letter: Callable[..., Outgoing]
) -> None:
    result = await send(letter(), settings(sink, tls="starttls", username="ada", password="right"), wires)

    assert isinstance(result, Rejected)
    assert (result.code, sink.mails) == ("not_supported", [])


@pytest.mark.parametrize(("password", "outcome"), [("right", Accepted), ("wrong", Rejected)])
async def test_credentials_are_used_and_refused_ones_are_no_bounce(
    wires: Wires, letter: Callable[..., Outgoing], password: str, outcome: type[Result]
) -> None:
    sink = Sink()
    server = await serve(sink, authenticator=authenticate, auth_require_tls=False)

    result = await send(letter(), settings(sink, username="ada", password=password), wires)

    assert isinstance(result, outcome)
    assert not isinstance(result, Rejected) or (result.code, result.is_recipient_fault) == ("5.7.8", False)
    server.close()


@pytest.mark.parametrize(
    ("stage", "answer", "expected"),
    [
        ("MAIL", "451 4.3.0 later", Deferred(reason="451 4.3.0 later")),
        ("RCPT", "450 4.2.1 greylisted", Deferred(reason="450 4.2.1 greylisted")),
        ("RCPT", "550 5.1.1 nobody", Rejected(reason="550 5.1.1 nobody", code="5.1.1", is_recipient_fault=True)),
        ("RCPT", "550 no such user", Rejected(reason="550 no such user", code="550", is_recipient_fault=True)),
        ("RCPT", "554 5.7.1 relay denied", Rejected(reason="554 5.7.1 relay denied", code="5.7.1")),
        ("MAIL", "550 5.1.8 bad sender", Rejected(reason="550 5.1.8 bad sender", code="5.1.8")),
        ("DATA", "552 5.2.2 full", Rejected(reason="552 5.2.2 full", code="5.2.2", is_recipient_fault=True)),
        ("DATA", "554 spam", Rejected(reason="554 spam", code="554")),
        ("DATA", "452 4.3.1 no space", Deferred(reason="452 4.3.1 no space")),
    ],
)
async def test_answers_of_the_server_become_results(
    sink: Sink, wires: Wires, letter: Callable[..., Outgoing], stage: str, answer: str, expected: Result
) -> None:
    sink.answers[stage] = answer

    assert await send(letter(), settings(sink), wires) == expected

    sink.answers.clear()
    assert isinstance(await send(letter(), settings(sink), wires), Accepted)
    assert len(sink.sessions) == 1


async def test_a_connection_lost_while_the_mail_is_on_its_way_leaves_it_open(
    sink: Sink, wires: Wires, letter: Callable[..., Outgoing]
) -> None:
    sink.drops_after_data = True

    assert isinstance(await send(letter(), settings(sink), wires), Unknown)

    sink.drops_after_data = False
    assert isinstance(await send(letter(), settings(sink), wires), Accepted)


async def test_no_server_means_that_nothing_was_sent(wires: Wires, letter: Callable[..., Outgoing]) -> None:
    sink = Sink()
    server = await serve(sink)
    server.close()

    with pytest.raises(NotSent):
        await send(letter(), settings(sink), wires)


async def test_a_mail_server_in_a_private_network_needs_the_setting(sink: Sink, letter: Callable[..., Outgoing]) -> None:
    async with Outbound() as outbound:
        with pytest.raises(Blocked):
            await send(letter(), settings(sink), Wires(outbound=outbound, smtp=SmtpPool(outbound)))

    assert sink.sessions == []


async def test_idle_connections_are_closed(sink: Sink, wires: Wires, letter: Callable[..., Outgoing]) -> None:
    await send(letter(), settings(sink), wires)

    await wires.smtp.close_idle(older_than_s=0)
    await send(letter(), settings(sink), wires)

    assert len(sink.sessions) == 2


def test_the_status_of_a_sender_is_not_blamed_on_the_recipient() -> None:
    assert refusal(550, "5.1.7 bad sender", is_at_recipient=True) == Rejected(reason="550 5.1.7 bad sender", code="5.1.7")


def test_settings_name_what_is_wrong_with_them() -> None:
    with pytest.raises(ValueError, match="from_address: Not an e-mail address"):
        Settings(host="mail.test", from_address="nobody")
    with pytest.raises(ValueError, match="hello_name"):
        Settings(host="mail.test", from_address="a@b.test", hello_name="x\r\nMAIL FROM:<>")
