"""What an event changed, and how it is kept."""

from typing import Any

import pytest

from posthorn.events.model import Event
from posthorn.profiles.change_store import changes_of_event, changes_of_user, erase_changes, prune_changes, save_changes
from posthorn.profiles.changes import ProfileChange, TraitChange, change_of
from posthorn.profiles.model import Profile
from posthorn.storage.database import Database

EVENT = Event(
    id="evt_0_1_0", environment="production", source_id="s", origin="tracking", type="identify", user_key="u", message_id="m",
    timestamp=5, received_at=7,
)  # fmt: skip


def _profile(**traits: Any) -> Profile:
    return Profile(user_key="u", profile=traits, trait_times={}, created_at=0, updated_at=0)


def _change(at: int, event_id: str, user: str = "u") -> ProfileChange:
    traits = {"plan": TraitChange((), ({"a": at},))}
    return ProfileChange(environment="production", user_key=user, event_id=event_id, changed_at=at, traits=traits)


def test_each_trait_is_told_before_and_after() -> None:
    change = change_of(_profile(plan="free", town="Chur", age=3), _profile(plan="team", age=3, zip=None), EVENT)

    assert change is not None
    assert change.traits == {
        "plan": TraitChange(("free",), ("team",)),
        "town": TraitChange(("Chur",), ()),
        "zip": TraitChange((), (None,)),
    }


def test_nothing_changed_is_no_change() -> None:
    same = _profile(plan="free")

    assert change_of(same, same, EVENT) is None
    assert change_of(same, _profile(plan="free"), EVENT) is None


def test_a_long_value_is_cut() -> None:
    change = change_of(None, _profile(note="x" * 10_000, list=list(range(10_000))), EVENT)

    assert change is not None
    assert all(len(one.after[0]) == 500 for one in change.traits.values())


@pytest.mark.anyio
async def test_changes_within_one_millisecond_keep_the_order_of_the_log(database: Database) -> None:
    ids = ["evt_8_9_0", "evt_8_9_10", "evt_8_10_2", "evt_8_10_11", "evt_8_100_0"]
    async with database.transaction() as tx:
        await save_changes(tx, 8, [_change(5, each) for each in ids])
        listed = await changes_of_user(tx, 8, "production", "u", before=(9, ""), limit=9)
        behind = await changes_of_user(tx, 8, "production", "u", before=(5, "evt_8_10_2"), limit=9)

    assert [one.event_id for one in listed] == ids[::-1]
    assert [one.event_id for one in behind] == ["evt_8_9_10", "evt_8_9_0"]


@pytest.mark.anyio
async def test_changes_are_kept_read_pruned_and_erased(database: Database) -> None:
    changes = [_change(10, "a"), _change(20, "b"), _change(20, "c"), _change(30, "d", user="other")]
    async with database.transaction() as tx:
        await save_changes(tx, 0, [*changes, _change(20, "c")])
        listed = await changes_of_user(tx, 0, "production", "u", before=(20, "c"), limit=5)
        one = await changes_of_event(tx, 0, "production", "u", event_id="b", at=20)
        pruned = await prune_changes(tx, 0, before=15, limit=10)
        await erase_changes(tx, 0, "production", "u")
        left = await changes_of_user(tx, 0, "production", "u", before=(99, ""), limit=5)
        others = await changes_of_user(tx, 0, "production", "other", before=(99, ""), limit=5)

    assert [change.event_id for change in listed] == ["b", "a"]
    assert one == changes[1]
    assert (pruned, left, len(others)) == (1, [], 1)
