import pytest

from posthorn.destinations.failures import (
    erase_failures,
    failed_count,
    failure_of,
    failures_before,
    record_failures,
    resend_command,
    take_failure,
)
from posthorn.destinations.forward import destination_of, forward_command
from posthorn.destinations.model import GIVE_UP_AFTER_MS, OutboundEvent
from posthorn.destinations.store import Before
from posthorn.outbox.store import Claimed

pytestmark = pytest.mark.anyio


def _failure(number: int, failed_at: int = 5_000, user: str = "u-1", partition: int = 0, reason: str = "400"):
    claimed = Claimed(
        partition=partition,
        command_id=f"posthorn-{number}",
        kind="forward",
        lane="segment:production",
        environment="production",
        user_key=user,
        expires_at=9_000,
        created_at=1_000,
        attempt=1,
        was_open=False,
        body=b'{"event":"Message Sent"}',
    )
    return failure_of(claimed, destination_of(claimed.lane), reason, failed_at)


def test_a_command_carries_the_event_for_twelve_hours_in_the_lane_of_its_key():
    event = OutboundEvent(message_id="posthorn-1", body=b"{}")

    command = forward_command("segment", event, "test", "u-1", 1_000)

    assert (command.command_id, command.kind, command.lane, command.body) == (
        "posthorn-1",
        "forward",
        "segment:test",
        b"{}",
    )
    assert (command.due_at, command.expires_at) == (1_000, 1_000 + GIVE_UP_AFTER_MS)
    assert destination_of(command.lane) == "segment"


async def test_failures_are_listed_newest_first_in_pages(database):
    async with database.transaction() as tx:
        await record_failures(tx, [_failure(1, 10), _failure(2, 30), _failure(3, 20), _failure(4, 20, partition=1)])
        first = await failures_before(tx, "production", "segment", None, 2)
        rest = await failures_before(
            tx, "production", "segment", Before(failed_at=first[-1].failed_at, failure_id=first[-1].failure_id), 10
        )
        elsewhere = await failures_before(tx, "test", "segment", None, 10)

    assert [each.failure_id for each in first + rest] == [f"posthorn-{number}" for number in (2, 4, 3, 1)]
    assert first[0].event == b'{"event":"Message Sent"}'
    assert elsewhere == []


async def test_the_same_event_failing_again_is_one_failure(database):
    async with database.transaction() as tx:
        await record_failures(tx, [_failure(1)])
        await record_failures(tx, [_failure(1, 9_000, reason="gone\0" + "x" * 2_000)])
        (found,) = await failures_before(tx, "production", "segment", None, 10)

    assert (found.attempts, found.failed_at) == (2, 9_000)
    assert found.reason.startswith("gonexxx")
    assert len(found.reason) <= 1_000


async def test_an_event_is_sent_again_with_its_own_id_and_leaves_the_dead_letters(database):
    async with database.transaction() as tx:
        await record_failures(tx, [_failure(1), _failure(2)])
        failed = await take_failure(tx, "production", "segment", "posthorn-1")
        again = await take_failure(tx, "production", "segment", "posthorn-1")
        count = await failed_count(tx, "production", "segment")

    assert failed is not None
    command = resend_command(failed, 50_000)
    assert failed.failed_at == 5_000
    assert (command.command_id, command.lane, command.user_key) == ("posthorn-1", "segment:production", "u-1")
    assert command.body == b'{"event":"Message Sent"}'
    assert command.expires_at == 50_000 + GIVE_UP_AFTER_MS
    assert again is None
    assert count == 1


async def test_an_event_of_the_other_environment_is_not_found(database):
    async with database.transaction() as tx:
        await record_failures(tx, [_failure(1)])
        assert await take_failure(tx, "test", "segment", "posthorn-1") is None
        assert await take_failure(tx, "production", "whe_1", "posthorn-1") is None
        assert await failed_count(tx, "test", "segment") == 0


async def test_one_user_can_be_erased(database):
    async with database.transaction() as tx:
        await record_failures(tx, [_failure(1), _failure(2), _failure(3, user="u-2")])
        erased = await erase_failures(tx, 0, "production", "u-1")
        left = await failures_before(tx, "production", "segment", None, 10)

    assert erased == 2
    assert [each.user_key for each in left] == ["u-2"]
