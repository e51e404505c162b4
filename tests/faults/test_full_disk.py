"""A disk that is full for a while: the API says so, nothing that was acknowledged is lost, and it goes on by itself."""

from collections.abc import Callable

import aiohttp
import anyio
import pytest

from faults.fault_counts import count
from faults.fault_server import Server, until
from faults.fault_shop import Shop, open_shop, trading

pytestmark = pytest.mark.anyio

USERS = 4


async def test_a_full_disk_refuses_and_what_was_acknowledged_stays(server: Server, tell: Callable[[str], None]) -> None:
    async with open_shop(server, USERS) as shop:
        health = await _fill_the_disk_while_ordering(shop)
        code = await server.stop()
        await server.start()
        async with trading(shop, users=0, orders=0):
            pass
        counts = await count(shop)

    tell(f"disk full for a while: {counts.line()}")
    assert (code, health) == (0, 503)
    assert (counts.lost, counts.doubled) == ([], [])
    assert counts.messages == 3 * counts.acknowledged


async def _fill_the_disk_while_ordering(shop: Shop) -> int:
    """What /health said meanwhile."""
    health = 0
    async with anyio.create_task_group() as ordering:
        for user in range(USERS):
            ordering.start_soon(shop.orders, user, 1_000_000)
        await until("orders come in", lambda: shop.has_taken(8))
        shop.server.fill_disk()
        await until("an order is refused with 503", lambda: _is_refused(shop))
        async with aiohttp.request("GET", shop.server.url + "/health") as answer:
            health = answer.status
        shop.server.free_disk()
        before = len(shop.acknowledged)
        await until("orders are taken again", lambda: shop.has_taken(before + 8))
        shop.is_open = False
    return health


async def _is_refused(shop: Shop) -> bool:
    return shop.answers[503] >= 3
