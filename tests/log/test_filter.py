"""Which events are asked for."""

import pytest

from posthorn.events.model import Entry
from posthorn.log.filter import event_filter, is_wanted
from posthorn.log.model import EventOutcome
from posthorn.log.read import ProcessedEntry

SIGNED_UP = ProcessedEntry(
    event_id="evt_0_1_0",
    entry=Entry(
        environment="production",
        source_id="src_1",
        origin="tracking",
        type="track",
        user_key="u-1",
        message_id="m",
        received_at=0,
        body=b'{"type":"track","event":"Signed Up"}',
    ),
    outcome=EventOutcome(),
)


@pytest.mark.parametrize(
    "asked", [{}, {"types": "track"}, {"types": "page, track"}, {"name": "SIGNED"}, {"user": "u-1"}, {"types": " , "}]
)
def test_an_event_that_is_asked_for_is_shown(asked: dict[str, str]) -> None:
    assert is_wanted(SIGNED_UP, event_filter("production", **asked))


@pytest.mark.parametrize("asked", [{"types": "page"}, {"name": "left"}, {"user": "u-2"}, {"types": "track", "name": "x"}])
def test_every_condition_must_hold(asked: dict[str, str]) -> None:
    assert not is_wanted(SIGNED_UP, event_filter("production", **asked))


def test_another_environment_is_never_shown() -> None:
    assert not is_wanted(SIGNED_UP, event_filter("test"))
