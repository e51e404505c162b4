from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from posthorn.automations.retaining import Collection, Item, Retain, added, shown


def _collected(ranks: list[Any], retain: Retain, category: str = "") -> Collection:
    collection = Collection()
    for rank in ranks:
        collection = added(collection, Item(by="u-1", data={"rank": rank}, rank=rank, category=category), retain)
    return collection


def _kept(ranks: list[Any], **retain: Any) -> list[Any]:
    return [item.data["rank"] for item in _collected(ranks, Retain(**retain)).items]


@pytest.mark.parametrize(
    ("kind", "kept"),
    [("first", [3, 1]), ("last", [9, 2]), ("highest", [9, 3]), ("lowest", [1, 2]), ("none", [])],
)
def test_what_is_kept_is_as_it_was_asked_for(kind: Any, kept: list[int]) -> None:
    assert _kept([3, 1, 9, 2], type=kind, count=2, sort_key="data.rank") == kept


def test_numbers_written_as_text_are_numbers_and_what_has_no_value_comes_last() -> None:
    assert _kept(["10", None, 9, "b", "a"], type="highest", count=5, sort_key="x") == ["10", 9, "b", "a", None]


@given(st.lists(st.one_of(st.none(), st.integers(), st.text(max_size=3)), max_size=30), st.integers(1, 5))
def test_everything_is_counted_and_never_more_kept_than_asked(ranks: list[Any], count: int) -> None:
    for kind in ("first", "last", "highest", "lowest"):
        collection = _collected(ranks, Retain(type=kind, count=count, sort_key="x"))

        assert (collection.count, len(collection.items)) == (len(ranks), min(count, len(ranks)))


def test_each_category_keeps_its_own() -> None:
    collection = _collected([1, 2], Retain(count=1), "likes")
    both = added(collection, Item(by="u-2", data={"rank": 3}, category="comments"), Retain(count=1))

    assert shown(both, "batch", by_category=True) == {
        "batch": {"likes": {"count": 2, "items": [{"rank": 1}]}, "comments": {"count": 1, "items": [{"rank": 3}]}}
    }


@pytest.mark.parametrize("wrong", [{"count": 0}, {"count": 101}, {"type": "highest"}])
def test_what_cannot_be_kept_is_refused(wrong: dict[str, Any]) -> None:
    with pytest.raises(ValueError, match="`"):
        Retain(**wrong)
