"""SIGTERM under load: everything that was begun is finished, nothing is acknowledged after the last commit."""

from collections.abc import Callable

import pytest

from faults.fault_counts import count
from faults.fault_server import Server, until
from faults.fault_shop import MAIL, Shop, new_shop, open_shop, send, trading

pytestmark = pytest.mark.anyio

USERS = 6


async def test_a_stop_under_load_finishes_what_was_begun(server: Server, tell: Callable[[str], None]) -> None:
    async with open_shop(server, USERS) as shop:
        codes = await _stop_twice_while_ordering(shop)
        counts = await count(shop)

    tell(f"stopped under load: {counts.line()}")
    assert codes == [0, 0]
    assert (counts.lost, counts.doubled) == ([], [])
    assert (counts.mail_repeats, counts.call_repeats, counts.forward_repeats, counts.repeated_requests) == (0, 0, 0, 0)
    assert _complaints(server) == []


async def test_a_mail_server_that_hangs_does_not_hold_up_the_stop(server: Server) -> None:
    async with new_shop(server) as shop:
        await shop.install()
        await shop.publish(MAIL, [send(MAIL, "email")])
        await shop.know(0)
        shop.mails.shut()
        await shop.order_one(0, 0)
        await until("the mail is on its way", shop.mails.is_asked)
        code = await server.stop()
        shop.mails.open()
        await server.start()
        await server.until_quiet()

    assert code == 0
    assert _complaints(server) == []
    assert len({mail.message_id for mail in shop.mails.mails}) == 1


async def _stop_twice_while_ordering(shop: Shop) -> list[int]:
    codes: list[int] = []
    async with trading(shop, users=USERS, orders=1_000_000):
        for order_count in (15, 40):
            await until("orders come in", lambda least=order_count: shop.has_taken(least))
            codes.append(await shop.server.stop())
            await shop.server.start()
        shop.is_open = False
    return codes


def _complaints(server: Server) -> list[str]:
    lines = server.log.read_text().splitlines()
    return [line for line in lines if "Traceback" in line or '"level": "error"' in line]
