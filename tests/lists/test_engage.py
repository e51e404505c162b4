"""What Segment Engage marks."""

from typing import Any

import pytest

from posthorn.events.model import Event
from posthorn.lists.decide import decide
from posthorn.lists.engage import Audience, audience_of

AUDIENCE = {"computation_class": "audience", "computation_id": "aud_1", "computation_key": "vip"}
STEP = {**AUDIENCE, "computation_class": "journey_step"}


def engage(kind: str, personas: Any, *, origin: str = "segment", **fields: Any) -> Event:
    return Event(
        id="evt_0_1_0",
        environment="production",
        source_id="",
        origin=origin,
        type=kind,
        user_key="u-1",
        message_id="m-1",
        timestamp=1_000,
        received_at=2_000,
        context={"personas": personas},
        **fields,
    )


def test_an_audience_is_known_by_its_marker() -> None:
    assert audience_of(engage("identify", AUDIENCE)) == Audience(key="vip", computation_id="aud_1", is_journey_step=False)
    assert audience_of(engage("track", STEP)) == Audience(key="vip", computation_id="aud_1", is_journey_step=True)


@pytest.mark.parametrize(
    "personas", [None, [], "audience", {}, {**AUDIENCE, "computation_class": "trait"}, {**AUDIENCE, "computation_id": 7}]
)
def test_anything_else_is_none(personas: Any) -> None:
    assert audience_of(engage("identify", personas)) is None


def test_a_write_key_cannot_speak_for_segment() -> None:
    assert audience_of(engage("identify", AUDIENCE, origin="tracking")) is None
    assert audience_of(engage("page", AUDIENCE)) is None


@pytest.mark.parametrize(("value", "is_subscribed"), [(True, True), ("true", True), (False, False), ("false", False)])
def test_truth_may_come_as_text(value: Any, is_subscribed: bool) -> None:
    for event in (engage("identify", AUDIENCE, traits={"vip": value}), engage("track", AUDIENCE, properties={"vip": value})):
        subscription = decide(event)
        assert subscription is not None
        assert (subscription.list_id, subscription.is_subscribed) == ("vip-aud_1", is_subscribed)


def test_without_a_value_only_a_journey_step_means_to_add() -> None:
    step = decide(engage("track", STEP))

    assert step is not None
    assert step.is_subscribed
    assert decide(engage("track", AUDIENCE)) is None
    assert decide(engage("track", AUDIENCE, properties={"vip": 1.5})) is None
