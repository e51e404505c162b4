from typing import Any

import pytest

from automations.automation_parts import Play
from posthorn.automations.compile import compile_program
from posthorn.errors import Invalid

VARIANTS = [{"id": "a", "weight": 3}, {"id": "b", "weight": 1}, {"id": "never", "weight": 0}]


def _variant(key: str, **more: Any) -> str:
    play = Play([{"action": "split", "variants": VARIANTS, "key": "{{data.key}}", **more}], data={"key": key})
    assert play.run.refs["0"] == {"variant": play.run.variant}
    return play.run.variant


def test_the_same_key_always_gets_the_same_variant() -> None:
    assert len({_variant("x") for _ in range(5)}) == 1


def test_weights_decide_how_many_get_which() -> None:
    counts = [_variant(str(number)) for number in range(800)]

    assert 550 < counts.count("a") < 650
    assert counts.count("never") == 0


def test_another_experiment_mixes_anew() -> None:
    first = [_variant(str(number), experiment="one") for number in range(200)]
    second = [_variant(str(number), experiment="two") for number in range(200)]

    assert first != second


@pytest.mark.parametrize(
    "variants",
    [
        [{"id": "a", "weight": 1}],
        [{"id": "a", "weight": 1}] * 2,
        [{"id": "a", "weight": 0}, {"id": "b", "weight": 0}],
        [{"id": "a", "weight": -1}, {"id": "b", "weight": 2}],
        [{"id": "a", "weight": 1, "nodes": [{}], "steps": [{}]}, {"id": "b", "weight": 1}],
    ],
)
def test_what_cannot_be_split_is_refused(variants: list[Any]) -> None:
    with pytest.raises(Invalid):
        compile_program("automation", [{"action": "split", "variants": variants}])
