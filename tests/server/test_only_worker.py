"""The one worker of a SQLite file."""

from pathlib import Path

import pytest

from posthorn.clock import FrozenClock
from posthorn.outbox import store as outbox
from posthorn.outbox.model import Command
from posthorn.server.only_worker import only_worker, take_over_claims
from posthorn.storage.database import Database

pytestmark = pytest.mark.anyio

COMMAND = Command(
    command_id="c-1",
    kind="deliver",
    lane="pv_1",
    environment="production",
    user_key="u-1",
    due_at=0,
    expires_at=2**60,
    body=b"{}",
)


def test_only_one_holds_the_lock_and_it_is_free_again(tmp_path: Path) -> None:
    path = tmp_path / "data" / "posthorn.worker"

    with only_worker(path) as first, only_worker(path) as second:
        pass
    with only_worker(path) as third:
        pass

    assert (first, second, third) == (True, False, True)


async def test_what_a_dead_process_had_claimed_is_due_at_once_and_known_to_be_unsettled(
    sqlite: Database, clock: FrozenClock
) -> None:
    now = clock.now_ms()
    async with sqlite.transaction() as tx:
        await outbox.put(tx, 0, [COMMAND], now)
        await outbox.claim(tx, "pv_1", now=now, until=now + 120_000, limit=1)

    count = await take_over_claims(sqlite)

    async with sqlite.transaction() as tx:
        claimed = await outbox.claim(tx, "pv_1", now=now, until=now + 120_000, limit=1)
    assert (count, [(one.attempt, one.was_open) for one in claimed]) == (1, [(2, True)])
