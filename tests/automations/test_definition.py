from typing import Any

import pytest

from posthorn.automations.definition import read_automation, read_journey, read_token, read_trigger
from posthorn.automations.model import Trigger
from posthorn.errors import Invalid

TRIGGER = {"type": "trigger", "trigger_type": "segment", "request_type": "track", "event_id": "X", "id": "t1"}


@pytest.mark.parametrize(
    ("written", "read"),
    [
        ("track/Order / Done", Trigger(origin="segment", type="track", name="Order / Done")),
        ("identify", Trigger(origin="segment", type="identify")),
        ("page/Pricing", Trigger(origin="segment", type="page", name="Pricing")),
        ("page", Trigger(origin="segment", type="page")),
        ("rudderstack/track/X", Trigger(origin="rudderstack", type="track", name="X")),
        ("Order Completed", Trigger(origin="segment", type="track", name="Order Completed")),
        ({"type": "segment", "request_type": "track"}, Trigger(origin="segment", type="track")),
        ({"type": "segment", "event": "X"}, Trigger(origin="segment", type="track", name="X")),
        ({"type": "courier", "event": "X"}, Trigger(origin="courier", type="track", name="X")),
        ({"type": "api"}, Trigger(origin="api")),
        ({"type": "audience", "audience_id": "a"}, Trigger(origin="audience", type="entered", name="a")),
        ({"type": "audience", "audience_id": "*", "event": "unmatched"}, Trigger(origin="audience", type="left")),
        (
            {"type": "trigger", "trigger_type": "audience", "audience_id": "a", "id": "t"},
            Trigger(origin="audience", type="entered", name="a", node_id="t"),
        ),
        (TRIGGER, Trigger(origin="segment", type="track", name="X", node_id="t1")),
        ({"type": "trigger", "trigger_type": "api-invoke", "id": "t"}, Trigger(origin="api", node_id="t")),
    ],
)
def test_a_trigger_can_be_written_in_several_ways(written: Any, read: Trigger) -> None:
    assert read_trigger(written, "trigger") == read


@pytest.mark.parametrize(
    ("written", "text"),
    [
        (5, "trigger: Expected an object"),
        ({"type": "dream"}, "Unknown trigger type"),
        ({"type": "schedule"}, "Exactly one of"),
        ({"type": "audience"}, "trigger.audience_id: Required"),
        ({"type": "audience", "audience_id": "a", "event": "moved"}, "trigger.event: Expected one of entered, matched"),
        ({"type": "trigger", "trigger_type": "audience", "audience_id": "*"}, "waits for one audience"),
        ({"type": "segment", "request_type": "alias"}, "trigger.request_type: Expected one of"),
        ({"type": "segment", "request_type": "identify", "event": "X"}, "identify has no event name"),
        ({**TRIGGER, "conditions": ["a", "b"]}, r"trigger\.conditions: Unknown operator"),
    ],
)
def test_a_trigger_that_cannot_fire_is_refused(written: Any, text: str) -> None:
    with pytest.raises(Invalid, match=text):
        read_trigger(written, "trigger")


@pytest.mark.parametrize("spelling", ["cancelation_token", "cancelationToken", "cancellation_token"])
def test_a_token_is_read_in_three_spellings_and_two_forms(spelling: str) -> None:
    assert read_token({spelling: "t"}) == "t"
    assert read_token({spelling: {"$ref": "data.x"}}) == "refs.data.x"
    assert read_token({spelling: None}) is None
    with pytest.raises(Invalid):
        read_token({spelling: 5})


def test_the_old_form_of_a_template_names_its_sources() -> None:
    read = read_automation({"cancelation_token": "t", "steps": [], "sources": ["track/X", "identify"]})

    assert [(trigger.type, trigger.name) for trigger in read.triggers] == [("track", "X"), ("identify", None)]


def test_nodes_get_ids_that_stay_the_same_and_keep_those_they_have() -> None:
    branch = {"type": "branch", "paths": [], "default": {"nodes": [{"type": "exit"}, {"type": "exit", "id": "mine"}]}}

    first, second = (read_journey({"nodes": [TRIGGER, branch]}, seed="s") for _ in range(2))

    assert first == second
    assert [node["id"][:2] for node in first.nodes] == ["t1", "n_"]
    assert [node["id"][:2] for node in first.nodes[1]["default"]["nodes"]] == ["n_", "mi"]
    assert [trigger.node_id for trigger in first.triggers] == ["t1"]


@pytest.mark.parametrize("nodes", [None, [], "x", [5]])
def test_a_journey_needs_nodes(nodes: Any) -> None:
    with pytest.raises(Invalid, match="nodes"):
        read_journey({"nodes": nodes}, seed="s")
