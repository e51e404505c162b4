"""The conversation over a connection whose other end is played by the test."""

import asyncio  # noqa: TID251 - the transport that the test plays is made for it
from email import message_from_bytes

import anyio
import pytest
from hypothesis import given
from hypothesis import strategies as st

from posthorn.providers.smtp_conversation import Conversation, Reply, content

pytestmark = pytest.mark.anyio

ENVELOPE = (b"MAIL\r\n", b"RCPT\r\n", b"DATA\r\n")


class Server(asyncio.Transport):
    """Answers each write with the next of its answers, cut as the test likes; hangs up where there is none."""

    def __init__(self, *answers: bytes, piece: int = 1_000) -> None:
        super().__init__()
        self.heard: list[bytes] = []
        self._answers = list(answers)
        self._piece = piece
        self._protocol: asyncio.Protocol | None = None
        self._is_closing = False

    def set_protocol(self, protocol: asyncio.BaseProtocol) -> None:
        assert isinstance(protocol, asyncio.Protocol)
        self._protocol = protocol

    def is_closing(self) -> bool:
        return self._is_closing

    def close(self) -> None:
        self._is_closing = True

    def write(self, data: bytes | bytearray | memoryview) -> None:
        self.heard.append(bytes(data))
        asyncio.get_running_loop().call_soon(self._answer)

    def _answer(self) -> None:
        assert self._protocol is not None
        if not self._answers:
            self._protocol.connection_lost(None)
            return
        answer = self._answers.pop(0)
        for start in range(0, len(answer), self._piece):
            self._protocol.data_received(answer[start : start + self._piece])


@pytest.mark.parametrize("piece", [1, 2, 7, 1_000])
async def test_a_group_is_said_at_once_and_its_replies_are_told_apart(piece: int) -> None:
    server = Server(b"250-first\r\n250 2.1.0 fine\r\n550 5.1.1 nobody\r\n503 no recipient\r\n", piece=piece)

    replies = await Conversation(server, takes_groups=True).ask(*ENVELOPE)

    assert server.heard == [b"MAIL\r\nRCPT\r\nDATA\r\n"]
    assert replies == [Reply(250, "first\n2.1.0 fine"), Reply(550, "5.1.1 nobody"), Reply(503, "no recipient")]


async def test_without_groups_nothing_is_said_behind_a_refusal() -> None:
    server = Server(b"250 fine\r\n", b"451 later\r\n")

    replies = await Conversation(server, takes_groups=False).ask(*ENVELOPE)

    assert server.heard == [b"MAIL\r\n", b"RCPT\r\n"]
    assert [reply.is_refusal for reply in replies] == [False, True]


@pytest.mark.parametrize(
    "answers",
    [(), (b"Welcome\r\n250 b\r\n250 c\r\n",), (b"250-" + b"x" * 40_000,), (b"250-x\r\n" * 8_000,)],
    ids=["none", "no reply", "a line without end", "lines without end"],
)
async def test_what_makes_no_sense_ends_the_conversation(answers: tuple[bytes, ...]) -> None:
    conversation = Conversation(Server(*answers), takes_groups=True)

    with pytest.raises(ConnectionError), anyio.fail_after(1):
        await conversation.ask(*ENVELOPE)

    assert not conversation.is_open
    with pytest.raises(ConnectionError):
        await conversation.ask(b"NOOP\r\n")


async def test_a_connection_that_breaks_between_replies_is_an_error() -> None:
    conversation = Conversation(Server(b"250 fine\r\n"), takes_groups=False)

    with pytest.raises(ConnectionResetError):
        await conversation.ask(*ENVELOPE)


async def test_what_nobody_asked_for_is_never_taken_for_a_reply() -> None:
    conversation = Conversation(Server(b"250 fine\r\n421 too late\r\n"), takes_groups=True)

    assert await conversation.ask(b"NOOP\r\n") == [Reply(250, "fine")]

    assert not conversation.is_open


@given(st.binary(max_size=300).filter(lambda raw: b"\0" not in raw))
def test_content_has_no_bare_line_end_and_only_one_lone_dot(raw: bytes) -> None:
    written = content(raw)

    assert written.endswith(b"\r\n.\r\n")
    assert b"\r" not in written.replace(b"\r\n", b"")
    assert b"\n" not in written.replace(b"\r\n", b"")
    assert written.split(b"\r\n").count(b".") == 1


def test_content_comes_out_as_it_went_in() -> None:
    raw = b"Subject: dots\n\n.one\n..two\nnone.\n.\nend"

    written = content(raw)

    undone = b"\n".join(line.removeprefix(b".") for line in written.removesuffix(b".\r\n").split(b"\r\n"))
    assert message_from_bytes(undone).get_payload() == ".one\n..two\nnone.\n.\nend\n"
