import pytest

from automations.automation_parts import automation, journey
from posthorn.automations.triggers import TriggerIndex, provenance

INDEX = TriggerIndex(
    [
        automation("b", [], trigger=["track/X", "page"]),
        automation("a", [], trigger="track/X"),
        journey("any", [{"type": "trigger", "trigger_type": "segment", "request_type": "track"}]),
        automation("page", [], trigger="page/Home"),
        automation("rudder", [], trigger="rudderstack/track/X"),
    ]
)


@pytest.mark.parametrize(
    ("origin", "type_", "name", "found"),
    [
        ("tracking", "track", "X", ["a", "b", "any"]),
        ("segment", "track", "X", ["a", "b", "any"]),
        ("segment", "track", "x", ["any"]),
        ("segment", "page", "Home", ["page", "b"]),
        ("segment", "page", "", ["b"]),
        ("rudderstack", "track", "X", ["rudder"]),
        ("courier", "track", "X", []),
        ("api", "track", "X", []),
        ("segment", "screen", "X", []),
    ],
)
def test_an_event_finds_exactly_those_that_wait_for_it(origin: str, type_: str, name: str, found: list[str]) -> None:
    assert [link.automation.automation_id for link in INDEX.links(origin, type_, name)] == found


def test_a_run_says_where_it_came_from() -> None:
    assert provenance("tracking", "track", "Order Completed") == "segment/track/Order Completed"
    assert provenance("segment", "page", "") == "segment/page"
    assert provenance("segment", "group", "g") == "segment/group"
    assert provenance("rudderstack", "identify", "") == "rudderstack/identify"
