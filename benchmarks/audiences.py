"""Audiences: what an identify costs when a thousand of them look at it, and how fast a new one finds its members.

In this process, on a SQLite file. Every identify changes every trait that the audiences read, so each of them is evaluated; one
in twenty holds, and some change their mind. The cost is CPU time of this process from the log to the commit.
"""

import time
from collections.abc import Iterator
from pathlib import Path
from tempfile import mkdtemp
from typing import Any

import anyio
import httpx
from msgspec import json

from benchmarks.in_process import running
from benchmarks.ratios import Finding, plain_finding
from benchmarks.scale import Scale
from posthorn.audiences import definitions
from posthorn.audiences.filters import normalized
from posthorn.audiences.model import Audience
from posthorn.events.model import Entry
from posthorn.profiles.model import Profile
from posthorn.profiles.store import save_profiles
from posthorn.server.wiring import Parts
from posthorn.storage.database import Database
from posthorn.storage.revision import touch

MOST_US = 2_000.0
LEAST_RATE = 10_000.0
AUDIENCES = 1_000
IDENTIFIES = 100
PROFILES_PER_MESSAGE = 17  # 100,000 at full scale
_SHARE = 5_000
_PLANS = ("free", "team", "pro")


def measure(scale: Scale, folder: Path) -> Iterator[Finding]:
    """Two findings: microseconds of CPU an identify, profiles a second."""
    trials = 3 if scale.messages > 1_000 else 1
    costs = [cost for _ in range(trials) for cost in anyio.run(_identifies, Path(mkdtemp(dir=folder)))]
    yield plain_finding(
        "identify, 1,000 audiences", "us", costs, floor=MOST_US, is_better_low=True, remark="CPU, from the log to the commit"
    )
    count = min(100_000, PROFILES_PER_MESSAGE * scale.messages)
    rates = [anyio.run(_first_evaluation, count, Path(mkdtemp(dir=folder))) for _ in range(trials)]
    yield plain_finding("first evaluation", "profiles/s", rates, floor=LEAST_RATE, remark=f"{count:,}, a third of them enter")


async def _identifies(folder: Path) -> list[float]:
    """Microseconds of each of some rounds; the first of them, in which everybody enters for the first time, does not count."""
    async with running(folder) as (parts, _):
        await _add_audiences(parts.database)
        costs: list[float] = []
        for number in range(4):
            started = time.process_time()
            await parts.commands.append_and_wait([_identify(f"u-{user:03}", number) for user in range(IDENTIFIES)])
            costs.append((time.process_time() - started) / IDENTIFIES * 1e6)
    return costs[1:]


async def _first_evaluation(count: int, folder: Path) -> float:
    async with running(folder) as (parts, client):
        await _fill(parts, count)
        body = {"filter": {"operator": "EQ", "path": "plan", "value": "pro"}}
        started = time.perf_counter()
        await client.put("/audiences/pro", json=body)
        found = await _evaluated(client)
        seconds = time.perf_counter() - started
        assert found == count // len(_PLANS), found
    return count / seconds


async def _evaluated(client: httpx.AsyncClient) -> int:
    while True:
        await anyio.sleep(0.05)
        found: dict[str, Any] = (await client.get("/audiences/pro")).json()
        if found["evaluation"]["status"] != "RUNNING":
            return found["member_count"]


async def _add_audiences(database: Database) -> None:
    async with database.transaction() as tx:
        for number in range(AUDIENCES):
            await definitions.save_version(tx, _audience(number))
        await touch(tx)


def _audience(number: int) -> Audience:
    rules: tuple[dict[str, Any], ...] = (
        {"operator": "EQ", "path": "plan", "value": _PLANS[number % 3]},
        {"operator": "GTE", "path": "order_count", "value": str(number % 100)},
        {"operator": "STARTS_WITH", "path": "address.city", "value": f"City {number % 10}"},
        {"operator": "IS_AFTER", "path": "last_seen_at", "value": "2026-01-01"},
    )
    return Audience(
        environment="production",
        audience_id=f"audience-{number:04}",
        version=1,
        evaluated_version=1,
        filter=normalized({"operator": "AND", "filters": [rules[number % 2], *rules[2:]]}),
        created_at=1,
        updated_at=1,
    )


def _identify(user_key: str, number: int) -> Entry:
    now = time.time_ns() // 1_000_000
    traits = {
        "plan": _PLANS[number % 2],
        "order_count": 50 + number,
        "address": {"city": f"City 1{number}"},
        "last_seen_at": f"2026-09-01T10:15:0{number}Z",
    }
    return Entry(
        environment="production",
        source_id="",
        origin="tracking",
        type="identify",
        user_key=user_key,
        message_id=f"m-{user_key}-{number}",
        received_at=now,
        body=json.encode({"userId": user_key, "traits": traits}),
    )


async def _fill(parts: Parts, count: int) -> None:
    for begin in range(0, count, _SHARE):
        profiles = [
            Profile(
                user_key=f"u-{number:07}",
                profile={"email": f"u-{number}@example.test", "plan": _PLANS[number % 3]},
                trait_times={},
                created_at=1,
                updated_at=1,
            )
            for number in range(begin, min(begin + _SHARE, count))
        ]
        async with parts.database.transaction() as tx:
            await save_profiles(tx, 0, "production", profiles)
