"""Connections to mail servers, kept open between mails and shared by all who send through the same server."""

import ssl
from collections.abc import AsyncGenerator
from contextlib import asynccontextmanager
from typing import Literal, cast

import aiosmtplib
import anyio
from msgspec import Struct

from posthorn.errors import NotSent
from posthorn.outbound import Outbound
from posthorn.providers.smtp_conversation import Conversation, Transport

CONNECT_TIMEOUT_MS = 10_000
_COMMAND_TIMEOUT_S = 60.0
_GOODBYE_TIMEOUT_S = 2.0
_IDLE_S = 60.0
_TRUSTED_IDLE_S = 1.0


class SmtpServer(Struct, frozen=True, kw_only=True):
    """What a connection depends on; two that are equal share connections. connections: open at once, at most."""

    host: str
    port: int
    tls: Literal["none", "starttls", "implicit"]
    username: str
    password: str
    hello_name: str
    connections: int


class Connection:
    """An open connection. is_clean: no mail is half-way through; whoever sends one sets it, before and after."""

    def __init__(self, conversation: Conversation) -> None:
        self.conversation = conversation
        self.is_clean = True
        self.idle_since = 0.0

    async def is_usable(self, now: float) -> bool:
        """Whether it can carry another mail; asks the server (RSET) if it was idle for long or a mail broke off."""
        if not self.conversation.is_open or now - self.idle_since > _IDLE_S:
            return False
        if self.is_clean and now - self.idle_since < _TRUSTED_IDLE_S:
            return True
        with anyio.move_on_after(_GOODBYE_TIMEOUT_S):
            self.is_clean = await self._says_yes(b"RSET\r\n")
            return self.is_clean
        return False

    async def quit(self) -> None:
        """Says goodbye if the server still listens, and closes."""
        with anyio.move_on_after(_GOODBYE_TIMEOUT_S, shield=True):
            await self._says_yes(b"QUIT\r\n")
        self.conversation.close()

    async def _says_yes(self, command: bytes) -> bool:
        try:
            return not (await self.conversation.ask(command))[0].is_refusal
        except ConnectionError:
            return False


class _Lane:
    def __init__(self, server: SmtpServer) -> None:
        self.slots = anyio.Semaphore(server.connections, fast_acquire=True)
        self.idle: list[Connection] = []


class SmtpPool:
    """Bounded connections for each server. `close` it at the end; call `close_idle` now and then."""

    def __init__(self, outbound: Outbound, *, tls: ssl.SSLContext | None = None) -> None:
        self._outbound = outbound
        self._tls = tls or ssl.create_default_context()
        self._lanes: dict[SmtpServer, _Lane] = {}

    @asynccontextmanager
    async def connection(self, server: SmtpServer) -> AsyncGenerator[Connection]:
        """A connection for one mail; waits while all are in use. Goes back if the block ends well, else is closed.

        Raises NotSent, outbound.Blocked, or aiosmtplib's own errors for what the server said while connecting.
        """
        lane = self._lanes.get(server) or self._lanes.setdefault(server, _Lane(server))
        async with lane.slots:
            connection = await _idle_one(lane) or await self._connect(server)
            try:
                yield connection
            except BaseException:
                connection.conversation.close()
                raise
            if connection.conversation.is_open:
                connection.idle_since = anyio.current_time()
                lane.idle.append(connection)

    async def close_idle(self, *, older_than_s: float = _IDLE_S) -> None:
        """Closes the connections nobody has used for so long."""
        now = anyio.current_time()
        for lane in self._lanes.values():
            old = [each for each in lane.idle if now - each.idle_since >= older_than_s]
            lane.idle = [each for each in lane.idle if each not in old]
            for each in old:
                await each.quit()

    async def close(self) -> None:
        """Closes every connection that is not in use."""
        await self.close_idle(older_than_s=0)

    async def _connect(self, server: SmtpServer) -> Connection:
        opened = await self._outbound.open_socket(server.host, server.port, timeout_ms=CONNECT_TIMEOUT_MS)
        client = aiosmtplib.SMTP(
            hostname=server.host,
            sock=opened,
            username=server.username or None,
            password=server.password if server.username else None,
            use_tls=server.tls == "implicit",
            start_tls=server.tls == "starttls",
            tls_context=self._tls,
            local_hostname=server.hello_name,
            timeout=_COMMAND_TIMEOUT_S,
        )
        try:
            await client.connect(timeout=CONNECT_TIMEOUT_MS / 1000)
            return Connection(await _conversation(client))
        except BaseException as error:
            opened.close()
            if isinstance(error, (ConnectionError, TimeoutError, ssl.SSLError)) and not isinstance(
                error, aiosmtplib.SMTPResponseException
            ):
                raise NotSent(f"{server.host}:{server.port}: {error}.") from error
            raise


async def _conversation(client: aiosmtplib.SMTP) -> Conversation:
    """Takes the connection over from the client, which has opened it."""
    if client.is_ehlo_or_helo_needed:
        try:
            await client.ehlo()
        except aiosmtplib.SMTPHeloError:
            await client.helo()
    transport = cast("Transport", client.transport)
    return Conversation(transport, takes_groups=client.supports_extension("pipelining"))


async def _idle_one(lane: _Lane) -> Connection | None:
    while lane.idle:
        connection = lane.idle.pop()
        try:
            if await connection.is_usable(anyio.current_time()):
                return connection
        except BaseException:
            connection.conversation.close()
            raise
        connection.conversation.close()
    return None
