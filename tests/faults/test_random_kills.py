"""`kill -9` at any moment under load, and sometimes while it starts: mails, calls, delays, opens and clicks are under way.

FAULTS_SECONDS sets for how long it goes on (7), FAULTS_SEED another sequence of moments.
"""

import os
import random
from collections.abc import Callable

import anyio
import pytest

from faults.fault_counts import count
from faults.fault_server import Server
from faults.fault_shop import Shop, open_shop, trading

pytestmark = pytest.mark.anyio

USERS = 8
SECONDS = float(os.environ.get("FAULTS_SECONDS", "7"))
SEED = int(os.environ.get("FAULTS_SEED", "7"))


async def test_kills_at_random_lose_nothing_and_double_nothing(either_server: Server, tell: Callable[[str], None]) -> None:
    async with open_shop(either_server, USERS) as shop:
        async with trading(shop, users=USERS, orders=1_000_000):
            await _kill_now_and_then(shop)
            shop.is_open = False
        counts = await count(shop)

    tell(f"killed at random: {counts.line()}")
    assert (counts.lost, counts.doubled) == ([], [])
    assert counts.messages == 3 * counts.acknowledged
    assert counts.kills >= 2


async def _kill_now_and_then(shop: Shop) -> None:
    moments = random.Random(SEED)
    end = anyio.current_time() + SECONDS
    while anyio.current_time() < end:
        await anyio.sleep(moments.uniform(0.05, 2.0))
        await shop.server.kill()
        if moments.random() < 0.3:
            shop.server.begin()
            await anyio.sleep(moments.uniform(0.0, 0.5))
            await shop.server.kill()
        await shop.server.start()
