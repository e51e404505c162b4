"""Crashes between the two events of a merge: what a visitor had reaches the user once, whole."""

from typing import Any

import aiohttp
import pytest

from faults.fault_server import WRITE_KEY, Server, until
from faults.fault_shop import MAIL, new_shop, send

pytestmark = pytest.mark.anyio

RUNS = "SELECT COUNT(*) FROM runs WHERE is_active AND user_key = "
TIMERS = "SELECT COUNT(*) FROM timers WHERE user_key = "
MERGED = "SELECT COUNT(*) FROM identities WHERE merges LIKE '%u-1'"
VISITED = {"type": "track", "event": "Ordered", "anonymousId": "a-1", "messageId": "m-1"}
SIGNED_IN = {"type": "identify", "userId": "u-1", "anonymousId": "a-1", "messageId": "m-2"}


async def test_a_visitors_run_survives_crashes_on_its_way_to_the_user(either_server: Server) -> None:
    server = either_server
    async with new_shop(server) as shop:
        await shop.publish(MAIL, [{"action": "delay", "duration": "1 hour"}, send(MAIL, "email")])
        await _say(server, VISITED)
        await until("the run waits", lambda: _holds(server, RUNS + "'a-1'", 1))
        await server.kill()
        await server.start("append:1")
        await _say(server, SIGNED_IN)
        await server.until_killed()
        left: list[tuple[int, ...]] = []
        for crash in ("step:1", "step-committed:1") * 3:
            await server.start(crash)
            await server.until_killed()
            left.append(server.database.numbers(f"SELECT ({MERGED}), ({RUNS} 'a-1'), ({RUNS} 'u-1'), ({TIMERS} 'u-1')"))

    # The identify, then the old id's turn, then the new one's: each first undone, then done.
    assert left == [(0, 1, 0, 0), (0, 1, 0, 0), (0, 1, 0, 0), (1, 0, 0, 0), (1, 0, 0, 0), (1, 0, 1, 1)]


async def _say(server: Server, event: dict[str, Any]) -> None:
    """Sends an event; a server that dies of it may leave it unanswered."""
    headers = {"authorization": aiohttp.encode_basic_auth(WRITE_KEY, "")}
    try:
        async with aiohttp.ClientSession(headers=headers) as client:
            await client.post(f"{server.url}/v1/batch", json={"batch": [event]})
    except aiohttp.ClientError:
        return


async def _holds(server: Server, sql: str, wanted: int) -> bool:
    return server.database.numbers(sql) == (wanted,)
