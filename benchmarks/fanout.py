"""One request to a list: how long until it is accepted, and how fast it becomes messages in the outbox.

All in this process, on a SQLite file, without the dispatcher: what happens once a message lies in the outbox is the
pipeline's. Everybody has a profile with an address. The rate counts from the request to the last message.
"""

import time
from collections.abc import Iterator
from pathlib import Path
from tempfile import mkdtemp

import anyio
from msgspec import Struct

from benchmarks.contents import NOTIFICATION
from benchmarks.in_process import running
from benchmarks.ratios import Finding, plain_finding
from benchmarks.scale import Scale
from posthorn.jobs import store as jobs
from posthorn.lists.model import Subscription
from posthorn.lists.subscriptions import save_subscriptions
from posthorn.profiles.model import Profile
from posthorn.profiles.store import save_profiles
from posthorn.storage.database import Database

LONGEST_ACCEPT_MS = 200.0
AIM = 5_000.0
SUBSCRIBERS_PER_MESSAGE = 17  # 100,000 at full scale
_SHARE = 5_000


class Count(Struct, frozen=True):
    count: int


def measure(scale: Scale, folder: Path) -> Iterator[Finding]:
    """Two findings: milliseconds until the answer, messages a second."""
    count = min(100_000, SUBSCRIBERS_PER_MESSAGE * scale.messages)
    trials = [anyio.run(_trial, count, Path(mkdtemp(dir=folder))) for _ in range(3 if scale.messages > 1_000 else 1)]
    remark = f"a list of {count:,}"
    accepts, rates = zip(*trials, strict=True)
    yield plain_finding("send to a list / accept", "ms", accepts, floor=LONGEST_ACCEPT_MS, is_better_low=True, remark=remark)
    yield plain_finding("send to a list / outbox", "messages/s", rates, floor=AIM, remark=remark)


async def _trial(count: int, folder: Path) -> tuple[float, float]:
    async with running(folder) as (parts, client):
        await _fill(parts.database, count)
        made = await client.post("/notifications", json={"state": "PUBLISHED", "notification": NOTIFICATION})
        message = {"to": {"list_id": "news"}, "template": made.json()["id"], "data": {"order_id": "o-1", "total": 5}}
        started = time.perf_counter()
        answer = await client.post("/send", json={"message": message})
        accepted_ms = 1000 * (time.perf_counter() - started)
        await _finished(parts.database, answer.json()["requestId"], count)
        return accepted_ms, count / (time.perf_counter() - started)


async def _fill(database: Database, count: int) -> None:
    for begin in range(0, count, _SHARE):
        keys = [f"u-{number:07}" for number in range(begin, min(begin + _SHARE, count))]
        profiles = [
            Profile(user_key=key, profile={"email": f"{key}@example.test"}, trait_times={}, created_at=1, updated_at=1)
            for key in keys
        ]
        rows = [Subscription(user_key=key, list_id="news", is_subscribed=True, changed_at=1) for key in keys]
        async with database.transaction() as tx:
            await save_profiles(tx, 0, "production", profiles)
            await save_subscriptions(tx, 0, "production", rows, 1)


async def _finished(database: Database, request_id: str, count: int) -> None:
    while True:
        await anyio.sleep(0.05)
        async with database.snapshot() as tx:
            job = await jobs.job(tx, "production", request_id)
            if job is None or job.status == "RUNNING":
                continue
            found = await tx.first(Count, "SELECT COUNT(*) AS count FROM outbox")
        if found and found.count >= count:
            return
