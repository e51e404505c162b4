from collections.abc import Iterator
from pathlib import Path
from typing import Any

import anyio
import msgspec
import pytest
from anyio.abc import ByteStream, SocketAttribute
from anyio.streams.buffered import BufferedByteReceiveStream

from benchmarks.bodies import batches, identifies, singles
from benchmarks.limit_server import content_length
from benchmarks.load import Load, drive, is_complete
from benchmarks.processes import limit_server, run_load, words


def bodies(requests: Iterator[bytes], count: int) -> list[dict[str, Any]]:
    return [msgspec.json.decode(next(requests).partition(b"\r\n\r\n")[2]) for _ in range(count)]


def stored(folder: Path) -> list[dict[str, Any]]:
    content = (folder / "limit.bin").read_bytes()
    return msgspec.json.decode(b"[" + content.replace(b'}{"', b'},{"') + b"]")


def test_every_accepted_event_is_in_the_file_of_the_limit_server_once(tmp_path: Path):
    with limit_server(tmp_path) as port:
        load = run_load(port, *words(connections=16, requests=500))

    assert load.statuses == {200: 500}
    assert load.is_clean
    assert len({event["messageId"] for event in stored(tmp_path)}) == len(stored(tmp_path)) == 500


def test_every_batch_is_stored_whole_though_it_comes_in_pieces(tmp_path: Path):
    with limit_server(tmp_path) as port:
        load = run_load(port, *words(connections=4, requests=20, batch=470))

    assert load.accepted_count == 20
    assert [len(body["batch"]) for body in stored(tmp_path)] == [470] * 20


def test_a_load_that_has_no_time_left_sends_nothing(tmp_path: Path):
    with limit_server(tmp_path) as port:
        load = run_load(port, *words(connections=4, seconds=0))

    assert load.statuses == {}
    assert load.is_clean


def test_other_answers_and_broken_connections_are_counted_apart():
    load = answered_by(b"HTTP/1.1 429 Too Many Requests\r\nContent-Length: 4\r\n\r\nslow", after=3)

    assert load.statuses == {429: 3}
    assert load.broken_count == 1
    assert not load.is_clean


@pytest.mark.parametrize("cut", [1, 20, 60])
def test_an_answer_is_complete_only_with_its_last_byte(cut: int):
    whole = b'HTTP/1.1 200 OK\r\nContent-Type: application/json\r\nContent-Length: 22\r\n\r\n{"success":true,"x":1}'

    assert is_complete(whole)
    assert not is_complete(whole[:-cut])


def test_the_length_of_a_body_is_found_however_it_is_spelled():
    assert content_length(b"POST / HTTP/1.1\r\nCONTENT-length: 12\r\n\r\n") == 12
    assert content_length(b"GET / HTTP/1.1\r\n\r\n") == 0


def test_requests_say_how_long_they_are():
    for requests in (singles("k", run="abcdefgh", groups=3), batches("k", run="abcdefgh", groups=3, size=2)):
        head, _, body = next(requests).partition(b"\r\n\r\n")

        assert content_length(head + b"\r\n") == len(body)


def test_single_events_have_their_own_ids_and_take_turns_among_users():
    events = bodies(singles("k", run="abcdefgh", groups=2), 4)

    assert len({event["messageId"] for event in events}) == 4
    assert [event["userId"] for event in events] == ["user-00000000-0000", "user-00000001-0000"] * 2


def test_the_events_of_batches_belong_to_those_whom_identify_names():
    tracked = [event for body in bodies(batches("k", run="abcdefgh", groups=2, size=3), 2) for event in body["batch"]]
    named = [event for body in bodies(identifies("k", run="abcdefgh", groups=2, size=3), 2) for event in body["batch"]]

    assert [event["userId"] for event in tracked] == [event["userId"] for event in named]
    assert len({event["messageId"] for event in tracked + named}) == 12


def answered_by(answer: bytes, after: int) -> Load:
    """The load of one connection to a server that hangs up after so many answers."""

    async def serve(stream: ByteStream) -> None:
        async with stream:
            incoming = BufferedByteReceiveStream(stream)
            for count in range(after + 1):
                head = await incoming.receive_until(b"\r\n\r\n", 65_536)
                await incoming.receive_exactly(content_length(head + b"\r\n"))
                if count < after:
                    await stream.send(answer)

    found: list[Load] = []

    async def both() -> None:
        async with await anyio.create_tcp_listener(local_host="127.0.0.1") as listener, anyio.create_task_group() as tasks:
            tasks.start_soon(listener.serve, serve)
            port = listener.extra(SocketAttribute.local_port)
            found.append(await drive(port, singles("k", run="abcdefgh", groups=1), connections=1, most=100, seconds=60))
            tasks.cancel_scope.cancel()

    anyio.run(both, backend_options={"use_uvloop": True})
    return found[0]
