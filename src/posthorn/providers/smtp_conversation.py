"""What is said over an open connection to a mail server: commands go out, replies come back in their order (RFC 5321).

A server that says so (PIPELINING, RFC 2920) is told several commands at once, which saves most of the time a mail takes.
Source: decision 0017.
"""

from asyncio import Protocol, Transport  # noqa: TID251 - what an event loop and its connections speak; nothing of it runs here

import anyio
from msgspec import Struct

_LONGEST_REPLY = 32_768


class Reply(Struct, frozen=True):
    """What the server said to one command: its code, and its lines joined by line feeds."""

    code: int
    text: str

    @property
    def is_refusal(self) -> bool:
        """Whether the command was not carried out."""
        return not 200 <= self.code < 400


class Conversation(Protocol):
    """Commands and their replies. transport: greeted, encrypted and signed in as wanted. takes_groups: PIPELINING."""

    def __init__(self, transport: Transport, *, takes_groups: bool) -> None:
        self._transport = transport
        self._takes_groups = takes_groups
        self._received = b""
        self._size = 0
        self._lines: list[str] = []
        self._replies: list[Reply] = []
        self._wanted = 0
        self._answered = anyio.Event()
        self._error: Exception | None = None
        transport.set_protocol(self)

    @property
    def is_open(self) -> bool:
        """Whether the server can be told anything."""
        return self._error is None and not self._transport.is_closing()

    async def ask(self, *commands: bytes) -> list[Reply]:
        """The replies to these commands, each of which ends its line; fewer if one was refused before others were said.

        Takes as long as the caller lets it. Raises ConnectionError if the connection breaks or makes no sense: the
        conversation is over then.
        """
        if self._takes_groups:
            return await self._exchange(b"".join(commands), len(commands))
        replies: list[Reply] = []
        for command in commands:
            replies += await self._exchange(command, 1)
            if replies[-1].is_refusal:
                break
        return replies

    def close(self) -> None:
        """Hangs up."""
        self._transport.close()

    async def _exchange(self, said: bytes, count: int) -> list[Reply]:
        self._replies, self._wanted, self._answered = [], count, anyio.Event()
        if self.is_open:
            self._transport.write(said)
            await self._answered.wait()
        if self._wanted:
            raise self._error or ConnectionResetError("The connection is closed.")
        return self._replies

    def data_received(self, data: bytes) -> None:
        """Called by the transport."""
        self._size += len(data)
        *lines, self._received = (self._received + data).split(b"\n")
        for line in lines:
            self._hear(line)
        if self._size > _LONGEST_REPLY:
            self._break_off(ConnectionAbortedError("The server's reply has no end."))

    def connection_lost(self, exc: Exception | None) -> None:
        """Called by the transport."""
        self._break_off(exc if isinstance(exc, ConnectionError) else ConnectionResetError(str(exc or "Connection lost")))

    def _hear(self, line: bytes) -> None:
        code, text = line[:3], line[4:].strip(b" \t\r").decode("utf-8", "replace")
        if not self._wanted or not code.isdigit():
            self._break_off(ConnectionAbortedError(f"The server said what is no reply: {text}"))
            return
        self._lines.append(text)
        if line[3:4] == b"-":
            return
        self._replies.append(Reply(int(code), "\n".join(self._lines)))
        self._lines, self._size = [], 0
        self._wanted -= 1
        if not self._wanted:
            self._answered.set()

    def _break_off(self, error: Exception) -> None:
        self._error = self._error or error
        self._transport.close()
        self._answered.set()


def content(raw: bytes) -> bytes:
    """A mail as it follows DATA: every line ended by CRLF, dots at the beginning of one doubled, and the dot that ends it."""
    lines = raw.replace(b"\r\n", b"\n").replace(b"\r", b"\n").removesuffix(b"\n").replace(b"\n", b"\r\n")
    return (b"\r\n" + lines).replace(b"\r\n.", b"\r\n..")[2:] + b"\r\n.\r\n"
