from automations.automation_parts import NOW, own_event
from automations.automation_parts import due as due_event
from posthorn.automations.batching import Batch, BatchAdded, due, without_user
from posthorn.automations.batching import decide as decide_batch
from posthorn.automations.marks import with_marks
from posthorn.automations.model import Outcome, RunAnswered, View
from posthorn.automations.retaining import Collection, Item

MINUTE = 60_000


def _add(view: View, number: int, now: int) -> tuple[Outcome, View]:
    item = Item(by=f"u-{number}", data={"n": number})
    added = BatchAdded(
        run_id=f"r-{number}",
        user_key=f"u-{number}",
        ask_id=f"a-{number}",
        name="b",
        item=item,
        wait_ms=10 * MINUTE,
        max_wait_ms=15 * MINUTE,
    )
    outcome = decide_batch(own_event("batch.added", added, user_key="posthorn:batch:x"), view, now)
    return outcome, View(marks=with_marks(view.marks, outcome.marks))


def _answers(outcome: Outcome) -> list[tuple[str, object]]:
    return [
        (told.payload.run_id, told.payload.value.get("joined", "all"))
        for told in outcome.tells
        if isinstance(told.payload, RunAnswered)
    ]


def test_the_first_run_owns_the_batch_and_the_second_joins_it() -> None:
    first, view = _add(View(), 1, NOW)
    second, _ = _add(view, 2, NOW + MINUTE)

    assert (_answers(first), _answers(second)) == ([], [("r-2", "r-1")])


def test_each_item_puts_the_end_off_until_the_batch_has_lasted_long_enough() -> None:
    first, view = _add(View(), 1, NOW)
    second, view = _add(view, 2, NOW + 9 * MINUTE)

    assert [(timer.timer_id, timer.due_at) for timer in (*first.timers, *second.timers)] == [
        (first.timers[0].timer_id, NOW + 10 * MINUTE),
        (first.timers[0].timer_id, NOW + 15 * MINUTE),
    ]


def test_a_timer_of_a_batch_that_was_put_off_or_is_another_does_nothing() -> None:
    first, view = _add(View(), 1, NOW)
    _, prolonged = _add(view, 2, NOW + 9 * MINUTE)
    timer = due_event(first.timers[0])

    assert due(timer, prolonged, NOW + 10 * MINUTE) == Outcome()
    assert due(timer, View(), NOW + 15 * MINUTE) == Outcome()
    assert _answers(due(timer, prolonged, NOW + 15 * MINUTE)) == [("r-1", "all")]


def test_who_is_forgotten_is_still_counted() -> None:
    batch = Batch(
        run_id="r",
        user_key="u-1",
        ask_id="a",
        opened_at=NOW,
        closes_at=NOW,
        collection=Collection(counts={"": 2}, items=[Item(by="u-1", data={}), Item(by="u-2", data={})]),
    )

    left = without_user(batch, "u-2")

    assert (left.collection.count, [item.by for item in left.collection.items]) == (2, ["u-1"])
