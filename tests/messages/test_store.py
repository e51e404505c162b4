from typing import Any

import pytest
from msgspec.structs import replace

from messages.message_cases import CONTENT, NOW, report, sent_request
from posthorn.messages import store
from posthorn.messages.filters import MessageFilter
from posthorn.messages.model import Contents, HistoryItem, Message, Outcome
from posthorn.storage.database import Database

pytestmark = pytest.mark.anyio


def made(number: int, **changes: Any) -> Outcome:
    outcome = sent_request()
    message_id = f"1-66d43ca1-{number:024x}"
    changes.setdefault("enqueued_at", NOW + number)
    changes.setdefault("request_id", message_id)
    assert outcome.contents is not None
    return replace(
        outcome,
        message=replace(outcome.message, message_id=message_id, **changes),
        contents=replace(outcome.contents, message_id=message_id),
    )


async def saved(database: Database, *outcomes: Outcome) -> list[Message]:
    async with database.transaction() as tx:
        await store.save_outcomes(tx, 0, outcomes)
    return [outcome.message for outcome in outcomes]


async def listed(database: Database, wanted: MessageFilter | None = None, **options: Any) -> list[Message]:
    async with database.snapshot() as tx:
        return await store.messages(tx, "production", wanted or MessageFilter(), **{"limit": 100, **options})


async def test_a_message_its_contents_and_history_come_back_as_they_were(database: Database) -> None:
    outcome = sent_request({"metadata": {"tags": ["cart"], "trace_id": "t-55"}})
    (message,) = await saved(database, outcome)

    async with database.snapshot() as tx:
        assert await store.find_message(tx, "production", database.partition_count, message.message_id) == (0, message)
        assert await store.contents(tx, 0, message.message_id) == outcome.contents
        assert await store.history(tx, 0, message.message_id) == list(outcome.history)


async def test_a_later_outcome_replaces_the_state_and_adds_to_the_history(database: Database) -> None:
    first = sent_request()
    second = report(first.message, "sent")
    third = report(second.message, "delivered")
    await saved(database, first, second)
    await saved(database, third)

    async with database.snapshot() as tx:
        lines = await store.history(tx, 0, first.message.message_id)
        assert await store.load_messages(tx, 0, (first.message.message_id,)) == [third.message]
    assert [line.type for line in lines] == [
        "ENQUEUED",
        "PROFILE_LOADED",
        "DELIVERING",
        "RENDERED",
        "SENT",
        "DELIVERED",
    ]


async def test_a_message_of_the_other_environment_is_not_found(database: Database) -> None:
    (message,) = await saved(database, sent_request())

    async with database.snapshot() as tx:
        assert await store.find_message(tx, "test", database.partition_count, message.message_id) is None


async def test_the_listing_is_newest_first_and_pages_without_gaps(database: Database) -> None:
    await saved(database, *(made(number, enqueued_at=NOW + number // 2) for number in range(5)))
    page = await listed(database, limit=3)
    rest = await listed(database, before=(page[-1].enqueued_at, page[-1].message_id))

    assert [int(message.message_id[-24:], 16) for message in [*page, *rest]] == [4, 3, 2, 1, 0]


@pytest.mark.parametrize(
    "wanted",
    [
        MessageFilter(statuses=("SENT", "OPENED")),
        MessageFilter(recipient="ada@example.test"),
        MessageFilter(template_id="nt_1"),
        MessageFilter(event="cart"),
        MessageFilter(tenant_id="acme"),
        MessageFilter(list_id="letters"),
        MessageFilter(message_id="1-66d43ca1-" + "1".zfill(24)),
        MessageFilter(trace_id="t-55"),
        MessageFilter(trace_id="1-parent"),
        MessageFilter(tags=("nothing", "sale")),
        MessageFilter(enqueued_after=NOW + 2),
    ],
)
async def test_a_filter_finds_what_it_names_and_nothing_else(database: Database, wanted: MessageFilter) -> None:
    chosen = made(
        1,
        status="SENT",
        recipient="ada@example.test",
        template_id="nt_1",
        event="cart",
        tenant_id="acme",
        list_id="letters",
        trace_id="t-55",
        request_id="1-parent",
        tags=("sale", "x"),
        enqueued_at=NOW + 3,
    )
    await saved(database, made(2, tags=("sal",), enqueued_at=NOW), chosen)

    assert await listed(database, wanted) == [chosen.message]


async def test_only_the_providers_that_were_tried_are_found(database: Database) -> None:
    (message,) = await saved(database, sent_request())

    assert await listed(database, MessageFilter(providers=("ses", "smtp"))) == [message]
    assert await listed(database, MessageFilter(providers=("smt",))) == []


async def test_an_archived_request_leaves_the_listing_and_stays_archived(database: Database) -> None:
    first = made(1, request_id="1-parent")
    await saved(database, first, made(2, request_id="1-parent"), made(3))
    async with database.transaction() as tx:
        assert await store.archive_request(tx, "production", "1-parent", at=NOW + 9) == 2
    await saved(database, report(first.message, "sent"))

    assert [message.message_id for message in await listed(database)] == [made(3).message.message_id]
    archived = await listed(database, MessageFilter(is_archived=True))
    assert {message.archived_at for message in archived} == {NOW + 9}


async def test_erasing_a_user_leaves_nothing_of_him(database: Database) -> None:
    await saved(database, made(1), made(2, recipient="somebody else"))
    async with database.transaction() as tx:
        assert await store.erase_user(tx, 0, "production", "u-1042") == 1

    async with database.snapshot() as tx:
        assert await store.contents(tx, 0, made(1).message.message_id) is None
        assert await store.history(tx, 0, made(1).message.message_id) == []
    assert [message.recipient for message in await listed(database)] == ["somebody else"]


async def test_pruning_takes_the_oldest_and_spares_what_still_waits(database: Database) -> None:
    await saved(database, made(1), made(2, status="DELAYED"), made(3), made(9))
    async with database.transaction() as tx:
        assert await store.prune(tx, 0, "production", before=NOW + 9, limit=1) == 1
        assert await store.prune(tx, 0, "production", before=NOW + 9, limit=10) == 1

    assert [message.enqueued_at - NOW for message in await listed(database)] == [9, 2]


async def test_characters_that_a_text_column_refuses_do_no_harm(database: Database) -> None:
    hostile = "a\0b'; DROP TABLE messages; --\x1f"
    outcome = made(1, event=hostile, tags=(hostile,), trace_id=hostile)
    contents = Contents(message_id=outcome.message.message_id, request={"content": CONTENT, "data": {hostile: hostile}}, to={})
    await saved(database, replace(outcome, contents=contents, history=(HistoryItem(type="X", ts=1, fields={"a": hostile}),)))

    assert await listed(database) == [outcome.message]
