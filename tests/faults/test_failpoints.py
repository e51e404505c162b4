"""The server is killed at every named place, again and again, while customers order and readers read."""

from collections.abc import Callable
from itertools import chain

import pytest

from faults.fault_counts import count
from faults.fault_server import Server
from faults.fault_shop import Shop, open_shop, trading
from posthorn.failpoints import NAMES

pytestmark = pytest.mark.anyio

USERS = 4
ORDERS = 8
PLACES = {
    "append": ("appending:1", "append:1", "appending:4", "append:4"),
    "step": ("step:1", "step-committed:1", "step:6", "step-committed:3"),
    "claim": ("claiming:1", "claim:1", "claiming:4", "claim:4"),
    "call": ("call:1", "called:1", "call:7", "called:7"),
    "settle": ("settle:1", "settled:1", "settle:4", "settled:4"),
}


@pytest.mark.parametrize("place", PLACES)
async def test_a_crash_there_loses_nothing_and_doubles_nothing(
    place: str, either_server: Server, tell: Callable[[str], None]
) -> None:
    async with open_shop(either_server, USERS) as shop:
        await _order_while_it_dies(shop, PLACES[place])
        counts = await count(shop)

    tell(f"killed at {place}: {counts.line()}")
    assert (counts.lost, counts.doubled) == ([], [])
    assert (counts.acknowledged, counts.kills) == (USERS * ORDERS, len(PLACES[place]))
    assert counts.messages == 3 * counts.acknowledged


async def _order_while_it_dies(shop: Shop, failpoints: tuple[str, ...]) -> None:
    await shop.server.stop()
    async with trading(shop, users=USERS, orders=ORDERS):
        for failpoint in failpoints:
            await shop.server.start(failpoint)
            await shop.server.until_killed()
        await shop.server.start()


def test_no_failpoint_is_left_out() -> None:
    assert {each.partition(":")[0] for each in chain(*PLACES.values())} == set(NAMES)
