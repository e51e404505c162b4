"""Experiments of send nodes: which variant a user sees, always the same one."""

import hashlib
import math
from collections.abc import Mapping
from typing import Any

from msgspec import Struct

from posthorn.automations.scope import text_or_none

_PARTS = 1_000_000


class Variant(Struct, frozen=True, kw_only=True):
    """One template with its weight, which counts relative to the others'."""

    id: str
    templateId: str  # the wire's spelling
    weight: float
    name: str | None = None

    def __post_init__(self) -> None:
        if not 0 <= self.weight <= _PARTS:
            raise ValueError("`weight`: Expected a number from 0 to 1,000,000")


class Experiment(Struct, frozen=True, kw_only=True):
    """`bucketingKey`: text or `{{path}}` whose value decides. Source: courier.md 5.3."""

    bucketingKey: str  # the wire's spelling
    variants: list[Variant]
    id: str = ""
    name: str | None = None

    def __post_init__(self) -> None:
        if not self.bucketingKey or self.bucketingKey != self.bucketingKey.strip():
            raise ValueError("`bucketingKey`: Expected a text that is not empty and has no outer spaces")
        if not 2 <= len(self.variants) <= 10:
            raise ValueError("`variants`: Expected 2 to 10")
        if len({variant.id for variant in self.variants}) != len(self.variants):
            raise ValueError("`variants`: Each `id` must be unique")
        if sum(variant.weight for variant in self.variants) <= 0:
            raise ValueError("`variants`: The weights must add up to more than 0")
        if self.id and not self.id.startswith("exp_"):
            raise ValueError("`id`: Expected the prefix exp_")


def assigned_template(experiment: Experiment, scope: Mapping[str, Any]) -> str:
    """The template of the variant that the key falls to: sha256(experiment id + ":" + key) modulo the sum of the weights."""
    key = text_or_none(experiment.bucketingKey, scope) or ""
    weights = _whole_weights([variant.weight for variant in experiment.variants])
    number = int.from_bytes(hashlib.sha256(f"{experiment.id}:{key}".encode("utf-8", "surrogatepass")).digest(), "big")
    point = number % sum(weights)
    for variant, weight in zip(experiment.variants, weights, strict=True):
        if point < weight:
            return variant.templateId
        point -= weight
    return experiment.variants[-1].templateId


def _whole_weights(weights: list[float]) -> list[int]:
    if all(weight == int(weight) for weight in weights):
        return [int(weight) for weight in weights]
    total = sum(weights)
    whole = [math.ceil(weight / total * _PARTS) for weight in weights]
    return whole if sum(whole) else [1 for _ in weights]
