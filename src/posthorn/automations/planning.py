"""What a new version means to the runs that are on their way on another one: where each of their nodes would go on. Pure."""

from difflib import SequenceMatcher

from msgspec import json

from posthorn.automations.compile import Instruction, Program


def proposed(old: Program, new: Program) -> dict[str, str]:
    """Node id → node id in the new version, for each that has a counterpart.

    Counterparts are nodes that were left as they are, in their order; then those of the same id that do the same kind of thing.
    """
    mine, theirs = [_key(one) for one in old.instructions], [_key(one) for one in new.instructions]
    mapping: dict[str, str] = {}
    taken: set[str] = set()
    for block in SequenceMatcher(None, mine, theirs, autojunk=False).get_matching_blocks():
        for offset in range(block.size):
            target = new.instructions[block.b + offset].node_id
            mapping[old.instructions[block.a + offset].node_id] = target
            taken.add(target)
    same = {one.node_id: one.step.action for one in new.instructions if one.node_id not in taken}
    for one in old.instructions:
        if one.node_id not in mapping and same.get(one.node_id) == one.step.action:
            mapping[one.node_id] = one.node_id
    return mapping


def place_of(program: Program, node_id: str) -> int | None:
    """The index of a node; None if there is none."""
    return next((index for index, one in enumerate(program.instructions) if one.node_id == node_id), None)


def _key(instruction: Instruction) -> str:
    return f"{instruction.step.action} {json.encode(instruction.config).decode()}"
