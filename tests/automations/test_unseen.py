from typing import Any

import pytest

from automations.automation_parts import automation, event
from posthorn.automations.unseen import unseen_paths

ORDERS = [
    event(name="Order Completed", properties={"total": 5, "items": []}),
    event(name="Order Completed", properties={"code": "x"}),
]
EXIT = {"action": "exit"}


def _told(steps: list[Any], **more: Any) -> list[str]:
    return unseen_paths(automation("a", steps, **more), ORDERS)


@pytest.mark.parametrize(
    "condition",
    [
        "data.properties.total > 5",
        "data.total > 5 && data.code",
        "data.properties.items.length > 0",
        "profile.x",
        "refs.s.status",
    ],
)
def test_what_some_event_had_is_fine(condition: str) -> None:
    assert _told([{**EXIT, "if": condition}]) == []


def test_what_no_event_had_is_told_once_with_the_first_place() -> None:
    steps = [{"action": "if", "condition": "data.a.b > 5", "then": [{**EXIT, "if": "data.a.b"}]}, {**EXIT, "if": "data.c"}]

    assert _told(steps) == [
        "steps[0]: None of the latest events had data.a.b.",
        "steps[1]: None of the latest events had data.c.",
    ]


def test_conditions_in_lists_and_of_triggers_are_looked_at_too() -> None:
    trigger = {"type": "segment", "event": "x", "conditions": {"OR": [["data.x", "exists"], ["data.total", "exists"]]}}

    assert _told([], trigger=trigger) == ["trigger: None of the latest events had data.x."]


def test_nothing_is_said_without_events_or_where_a_step_changes_the_data() -> None:
    fetch = {"action": "fetch-data", "webhook": {"url": "https://a.test"}}

    assert _told([fetch, {**EXIT, "if": "data.fetched"}]) == []
    assert unseen_paths(automation("a", [{**EXIT, "if": "data.c"}]), []) == []
