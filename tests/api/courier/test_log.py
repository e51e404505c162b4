"""The log over HTTP."""

import httpx
import msgspec
import pytest
from msgspec import msgpack

from posthorn.events.model import Entry, Fact
from posthorn.log import store
from posthorn.log.append import append
from posthorn.log.model import EventOutcome, Position

pytestmark = pytest.mark.anyio

NOW_MS = 1_772_443_200_000
TRACK = Entry(
    environment="production",
    source_id="src_1",
    origin="tracking",
    type="track",
    user_key="u1",
    message_id="m1",
    received_at=NOW_MS,
    body=b'{"type":"track","event":"Order Completed","userId":"u1","messageId":"m1"}',
    warnings=("timestamp_invalid",),
)


async def _processed(database, *entries: Entry, outcome: EventOutcome | None = None) -> None:
    async with database.transaction() as tx:
        positions = await append(tx, list(entries), partition_count=database.partition_count, now=NOW_MS)
        for position in positions:
            await store.insert_outcomes(tx, [await _outcome(tx, position, outcome or EventOutcome())])


async def _outcome(tx, position: Position, outcome: EventOutcome) -> store.Outcome:
    block = await store.block(tx, position.partition, position.block_offset)
    return store.Outcome(
        partition=position.partition,
        block_offset=position.block_offset,
        processed_at=NOW_MS,
        body=msgpack.encode([outcome] * block.event_count),
    )


def _numbered(*numbers: int, **changes: str) -> list[Entry]:
    return [msgspec.structs.replace(TRACK, message_id=f"m{number}", **changes) for number in numbers]


async def test_an_event_is_shown_with_what_became_of_it(client: httpx.AsyncClient, sqlite) -> None:
    fact = Fact(about="automation", verdict="started", reason="It matched.")
    await _processed(sqlite, TRACK, outcome=EventOutcome(is_duplicate=True, facts=(fact,)))

    answer = await client.get("/log")

    assert answer.json() == {
        "events": [
            {
                "id": "evt_0_1_0",
                "messageId": "m1",
                "type": "track",
                "event": "Order Completed",
                "userId": "u1",
                "anonymousId": None,
                "origin": "tracking",
                "sourceId": "src_1",
                "timestamp": "2026-03-02T09:20:00.000Z",
                "receivedAt": "2026-03-02T09:20:00.000Z",
                "duplicate": True,
                "parked": False,
                "warnings": ["timestamp_invalid"],
                "facts": [{"about": "automation", "verdict": "started", "reason": "It matched."}],
            }
        ],
        "next": None,
    }


async def test_pages_follow_each_other_without_gap_or_repeat(client: httpx.AsyncClient, sqlite) -> None:
    await _processed(sqlite, *_numbered(1, 2, 3))
    for number in range(4, 80):
        await _processed(sqlite, *_numbered(number))

    seen, after = [], ""
    while after is not None:
        page = (await client.get("/log", params={"limit": 7, "after": after})).json()
        seen += [event["messageId"] for event in page["events"]]
        after = page["next"]

    assert seen == [f"m{number}" for number in range(1, 80)]


async def test_an_event_id_serves_as_after(client: httpx.AsyncClient, sqlite) -> None:
    await _processed(sqlite, *_numbered(1, 2, 3))

    page = (await client.get("/log?after=evt_0_1_1")).json()

    assert [event["messageId"] for event in page["events"]] == ["m3"]


async def test_only_the_callers_environment_is_shown(client: httpx.AsyncClient, sqlite) -> None:
    await _processed(sqlite, *_numbered(1, environment="test"), *_numbered(2))

    page = (await client.get("/log")).json()

    assert [event["messageId"] for event in page["events"]] == ["m2"]


async def test_what_is_not_processed_yet_is_not_shown(client: httpx.AsyncClient, sqlite) -> None:
    async with sqlite.transaction() as tx:
        await append(tx, [TRACK], partition_count=1, now=NOW_MS)

    assert (await client.get("/log")).json() == {"events": [], "next": None}


@pytest.mark.parametrize("after", ["x", "evt_0_1", "W10", "e30x", "eyJhIjoxfQ"])
async def test_a_damaged_place_is_refused(client: httpx.AsyncClient, after: str) -> None:
    answer = await client.get(f"/log?after={after}")

    assert (answer.status_code, answer.json()["message"]) == (400, "Invalid cursor format")
