"""Turns the steps of an automation or the nodes of a journey into a program, and refuses what cannot run."""

import re
from collections.abc import Mapping
from typing import Any, NoReturn, TypeVar, cast

import msgspec
from msgspec import Struct

from posthorn.automations.discover import STEPS
from posthorn.automations.fields import check_condition, check_name
from posthorn.automations.model import Kind
from posthorn.automations.outcomes import Step
from posthorn.automations.rules import NO_RULES, Rules
from posthorn.errors import Invalid

Read = TypeVar("Read", bound=Struct)
MAX_STEPS = 1_000
MAX_NESTING = 20
_WORDS: dict[str, tuple[str, str]] = {"automation": ("steps", "action"), "journey": ("nodes", "type")}


class Instruction(Struct, frozen=True, kw_only=True):
    """One step in a program.

    config: as `step.config` read it. condition: expression, conditions or None; the step is skipped if it is false.
    next: index of what follows it. targets: where each of its lists begins, or what follows it if the list is empty.
    """

    node_id: str
    step: Step
    config: Any
    condition: Any
    ref: str | None
    next: int
    targets: tuple[int, ...] = ()


class Program(Struct, frozen=True, kw_only=True):
    """Instructions in the order they were written, lists inside a step right after it. Every jump goes forward.

    rules: of the automation, for the messages it sends.
    """

    instructions: tuple[Instruction, ...]
    rules: Rules = NO_RULES


class _Node(Struct, frozen=True, kw_only=True):
    node_id: str
    step: Step
    config: Any
    condition: Any
    ref: str | None
    bodies: tuple[list["_Node"], ...]
    size: int


class _Head(Struct, frozen=True, kw_only=True):
    id: str | None = None
    ref: str | None = None
    condition: str | None = msgspec.field(default=None, name="if")
    conditions: Any = None

    def __post_init__(self) -> None:
        if self.ref:
            check_name(self.ref)
        if self.id:
            check_name(self.id)
        check_condition(self.condition)
        check_condition(self.conditions)


def compile_program(kind: Kind, nodes: Any, rules: Rules = NO_RULES) -> Program:
    """The program of a list as it was written; a journey's trigger nodes are left out.

    Raises Invalid with the path of the first fault: `steps[2].duration: …`. Source: courier.md 4.5, 5.3.
    """
    reader = _Reader(kind)
    tree = reader.read(nodes, _WORDS[kind][0], depth=0)
    instructions: list[Instruction] = []
    _lay_out(tree, sum(node.size for node in tree), instructions)
    return Program(instructions=tuple(instructions), rules=rules)


class _Reader:
    """Reads nested lists of one definition; it remembers which ids are taken and how many steps there are."""

    def __init__(self, kind: Kind) -> None:
        self._kind = kind
        self._word = _WORDS[kind][1]
        self._taken: set[str] = set()
        self._count = 0

    def read(self, nodes: Any, path: str, depth: int) -> list[_Node]:
        if not isinstance(nodes, list):
            raise Invalid(f"{path}: Expected a list")
        if depth > MAX_NESTING:
            raise Invalid(f"{path}: Steps are nested at most {MAX_NESTING} levels deep")
        read = [self._node(raw, f"{path}[{index}]", depth) for index, raw in enumerate(cast("list[Any]", nodes))]
        return [node for node in read if node is not None]

    def _node(self, raw: Any, path: str, depth: int) -> _Node | None:
        if not isinstance(raw, dict):
            raise Invalid(f"{path}: Expected an object")
        fields = cast("dict[str, Any]", raw)
        if self._kind == "journey" and fields.get("type") == "trigger":
            return self._no_step(depth, path)
        self._count += 1
        if self._count > MAX_STEPS:
            raise Invalid(f"{path}: There are more than {MAX_STEPS} steps")
        step = self._step(fields, path)
        head = converted(fields, _Head, path)
        config = converted(fields, step.config, path)
        inner = tuple(self.read(body.nodes, f"{path}.{body.path}", depth + 1) for body in step.bodies(config))
        return _Node(
            node_id=self._id(head, path),
            step=step,
            config=config,
            condition=head.condition if head.condition is not None else head.conditions,
            ref=head.ref,
            bodies=inner,
            size=1 + sum(node.size for body in inner for node in body),
        )

    def _no_step(self, depth: int, path: str) -> None:
        if depth > 0:
            raise Invalid(f"{path}: A trigger cannot stand inside a branch")

    def _step(self, fields: Mapping[str, Any], path: str) -> Step:
        action = fields.get(self._word)
        if not isinstance(action, str):
            raise Invalid(f"{path}.{self._word}: Required")
        step = STEPS.get((self._kind, action))
        if step is None:
            raise Invalid(f'{path}.{self._word}: Unknown {self._word} "{action[:60]}"')
        return step

    def _id(self, head: _Head, path: str) -> str:
        node_id = head.id or path_id(path)
        for name in {node_id, head.ref or node_id}:
            if name in self._taken:
                raise Invalid(f'{path}: "{name[:60]}" is used twice as an id or ref')
            self._taken.add(name)
        return node_id


def path_id(path: str) -> str:
    """The id of a step that has none: its place, "2" or "2.then.0"."""
    return re.sub(r"[\[\].]+", ".", path.partition("[")[2]).strip(".")


def converted(fields: Any, wanted: type[Read], path: str) -> Read:
    """The fields as a struct. Raises Invalid with the path of the fault."""
    try:
        return msgspec.convert(fields, wanted)
    except msgspec.ValidationError as error:
        _refuse(path, str(error))


def _refuse(path: str, text: str) -> NoReturn:
    """msgspec says "… - at `$.duration`" or "Object missing required field `x`"; we say `path.duration: …`."""
    text, _, place = text.partition(" - at `$")
    missing = re.fullmatch(r"(?:Object missing required field )?`([^`]+)`(?:: Required)?", text)
    inner = place.rstrip("`")
    if missing:
        raise Invalid(f"{path}{inner}.{missing[1]}: Required")
    named = re.fullmatch(r"`([^`]+)`: (.+)", text, re.DOTALL)
    if named:
        raise Invalid(f"{path}{inner}.{named[1]}: {named[2]}")
    raise Invalid(f"{path}{inner}: {text}")


def _lay_out(nodes: list[_Node], after: int, out: list[Instruction]) -> None:
    """Appends the nodes; the last one goes on at `after`."""
    for place, node in enumerate(nodes):
        start = len(out)
        following = start + node.size if place < len(nodes) - 1 else after
        out.append(
            Instruction(
                node_id=node.node_id,
                step=node.step,
                config=node.config,
                condition=node.condition,
                ref=node.ref,
                next=following,
                targets=_targets(node, start + 1, following),
            )
        )
        for body in node.bodies:
            _lay_out(body, following, out)


def _targets(node: _Node, first: int, following: int) -> tuple[int, ...]:
    targets: list[int] = []
    for body in node.bodies:
        targets.append(first if body else following)
        first += sum(inner.size for inner in body)
    return tuple(targets)
