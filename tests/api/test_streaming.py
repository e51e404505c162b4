"""Live readers: how many, and whose turn it is."""

import anyio
import pytest

from api_stand_ins import NoMoves
from posthorn.api.streaming import MOST_READERS, Streams
from posthorn.errors import TooMany

pytestmark = pytest.mark.anyio


async def test_there_is_room_for_so_many_readers_and_again_when_one_leaves() -> None:
    streams = Streams(NoMoves())
    readers = [streams.reader() for _ in range(MOST_READERS)]
    for each in readers:
        each.__enter__()
    with pytest.raises(TooMany):
        streams.check_room()

    readers[0].__exit__(None, None, None)

    streams.check_room()


async def test_one_turn_ends_before_the_next_begins() -> None:
    streams = Streams(NoMoves())
    inside: list[int] = []

    async def take() -> None:
        async with streams.turn():
            inside.append(1)
            await anyio.lowlevel.checkpoint()
            assert len(inside) == 1
            inside.clear()

    async with anyio.create_task_group() as tasks:
        for _ in range(3):
            tasks.start_soon(take)
