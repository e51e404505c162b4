from typing import Any

import pytest

from posthorn.events.catalogue import Sample, Sighting
from posthorn.events.store import Totals, add_sightings, catalogue, catalogue_entry, catalogue_totals

pytestmark = pytest.mark.anyio


def _sighting(key: str, ids: list[str], at: int, **changes: Any) -> Sighting:
    fields: dict[str, Any] = {
        "environment": "production",
        "key": key,
        "type": key.partition("/")[0],
        "name": key.partition("/")[2],
        "event_count": len(ids),
        "first_seen": at,
        "last_seen": at,
        "samples": tuple(Sample(event_id=each, received_at=at) for each in ids),
    }
    return Sighting(**fields | changes)


async def test_blocks_add_up(database):
    async with database.transaction() as tx:
        await add_sightings(tx, 0, [_sighting("track/X", ["evt_0_1_0"], 10)])
        await add_sightings(tx, 0, [_sighting("track/X", ["evt_0_2_1", "evt_0_2_0"], 20), _sighting("identify", ["i"], 5)])
        found = await catalogue_entry(tx, "production", "track/X")

    assert found is not None
    assert (found.type, found.name, found.event_count, found.first_seen, found.last_seen) == ("track", "X", 3, 10, 20)
    assert [sample.event_id for sample in found.samples] == ["evt_0_2_1", "evt_0_2_0", "evt_0_1_0"]
    assert found.samples[2].received_at == 10


async def test_a_late_block_does_not_move_the_times_inwards(database):
    async with database.transaction() as tx:
        await add_sightings(tx, 0, [_sighting("identify", ["a"], 10, last_seen=30)])
        await add_sightings(tx, 0, [_sighting("identify", ["b"], 5, last_seen=7)])
        found = await catalogue_entry(tx, "production", "identify")

    assert found is not None
    assert (found.first_seen, found.last_seen) == (5, 30)


async def test_the_latest_twenty_stay_whole_however_many_came(database):
    longest = "evt_15_9223372036854775807_{:04}"
    async with database.transaction() as tx:
        for block in range(40):
            ids = [longest.format(block * 3 + index) for index in (2, 1, 0)]
            await add_sightings(tx, 0, [_sighting("identify", ids, 1_772_443_200_000 + block)])
        found = await catalogue_entry(tx, "production", "identify")

    assert found is not None
    assert found.event_count == 120
    assert [sample.event_id for sample in found.samples] == [longest.format(index) for index in range(119, 99, -1)]


async def test_partitions_are_listed_as_one_by_key_in_pages(database):
    async with database.transaction() as tx:
        await add_sightings(tx, 0, [_sighting("track/B", ["b"], 10), _sighting("identify", ["i"], 1)])
        await add_sightings(tx, 1, [_sighting("track/B", ["c", "d"], 30), _sighting("track/A", ["a"], 2)])
        await add_sightings(tx, 1, [_sighting("track/T", ["t"], 3, environment="test")])
        first = await catalogue(tx, "production", "", "", 2)
        rest = await catalogue(tx, "production", "", first[-1].key, 2)
        pages = await catalogue(tx, "production", "identify", "", 10)
        found = await catalogue_entry(tx, "production", "track/B")

    assert [seen.key for seen in first + rest] == ["identify", "track/A", "track/B"]
    assert (rest[0].event_count, rest[0].first_seen, rest[0].last_seen) == (3, 10, 30)
    assert [seen.key for seen in pages] == ["identify"]
    assert found is not None
    assert [sample.event_id for sample in found.samples] == ["c", "d", "b"]


async def test_totals_count_one_environment(database):
    async with database.transaction() as tx:
        nothing = await catalogue_totals(tx, "production")
        await add_sightings(tx, 0, [_sighting("track/B", ["b", "c"], 10), _sighting("identify", ["i"], 40)])
        await add_sightings(tx, 0, [_sighting("identify", ["t"], 50, environment="test")])
        totals = await catalogue_totals(tx, "production")

    assert nothing == Totals(event_count=0, last_seen=None)
    assert totals == Totals(event_count=3, last_seen=40)


async def test_what_was_never_received_is_not_there(database):
    async with database.transaction() as tx:
        assert await catalogue_entry(tx, "production", "track/X") is None
        assert await catalogue(tx, "production", "", "", 10) == []
