"""The limit: what a hand-written server in Python can take on this machine when every event is durable before its answer.

It reads a POST with Content-Length, appends the raw body to one file, calls fdatasync once for all that arrived
meanwhile, and answers 200. It checks nothing and understands nothing. L1 is this with single events, L2 with batches.
Prints its port as soon as it listens; ends with SIGTERM.
"""

import argparse
import asyncio
import os
from pathlib import Path
from typing import cast

import uvloop

ANSWER = b'HTTP/1.1 200 OK\r\ncontent-type: application/json\r\ncontent-length: 16\r\n\r\n{"success":true}'
_END = b"\r\n\r\n"
_LENGTH = b"content-length: "


class GroupCommit:
    """Bodies that arrived while the last sync ran: written together, synced once, then all answered.

    The sync runs in a thread, so that reading and parsing go on meanwhile. Measured against a sync in the loop itself:
    the same at 64 connections, a sixth faster at 256 and with batches when the disk is slow.
    """

    def __init__(self, path: Path, loop: asyncio.AbstractEventLoop) -> None:
        self._file = os.open(path, os.O_CREAT | os.O_TRUNC | os.O_WRONLY | os.O_APPEND, 0o600)
        self._loop = loop
        self._bodies: list[bytes] = []
        self._callers: list[asyncio.WriteTransport] = []
        self._is_syncing = False

    def add(self, body: bytes, caller: asyncio.WriteTransport) -> None:
        """Takes a body; its caller is answered after the sync."""
        self._bodies.append(body)
        self._callers.append(caller)
        if len(self._callers) == 1 and not self._is_syncing:
            self._loop.call_soon(self._commit)

    def _commit(self) -> None:
        if self._is_syncing or not self._callers:
            return
        self._is_syncing = True
        content, self._bodies = b"".join(self._bodies), []
        callers, self._callers = self._callers, []
        synced = self._loop.run_in_executor(None, _append, self._file, content)
        synced.add_done_callback(lambda future: self._answer(future, callers))

    def _answer(self, synced: asyncio.Future[None], callers: list[asyncio.WriteTransport]) -> None:
        synced.result()
        self._is_syncing = False
        self._commit()
        for caller in callers:
            caller.write(ANSWER)


class LimitProtocol(asyncio.Protocol):
    """One connection, one request after the other."""

    def __init__(self, group: GroupCommit) -> None:
        self._group = group
        self._chunks: list[bytes] = []
        self._missing = 0

    def connection_made(self, transport: asyncio.BaseTransport) -> None:
        self._transport = cast("asyncio.Transport", transport)

    def data_received(self, data: bytes) -> None:
        if not self._chunks:
            end = data.find(_END)
            if end < 0:
                self._transport.abort()  # our own load generator never splits a head
                return
            body_at = end + len(_END)
            self._missing = content_length(data[:body_at])
            data = data[body_at:]
        self._missing -= len(data)
        self._chunks.append(data)
        if self._missing <= 0:
            body = self._chunks[0] if len(self._chunks) == 1 else b"".join(self._chunks)
            self._chunks = []
            self._group.add(body, self._transport)


def content_length(head: bytes) -> int:
    """The Content-Length of a request's head; 0 if it names none."""
    at = head.lower().find(_LENGTH)
    if at < 0:
        return 0
    at += len(_LENGTH)
    return int(head[at : head.find(b"\r\n", at)])


def _append(file: int, content: bytes) -> None:
    view = memoryview(content)
    while view:
        view = view[os.write(file, view) :]
    os.fdatasync(file)


async def _serve(path: Path) -> None:
    loop = asyncio.get_running_loop()
    group = GroupCommit(path, loop)
    server = await loop.create_server(lambda: LimitProtocol(group), "127.0.0.1", 0, backlog=1024)
    print(server.sockets[0].getsockname()[1], flush=True)
    await server.serve_forever()


def main() -> None:
    parser = argparse.ArgumentParser(prog="python -m benchmarks.limit_server", description=__doc__)
    parser.add_argument("file", type=Path, help="where the bodies go; emptied first")
    uvloop.run(_serve(parser.parse_args().file))


if __name__ == "__main__":
    main()
