"""Finds the steps: every module in `steps/` that declares one."""

from collections.abc import Mapping

from posthorn.automations.outcomes import Step
from posthorn.registry import discover


def discovered_steps() -> Mapping[tuple[str, str], Step]:
    """The steps by (kind of automation, action)."""
    found = discover("posthorn.automations.steps", "step", Step, lambda step: f"{'|'.join(step.kinds)}/{step.action}")
    return {(kind, step.action): step for step in found.values() for kind in step.kinds}


STEPS = discovered_steps()
