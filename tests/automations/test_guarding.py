from typing import Any

import pytest

from automations.automation_parts import HOUR, NOW
from posthorn.automations.guarding import guarded, sent_mark, sent_times
from posthorn.automations.model import Send
from posthorn.automations.outcomes import Deliver, Skip
from posthorn.automations.rules import FrequencyCap, Rules, SendWindow

DAY = 24 * HOUR
CAPPED = Rules(frequency_cap=FrequencyCap(max_messages=2, period="1 day"))


def _deliver(**message: Any) -> Deliver:
    send = Send(run_id="r", node_id="0", automation_id="a", recipient="u-1", message=message, message_id="m")
    return Deliver(send=send)


@pytest.mark.parametrize(
    ("sent_at", "is_sent"),
    [([], True), ([NOW - 1], True), ([NOW - 2, NOW - 1], False), ([NOW - DAY, NOW - 1], True), ([NOW - DAY + 1, NOW], False)],
)
def test_the_cap_looks_back_over_the_period_that_ends_now(sent_at: list[int], is_sent: bool) -> None:
    assert isinstance(guarded(_deliver(), CAPPED, sent_at, zone="UTC", now=NOW), Deliver) is is_sent


@pytest.mark.parametrize(("zone", "is_open"), [("UTC", True), ("UTC+4", False)])
def test_a_window_is_meant_where_the_user_is(zone: str, is_open: bool) -> None:
    rules = Rules(send_window=SendWindow(window="Mo-Su 09:00-12:00", outside="drop"))

    assert isinstance(guarded(_deliver(), rules, [], zone=zone, now=NOW), Skip) is not is_open


def test_a_message_with_a_delay_of_its_own_keeps_it() -> None:
    rules = Rules(send_window=SendWindow(window="Mo-Su 01:00-02:00"))
    deliver = _deliver(delay={"until": "2027-01-01"})

    assert guarded(deliver, rules, [], zone="UTC", now=NOW) is deliver


def test_only_what_a_cap_may_ask_for_is_remembered() -> None:
    mark = sent_mark("u-1", [NOW - 91 * DAY, *range(NOW - 1_100, NOW)], NOW)

    assert sent_times({("sends", ""): mark}) == list(range(NOW - 1_000, NOW))
