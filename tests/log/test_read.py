import msgspec
import pytest

from posthorn.events.model import Entry, Fact
from posthorn.log.append import append
from posthorn.log.model import EventOutcome
from posthorn.log.read import read_entries
from posthorn.log.store import Outcome, insert_outcomes

pytestmark = pytest.mark.anyio


def _entry(message_id: str) -> Entry:
    return Entry(
        environment="production",
        source_id="src",
        origin="tracking",
        type="identify",
        user_key="u",
        message_id=message_id,
        received_at=1_000,
        body=b"{}",
    )


async def _processed(tx, message_ids: list[str]) -> None:
    (position,) = await append(tx, [_entry(each) for each in message_ids], partition_count=1, now=1_000)
    outcomes = [EventOutcome(facts=(Fact(about="profile", verdict=each),)) for each in message_ids]
    body = msgspec.msgpack.encode(outcomes)
    row = Outcome(partition=0, block_offset=position.block_offset, processed_at=2_000, body=body)
    await insert_outcomes(tx, [row])


async def test_events_are_read_in_the_order_they_are_asked_for_with_what_they_did(database):
    async with database.transaction() as tx:
        await _processed(tx, ["a", "b"])
        await _processed(tx, ["c"])
        found = await read_entries(tx, ["evt_0_2_0", "evt_0_1_1", "evt_0_1_0"])

    assert [each.entry.message_id for each in found] == ["c", "b", "a"]
    assert [each.outcome.facts[0].verdict for each in found] == ["c", "b", "a"]
    assert found[0].event_id == "evt_0_2_0"


async def test_what_is_not_there_is_left_out(database):
    async with database.transaction() as tx:
        await _processed(tx, ["a"])
        await append(tx, [_entry("waiting")], partition_count=1, now=1_000)
        await _processed(tx, ["c"])
        found = await read_entries(tx, ["evt_0_1_7", "evt_0_2_0", "evt_0_9_0", "evt_4_1_0", "nonsense", "evt_0_1_0"])

    assert [each.entry.message_id for each in found] == ["a"]
