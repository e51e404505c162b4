from msgspec import json

from automations.automation_parts import NOW, event
from posthorn.automations.model import FetchAsked
from posthorn.engine.fetching import EXPIRES_MS, LANES, fetch_command


def _asked(url: str, ask_id: str = "a") -> FetchAsked:
    return FetchAsked(run_id="r", ask_id=ask_id, method="GET", url=url)


def test_the_same_visit_of_a_step_asks_once() -> None:
    first, second = (fetch_command(_asked("https://shop.test/1"), event(), NOW) for _ in range(2))

    assert first == second
    assert (first.command_id, first.user_key, first.expires_at) == ("fetch-a", "u-1", NOW + EXPIRES_MS)
    assert json.decode(first.body, type=FetchAsked) == _asked("https://shop.test/1")


def test_a_host_has_its_lane_and_there_are_few_lanes() -> None:
    lanes = {fetch_command(_asked(f"https://h{number}.test/{number}"), event(), NOW).lane for number in range(500)}
    same = {fetch_command(_asked(f"https://shop.test/{number}"), event(), NOW).lane for number in range(20)}

    assert (len(lanes), len(same)) == (LANES, 1)
