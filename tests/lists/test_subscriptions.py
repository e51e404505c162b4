from typing import Any

import pytest

from posthorn.lists import editing, store
from posthorn.lists.model import Subscription
from posthorn.lists.subscriptions import erase_user, lists_of_user, save_subscriptions, subscriber_count, subscribers
from posthorn.storage.database import Database

pytestmark = pytest.mark.anyio


def _one(user: str, list_id: str, at: int = 10, *, is_on: bool = True, **more: Any) -> Subscription:
    return Subscription(user_key=user, list_id=list_id, is_subscribed=is_on, changed_at=at, **more)


async def _save(database: Database, *rows: Subscription) -> None:
    async with database.transaction() as tx:
        await save_subscriptions(tx, 0, "production", list(rows), 99)


async def _on(database: Database, list_id: str, **more: Any) -> list[tuple[str, Any]]:
    async with database.snapshot() as tx:
        rows = await subscribers(tx, "production", list_id, after="", limit=10, **more)
    return [(row.user_key, row.preferences) for row in rows]


async def test_who_subscribes_is_on_the_list_which_is_made(database: Database) -> None:
    await _save(database, _one("u-2", "a"), _one("u-1", "a", preferences={"categories": {}}), _one("u-1", "b"))

    assert await _on(database, "a") == [("u-1", {"categories": {}}), ("u-2", None)]
    async with database.snapshot() as tx:
        assert [one.list_id for one in await store.lists_after(tx, "production", after="", limit=9)] == ["a", "b"]
        assert await store.lists_after(tx, "test", after="", limit=9) == []
        assert await subscriber_count(tx, "production", "a") == 2


async def test_an_older_answer_never_replaces_a_newer_one(database: Database) -> None:
    await _save(database, _one("u-1", "a", 20))
    await _save(database, _one("u-1", "a", 19, is_on=False))
    still_on = await _on(database, "a")
    await _save(database, _one("u-1", "a", 20, is_on=False))

    assert (still_on, await _on(database, "a")) == ([("u-1", None)], [])


async def test_one_step_may_end_all_and_begin_again(database: Database) -> None:
    await _save(database, _one("u-1", "a"), _one("u-1", "b"), _one("u-1", "", 11, is_on=False), _one("u-1", "b", 12))

    async with database.snapshot() as tx:
        found = await lists_of_user(tx, 0, "production", "u-1", after="", limit=9)
    assert [(one.list_id, one.created_at) for one in found] == [("b", 12)]


async def test_preferences_stay_until_others_are_given_or_he_comes_anew(database: Database) -> None:
    await _save(database, _one("u-1", "a", 1, preferences={"n": 1}), _one("u-1", "a", 2))
    kept = await _on(database, "a")
    await _save(database, _one("u-1", "a", 3, is_on=False), _one("u-1", "a", 4))

    assert (kept, await _on(database, "a")) == ([("u-1", {"n": 1})], [("u-1", None)])


async def test_those_who_were_written_since_can_be_left_out(database: Database) -> None:
    await _save(database, _one("u-1", "a", 10), _one("u-2", "a", 11))

    assert await _on(database, "a", older_than=11) == [("u-1", None)]


async def test_a_start_narrows_the_lists_and_is_taken_literally(database: Database) -> None:
    await _save(database, *(_one("u", list_id) for list_id in ("a_b.c", "a_b.d", "axb.c", "a%")))

    async with database.snapshot() as tx:
        found = await store.lists_after(tx, "production", after="", limit=9, start="a_b.")
    assert [one.list_id for one in found] == ["a_b.c", "a_b.d"]


async def test_a_list_is_deleted_restored_and_written_anew(database: Database) -> None:
    async with database.transaction() as tx:
        await editing.write_list(tx, "production", "a", name="A", preferences={"x": 1}, now=1)
        await editing.delete_list(tx, "production", "a", 2)
        gone = await store.list_record(tx, "production", "a")
        await editing.restore_list(tx, "production", "a", 3)
        back = await store.list_record(tx, "production", "a")
        await editing.write_list(tx, "production", "a", name="B", preferences=None, now=4)
        written = await store.list_record(tx, "production", "a")

    assert gone is None
    assert back is not None
    assert written is not None
    assert (back.name, back.preferences, back.created_at) == ("A", {"x": 1}, 1)
    assert (written.name, written.preferences, written.created_at, written.updated_at) == ("B", None, 1, 4)


async def test_an_erased_user_is_on_no_list(database: Database) -> None:
    await _save(database, _one("u-1", "a"), _one("u-2", "a"))
    async with database.transaction() as tx:
        await erase_user(tx, 0, "production", "u-1")

    assert await _on(database, "a") == [("u-2", None)]
