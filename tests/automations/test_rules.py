from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from posthorn.automations.definition import read_rules
from posthorn.automations.rules import NO_RULES, share
from posthorn.errors import Invalid


def test_rules_that_are_left_out_do_not_apply() -> None:
    assert read_rules({}) == read_rules({"rules": {}}) == NO_RULES


@pytest.mark.parametrize(
    ("rules", "path"),
    [
        ({"exits": []}, "rules"),
        ({"exit_on": [{"event": "x", "conditions": ["a", "b"]}]}, "rules.exit_on"),
        ({"goal": {}}, "rules.goal.event"),
        ({"goal": {"event": "x", "within": "soon"}}, "rules.goal"),
        ({"re_entry": {"mode": "twice"}}, "rules.re_entry.mode"),
        ({"re_entry": {"mode": "once_per_key"}}, "rules.re_entry.key"),
        ({"hold_out": {"percent": 100}}, "rules.hold_out.percent"),
        ({"send_window": {"window": "sometimes"}}, "rules.send_window"),
        ({"send_window": {"window": "Mo-Fr 09:00-17:00", "outside": "digest"}}, "rules.send_window.subscription_topic_id"),
        ({"frequency_cap": {"max_messages": 0, "period": "1 day"}}, "rules.frequency_cap.max_messages"),
    ],
)
def test_a_rule_that_makes_no_sense_is_refused_with_its_place(rules: dict[str, Any], path: str) -> None:
    with pytest.raises(Invalid) as refused:
        read_rules({"rules": rules})

    assert refused.value.message.startswith(path)


@given(st.text(), st.text())
def test_a_key_falls_to_one_place_and_stays_there(seed: str, key: str) -> None:
    assert share(seed, key) == share(seed, key)
    assert 0 <= share(seed, key) < 100


def test_keys_are_spread_evenly_and_anew_by_another_seed() -> None:
    first = [share("a", str(number)) < 30 for number in range(4_000)]
    second = [share("b", str(number)) < 30 for number in range(4_000)]
    both = sum(one and other for one, other in zip(first, second, strict=True))

    assert 1_100 < sum(first) < 1_300
    assert 280 < both < 440
