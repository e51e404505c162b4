import hashlib
from collections import Counter
from typing import Any

import msgspec
import pytest

from posthorn.automations.experiments import Experiment, assigned_template

TWO = [{"id": "a", "templateId": "A", "weight": 3}, {"id": "b", "templateId": "B", "weight": 1}]


def _experiment(**changed: Any) -> Experiment:
    return msgspec.convert({"id": "exp_1", "bucketingKey": "{{recipient}}", "variants": TWO, **changed}, Experiment)


def test_a_key_falls_where_its_hash_says() -> None:
    point = int(hashlib.sha256(b"exp_1:u-1").hexdigest(), 16) % 4

    assert assigned_template(_experiment(), {"recipient": "u-1"}) == ("A" if point < 3 else "B")


@pytest.mark.parametrize("weights", [(3, 1), (0.75, 0.25), (0.000003, 0.000001)])
def test_many_keys_fall_by_weight(weights: tuple[float, float]) -> None:
    variants = [{**one, "weight": weight} for one, weight in zip(TWO, weights, strict=True)]
    experiment = _experiment(variants=variants)

    seen = Counter(assigned_template(experiment, {"recipient": f"u-{n}"}) for n in range(2000))

    assert 1400 < seen["A"] < 1600


@pytest.mark.parametrize(
    "changed",
    [
        {"bucketingKey": " x"},
        {"variants": TWO[:1]},
        {"variants": [TWO[0], TWO[0]]},
        {"variants": [{**one, "weight": 0} for one in TWO]},
        {"variants": [{**one, "weight": -1} for one in TWO]},
        {"variants": [{**one, "weight": 1e300} for one in TWO]},
        {"id": "mine"},
    ],
)
def test_an_experiment_that_decides_nothing_is_refused(changed: dict[str, Any]) -> None:
    with pytest.raises(msgspec.ValidationError):
        _experiment(**changed)
